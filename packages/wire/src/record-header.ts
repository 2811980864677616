/** The head of a record: what it is and which it is, readable without its body. Layout in docs/protocol.md. */
import { type EpochId, type RecordIdentity, STREAMS, type StreamName, streamById } from '@ptp-tester/measurement';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { LIMITS } from './limits.ts';
import { utf8Bytes, utf8Text } from './utf8.ts';
import { WIRE_CODEC_VERSION } from './version.ts';
import { WireError } from './wire-error.ts';

const RECORD_MAGIC = 0xd5;
const FLAG_COMPRESSED = 1;
export const CHECKSUM_BYTES = 4;
const EPOCH_BYTES = 8;

const KIND_NUMBER = { batch: 1, event: 2, gap: 3 } as const;

interface BatchHead {
  readonly kind: 'batch';
  readonly stream: StreamName;
  readonly key: string;
  readonly generation: number;
  readonly intervalNs: number;
  readonly missedTicks: number;
  readonly rows: number;
}

interface OtherHead {
  readonly kind: 'event' | 'gap';
  readonly stream?: undefined;
  readonly key?: undefined;
  readonly generation?: undefined;
  readonly intervalNs?: undefined;
  readonly missedTicks?: undefined;
  readonly rows?: undefined;
}

/** `firstSequence` equals `sequence` but for a gap, which stands for `firstSequence..sequence`. */
export type RecordHeader = (BatchHead | OtherHead) &
  RecordIdentity & {
    readonly firstSequence: number;
    readonly compressed: boolean;
    /** Bytes of the body when it is not compressed. */
    readonly bodyBytes: number;
  };

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const NO_BYTES = new Uint8Array(0);
const EPOCH_TEXT = /^[0-9a-f]{16}$/;

/** Writes the head up to, not including, the body. */
export function writeHeader(writer: ByteWriter, header: RecordHeader): void {
  checkHeader(header);
  writer.u8(RECORD_MAGIC);
  writer.u8(WIRE_CODEC_VERSION);
  writer.u8(KIND_NUMBER[header.kind]);
  writer.u8(header.compressed ? FLAG_COMPRESSED : 0);
  for (let at = 0; at < EPOCH_BYTES * 2; at += 2) {
    writer.u8(hexDigit(header.epoch.charCodeAt(at)) * 16 + hexDigit(header.epoch.charCodeAt(at + 1)));
  }
  writer.varint(header.sequence);
  if (header.kind === 'batch') writeBatchHead(writer, header);
  if (header.kind === 'gap') writer.varint(header.sequence - header.firstSequence);
  writer.varint(header.bodyBytes);
}

function writeKey(writer: ByteWriter, key: string): void {
  const bytes = key === '' ? NO_BYTES : utf8Bytes(key);
  writer.u8(bytes.length);
  writer.bytes(bytes);
}

/** The value of a lower-case hex digit, by its character code. */
function hexDigit(code: number): number {
  return code < 0x61 ? code - 0x30 : code - 0x57;
}

function writeBatchHead(writer: ByteWriter, head: BatchHead): void {
  writer.u8(STREAMS[head.stream].id);
  writer.u8(STREAMS[head.stream].version);
  writeKey(writer, head.key);
  writer.varint(head.generation);
  writer.varint(head.intervalNs);
  writer.varint(head.missedTicks);
  writer.varint(head.rows);
}

function checkHeader(header: RecordHeader): void {
  if (!EPOCH_TEXT.test(header.epoch)) throw unencodable('epoch is not 16 hex digits');
  requireInteger('sequence', header.sequence, { min: 1, max: LIMITS.sequence });
  requireInteger('first sequence', header.firstSequence, { min: 1, max: header.sequence });
  if (header.bodyBytes > LIMITS.decompressedBytes) throw unencodable(`body of ${header.bodyBytes} bytes is too large`);
  if (header.kind !== 'batch') return;
  if (!isStorableKey(header.key)) {
    throw unencodable('key is too long or not Unicode');
  }
  requireInteger('rows', header.rows, { min: 1, max: LIMITS.rows });
  for (const field of ['generation', 'intervalNs', 'missedTicks'] as const) {
    requireInteger(field, header[field], { min: 0, max: Number.MAX_SAFE_INTEGER });
  }
}

