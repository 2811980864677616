/** The bodies of events and gaps: compact JSON, bigints as decimal text, checked against a closed schema. */
import {
  type EventRecord,
  type GapRecord,
  isEventKind,
  type JsonValue,
  type Loss,
  STREAM_NAMES,
} from '@ptp-tester/measurement';
import Type, { type Static, type TSchema } from 'typebox';
import { lazySchema } from './lazy-schema.ts';
import { LIMITS } from './limits.ts';
import { utf8Bytes, utf8Text } from './utf8.ts';
import { WireError } from './wire-error.ts';

const closed = { additionalProperties: false } as const;
const Int64Text = Type.String({ pattern: '^(0|-?[1-9][0-9]{0,18})$' });
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const EventBody = Type.Object(
  {
    event: Type.String({ maxLength: 64 }),
    at: Int64Text,
    mono_raw_ns: Int64Text,
    detail: Type.Record(Type.String(), Type.Unknown()),
  },
  closed,
);

const LossBody = Type.Object(
  {
    stream: Type.Enum([...STREAM_NAMES]),
    key: Type.String({ maxLength: LIMITS.keyBytes }),
    samples: Count,
    from_at: Int64Text,
    to_at: Int64Text,
    from_mono_raw_ns: Int64Text,
    to_mono_raw_ns: Int64Text,
    reason: Type.Enum(['spool_full', 'spool_unreadable', 'not_spooled']),
  },
  closed,
);

const GapBody = Type.Object({ lost_events: Count, losses: Type.Array(LossBody, { maxItems: LIMITS.losses }) }, closed);

const eventSchema = lazySchema(EventBody);
const gapSchema = lazySchema(GapBody);

export function encodeEventBody(record: EventRecord): Uint8Array {
  if (!isEventKind(record.event)) throw new WireError('cannot_encode', `event kind ${String(record.event)}`);
  if (!isPlainJson(record.detail, LIMITS.jsonDepth)) {
    throw new WireError('cannot_encode', `detail of ${record.event} is not JSON or nested too deep`);
  }
  return encodeJson({
    event: record.event,
    at: int64Text(record.at),
    mono_raw_ns: int64Text(record.monoRawNs),
    detail: record.detail,
  });
}

export function decodeEventBody(bytes: Uint8Array): EventRecord {
  const body = decodeJson(bytes, eventSchema);
  if (!isEventKind(body.event)) throw new WireError('kind_unknown', `event kind ${JSON.stringify(body.event)}`);
  if (!isPlainJson(body.detail, LIMITS.jsonDepth)) throw new WireError('too_large', 'detail is nested too deep');
  const detail = body.detail as EventRecord['detail'];
  return { kind: 'event', event: body.event, at: int64(body.at), monoRawNs: int64(body.mono_raw_ns), detail };
}

export function encodeGapBody(record: GapRecord): Uint8Array {
  const body = { lost_events: record.lostEvents, losses: record.losses.map(lossToJson) };
  if (!gapSchema.check(body)) throw new WireError('cannot_encode', `gap: ${gapSchema.fault(body)}`);
  return encodeJson(body);
}

export function decodeGapBody(bytes: Uint8Array, firstSequence: number): GapRecord {
  const body = decodeJson(bytes, gapSchema);
  return { kind: 'gap', firstSequence, lostEvents: body.lost_events, losses: body.losses.map(lossFromJson) };
}

function lossToJson(loss: Loss): Static<typeof LossBody> {
  return {
    stream: loss.stream,
    key: loss.key,
    samples: loss.samples,
    from_at: int64Text(loss.fromAt),
    to_at: int64Text(loss.toAt),
    from_mono_raw_ns: int64Text(loss.fromMonoRawNs),
    to_mono_raw_ns: int64Text(loss.toMonoRawNs),
    reason: loss.reason,
  };
}

function lossFromJson(loss: Static<typeof LossBody>): Loss {
  return {
    stream: loss.stream,
    key: loss.key,
    samples: loss.samples,
    fromAt: int64(loss.from_at),
    toAt: int64(loss.to_at),
    fromMonoRawNs: int64(loss.from_mono_raw_ns),
    toMonoRawNs: int64(loss.to_mono_raw_ns),
    reason: loss.reason,
  };
}

function encodeJson(value: unknown): Uint8Array {
  const bytes = utf8Bytes(JSON.stringify(value));
  if (bytes.length > LIMITS.jsonBytes) throw new WireError('cannot_encode', `body of ${bytes.length} bytes`);
  return bytes;
}

function decodeJson<T extends TSchema>(bytes: Uint8Array, schema: ReturnType<typeof lazySchema<T>>): Static<T> {
  if (bytes.length > LIMITS.jsonBytes) throw new WireError('too_large', `JSON body of ${bytes.length} bytes`);
  const value = parseJson(utf8Text(bytes));
  if (!schema.check(value)) throw new WireError('malformed', `body: ${schema.fault(value)}`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WireError('malformed', 'body is not JSON', { cause });
  }
}

/** Whether JSON carries the value unchanged: no undefined, NaN, bigint or class instance, and at most `depth` levels. */
function isPlainJson(value: unknown, depth: number): value is JsonValue {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      return depth > 0 && isPlainContainer(value) && Object.values(value).every((item) => isPlainJson(item, depth - 1));
    default:
      return false;
  }
}

function isPlainContainer(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function int64Text(value: bigint): string {
  if (BigInt.asIntN(64, value) !== value) throw new WireError('cannot_encode', `${value} exceeds 64 bits`);
  return String(value);
}

function int64(text: string): bigint {
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) throw new WireError('out_of_bounds', `${text} exceeds 64 bits`);
  return value;
}
