// EC2 query protocol, request side: `A.1.B=x` parameters into the structure that the service model describes.
import { ApiError } from '../api-error.ts';
import type { Member, Shape, StructureShape } from './service-model.ts';

/** A parameter tree: `Filter.1.Name=x` is root -> Filter -> 1 -> Name with the value x. */
interface ParameterNode {
  readonly children: Map<string, ParameterNode>;
  value?: string;
}

/** Words of the protocol itself, beside the operation's own parameters. */
const PROTOCOL_PARAMETERS = new Set(['Action', 'Version']);
const MAX_PARAMETERS = 10_000;
const MAX_DEPTH = 16;

/**
 * Parses and validates a request's parameters against the operation's input.
 * @throws ApiError UnknownParameter, MissingParameter, InvalidParameterValue, MalformedQueryString
 */
export function parseQuery(input: StructureShape, parameters: URLSearchParams): Record<string, unknown> {
  const root: ParameterNode = { children: new Map() };
  let count = 0;
  for (const [name, value] of parameters) {
    if (PROTOCOL_PARAMETERS.has(name)) continue;
    count += 1;
    if (count > MAX_PARAMETERS) throw new ApiError('MalformedQueryString', 'The request has too many parameters.');
    insert(root, name, value);
  }
  return readStructure(input, root, '');
}

function insert(root: ParameterNode, name: string, value: string): void {
  const path = name.split('.');
  if (path.length > MAX_DEPTH) throw new ApiError('UnknownParameter', `The parameter ${name} is not recognized`);
  let node = root;
  for (const part of path) {
    let child = node.children.get(part);
    if (child === undefined) {
      child = { children: new Map() };
      node.children.set(part, child);
    }
    node = child;
  }
  if (node.value !== undefined) throw new ApiError('MalformedQueryString', `The parameter ${name} is given twice.`);
  node.value = value;
}

function read(shape: Shape, node: ParameterNode, path: string): unknown {
  switch (shape.kind) {
    case 'structure':
      refuseValue(node, path);
      return readStructure(shape, node, path);
    case 'list':
      return readList(shape, node, path);
    case 'map':
      throw new ApiError('UnknownParameter', `The parameter ${path} is not recognized`);
    default:
      return readScalar(shape.kind, node, path);
  }
}

function readStructure(shape: StructureShape, node: ParameterNode, path: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, child] of node.children) {
    const member = shape.byQueryName.get(name);
    if (member === undefined) throw unknownParameter(child, join(path, name));
    result[member.name] = read(member.shape(), child, join(path, name));
  }
  requireMembers(shape.members, result, path);
  return result;
}

function requireMembers(members: readonly Member[], result: Record<string, unknown>, path: string): void {
  for (const member of members) {
    if (member.required && result[member.name] === undefined) {
      throw new ApiError('MissingParameter', `The request must contain the parameter ${join(path, member.queryName)}`);
    }
  }
}

function readList(shape: Shape & { kind: 'list' }, node: ParameterNode, path: string): unknown[] {
  // `Name=` alone is how an empty list is written.
  if (node.value === '' && node.children.size === 0) return [];
  refuseValue(node, path);
  const entries = [...node.children].map(([key, child]) => {
    if (!/^[1-9]\d{0,5}$/.test(key)) throw unknownParameter(child, join(path, key));
    return { position: Number(key), child };
  });
  entries.sort((a, b) => a.position - b.position);
  return entries.map(({ position, child }) => read(shape.item(), child, join(path, String(position))));
}

function readScalar(kind: string, node: ParameterNode, path: string): unknown {
  const nested = node.children.keys().next().value;
  if (nested !== undefined) {
    throw new ApiError('UnknownParameter', `The parameter ${join(path, nested)} is not recognized`);
  }
  const text = node.value ?? '';
  switch (kind) {
    case 'number':
      if (!/^-?\d+(\.\d+)?$/.test(text)) throw invalidValue(text, path, 'a number');
      return Number(text);
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw invalidValue(text, path, 'true or false');
      return text.toLowerCase() === 'true';
    case 'timestamp':
      return readTimestamp(text, path);
    case 'blob':
      if (!isBase64(text)) throw invalidValue(text, path, 'Base64');
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      return text;
  }
}

function readTimestamp(text: string, path: string): Date {
  const at = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(at.getTime()))
    throw invalidValue(text, path, 'a date and time');
  return at;
}

/** Whether the text is Base64 (RFC 4648 section 4) with correct padding; white space is allowed. */
export function isBase64(text: string): boolean {
  const compact = text.replace(/\s+/g, '');
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}

function refuseValue(node: ParameterNode, path: string): void {
  if (node.value !== undefined) throw new ApiError('UnknownParameter', `The parameter ${path} is not recognized`);
}

function unknownParameter(node: ParameterNode, path: string): ApiError {
  let name = path;
  let inner = node;
  while (inner.value === undefined) {
    const [next] = inner.children;
    if (next === undefined) break;
    name = join(name, next[0]);
    inner = next[1];
  }
  return new ApiError('UnknownParameter', `The parameter ${name} is not recognized`);
}

function invalidValue(value: string, path: string, expected: string): ApiError {
  return new ApiError(
    'InvalidParameterValue',
    `Value (${value}) for parameter ${path} is invalid. Expected ${expected}.`,
  );
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