function isStorableKey(key: string): boolean {
  return key === '' || (key.isWellFormed() && utf8Bytes(key).length <= LIMITS.keyBytes);
}

function requireInteger(what: string, value: number, bounds: { min: number; max: number }): void {
  if (Number.isInteger(value) && value >= bounds.min && value <= bounds.max) return;
  throw unencodable(`${what} ${value} is not an integer within ${bounds.min}..${bounds.max}`);
}

function unencodable(detail: string): WireError {
  return new WireError('cannot_encode', detail);
}

/** Reads the head; afterwards the reader stands at the body. Errors after the identity carry it. */
export function readHeader(reader: ByteReader): RecordHeader {
  if (reader.u8() !== RECORD_MAGIC) throw new WireError('malformed', 'not a record: wrong magic');
  const version = reader.u8();
  if (version !== WIRE_CODEC_VERSION) throw new WireError('version_unknown', `record codec version ${version}`);
  const kind = reader.u8();
  const flags = reader.u8();
  const epoch = readEpoch(reader);
  const sequence = reader.varintWithin({ min: 1, max: LIMITS.sequence, what: 'sequence' });
  try {
    if ((flags & ~FLAG_COMPRESSED) !== 0) throw new WireError('malformed', `unknown flags ${flags}`);
    return readRest(reader, { kind, compressed: flags !== 0, epoch, sequence });
  } catch (error) {
    throw withIdentity(error, { epoch, sequence });
  }
}

/** The same error with the record's identity, unless it has one. */
export function withIdentity(error: unknown, identity: RecordIdentity): unknown {
  if (!(error instanceof WireError) || error.identity !== null) return error;
  const detail = error.message.slice(error.code.length + 2);
  return new WireError(error.code, detail, { identity, cause: error.cause });
}

interface HeadStart extends RecordIdentity {
  readonly kind: number;
  readonly compressed: boolean;
}

function readRest(reader: ByteReader, start: HeadStart): RecordHeader {
  const { kind, compressed, epoch, sequence } = start;
  switch (kind) {
    case KIND_NUMBER.batch: {
      const head = readBatchHead(reader);
      return { ...head, epoch, sequence, firstSequence: sequence, compressed, bodyBytes: readBodyBytes(reader) };
    }
    case KIND_NUMBER.event:
      return { kind: 'event', epoch, sequence, firstSequence: sequence, compressed, bodyBytes: readBodyBytes(reader) };
    case KIND_NUMBER.gap: {
      const firstSequence = sequence - reader.varintWithin({ min: 0, max: sequence - 1, what: 'gap length' });
      return { kind: 'gap', epoch, sequence, firstSequence, compressed, bodyBytes: readBodyBytes(reader) };
    }
    default:
      throw new WireError('kind_unknown', `record kind ${kind}`);
  }
}

function readBatchHead(reader: ByteReader): BatchHead {
  const id = reader.u8();
  const stream = streamById(id);
  if (stream === undefined) throw new WireError('stream_unknown', `stream ${id}`);
  const version = reader.u8();
  if (version !== STREAMS[stream].version) {
    throw new WireError('version_unknown', `version ${version} of stream ${stream}`);
  }
  const key = readKey(reader);
  const generation = reader.varint();
  const intervalNs = reader.varint();
  const missedTicks = reader.varint();
  const rows = reader.varintWithin({ min: 1, max: LIMITS.rows, what: 'rows' });
  return { kind: 'batch', stream, key, generation, intervalNs, missedTicks, rows };
}

function readKey(reader: ByteReader): string {
  const length = reader.u8();
  if (length === 0) return '';
  if (length > LIMITS.keyBytes) throw new WireError('too_large', `key of ${length} bytes`);
  return utf8Text(reader.bytes(length));
}

function readBodyBytes(reader: ByteReader): number {
  const length = reader.varint();
  if (length > LIMITS.decompressedBytes) throw new WireError('too_large', `body of ${length} bytes`);
  return length;
}

function readEpoch(reader: ByteReader): EpochId {
  const at = reader.take(EPOCH_BYTES);
  let text = '';
  for (let index = at; index < at + EPOCH_BYTES; index++) text += HEX[reader.source[index] as number];
  return text;
}
