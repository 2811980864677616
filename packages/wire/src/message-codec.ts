/** Control messages as text: one JSON object each, checked against the closed schemas of `messages.ts`. */
import type { Static, TSchema } from 'typebox';
import { type LazySchema, lazySchema } from './lazy-schema.ts';
import { LIMITS } from './limits.ts';
import {
  Ack,
  type AgentMessage,
  type ControllerMessage,
  Enrol,
  Enrolled,
  Goodbye,
  Hello,
  Lease,
  Nack,
  PlanMessage,
  Refuse,
  Status,
} from './messages.ts';
import { utf8Bytes } from './utf8.ts';
import { WireError } from './wire-error.ts';

type Schemas = Readonly<Record<string, LazySchema<TSchema>>>;

const AGENT = {
  enrol: lazySchema(Enrol),
  hello: lazySchema(Hello),
  status: lazySchema(Status),
  goodbye: lazySchema(Goodbye),
} satisfies { readonly [T in AgentMessage['type']]: unknown };

const CONTROLLER = {
  enrolled: lazySchema(Enrolled),
  plan: lazySchema(PlanMessage),
  lease: lazySchema(Lease),
  ack: lazySchema(Ack),
  nack: lazySchema(Nack),
  refuse: lazySchema(Refuse),
} satisfies { readonly [T in ControllerMessage['type']]: unknown };

/** A message as text. Throws `cannot_encode` when it exceeds the size limit. */
export function encodeMessage(message: AgentMessage | ControllerMessage): string {
  const text = JSON.stringify(message);
  if (isTooLong(text)) throw new WireError('cannot_encode', `message ${message.type} of ${text.length} characters`);
  return text;
}

/** Parses what an agent sent. Throws `WireError`: `too_large` or `message_invalid` with the path of the first fault. */
export function parseAgentMessage(text: string): AgentMessage {
  return parse(text, AGENT as Schemas) as AgentMessage;
}

/** Parses what the controller sent. Throws as `parseAgentMessage`. */
export function parseControllerMessage(text: string): ControllerMessage {
  return parse(text, CONTROLLER as Schemas) as ControllerMessage;
}

function parse(text: string, schemas: Schemas): Static<TSchema> {
  if (isTooLong(text)) throw new WireError('too_large', `message of ${text.length} characters`);
  const value = parseJson(text);
  const type = typeOf(value);
  if (type === null || !Object.hasOwn(schemas, type)) {
    throw new WireError('message_invalid', `/type ${JSON.stringify(type)?.slice(0, 80)} is not known here`);
  }
  const schema = schemas[type];
  if (schema === undefined || schema.check(value)) return value;
  throw new WireError('message_invalid', `${type}: ${schema.fault(value)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WireError('message_invalid', 'not JSON', { cause });
  }
}

function typeOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('type' in value)) return null;
  return typeof value.type === 'string' ? value.type : null;
}

function isTooLong(text: string): boolean {
  if (text.length > LIMITS.messageBytes) return true;
  return text.length * 3 > LIMITS.messageBytes && utf8Bytes(text).length > LIMITS.messageBytes;
}
