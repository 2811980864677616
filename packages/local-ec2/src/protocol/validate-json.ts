// AWS JSON 1.1, request side: a JSON body checked against the structure that the service model describes.
import { ApiError } from '../api-error.ts';
import type { Shape, StructureShape } from './service-model.ts';

/**
 * Parses a JSON body and checks its members and types.
 * @throws ApiError SerializationException for a wrong form, ValidationException for a missing member
 */
export function parseJsonRequest(input: StructureShape, body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body === '' ? '{}' : body);
  } catch (cause) {
    throw new ApiError('SerializationException', 'The request body is not JSON.', { cause });
  }
  check(input, value, '');
  return value as Record<string, unknown>;
}

/** What a scalar of the model is in JSON 1.1. */
const JSON_TYPES = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  timestamp: 'number',
  blob: 'string',
} as const;

function check(shape: Shape, value: unknown, path: string): void {
  switch (shape.kind) {
    case 'structure':
      checkStructure(shape, value, path);
      return;
    case 'list':
      if (!Array.isArray(value)) throw wrongType(path, 'a list');
      for (const item of value) check(shape.item(), item, `${path}[]`);
      return;
    case 'map':
      if (!isObject(value)) throw wrongType(path, 'an object');
      for (const item of Object.values(value)) check(shape.value(), item, `${path}{}`);
      return;
    default:
      checkScalar(JSON_TYPES[shape.kind], value, path);
  }
}

function checkScalar(type: string, value: unknown, path: string): void {
  if (typeof value !== type) throw wrongType(path, `a ${type}`);
}

function checkStructure(shape: StructureShape, value: unknown, path: string): void {
  if (!isObject(value)) throw wrongType(path, 'an object');
  for (const member of shape.members) {
    const field = value[member.name];
    if (field === undefined || field === null) {
      if (member.required) {
        throw new ApiError(
          'ValidationException',
          `1 validation error detected: Value null at '${path}${member.name}' failed to satisfy constraint: Member must not be null`,
        );
      }
      continue;
    }
    check(member.shape(), field, `${path}${member.name}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(path: string, expected: string): ApiError {
  return new ApiError('SerializationException', `${path === '' ? 'The request' : path} must be ${expected}.`);
}
