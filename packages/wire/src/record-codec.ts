/** A record as bytes: head, body, CRC-32. Encoded once on the agent; the same bytes lie in spool, frame and store. */
import type { Batch, RecordContent, RecordIdentity } from '@ptp-tester/measurement';
import { type ColumnSource, decodeBatchBody, type EncodedBody, encodeBatchBody, makeColumns } from './batch-body.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { decodeEventBody, decodeGapBody, encodeEventBody, encodeGapBody } from './json-body.ts';
import { LIMITS } from './limits.ts';
import { CHECKSUM_BYTES, type RecordHeader, readHeader, withIdentity, writeHeader } from './record-header.ts';
import { WireError } from './wire-error.ts';

/** What the codec needs from outside. `decompress` must stop at `maxLength` and throw, never allocate beyond it. */
export interface CodecEnvironment {
  /** CRC-32 as in zlib, unsigned. */
  crc32(bytes: Uint8Array): number;
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array, maxLength: number): Uint8Array;
}

export interface DecodedRecord {
  readonly identity: RecordIdentity;
  readonly content: RecordContent;
}

/** Scratch of one encoding, which is synchronous. */
const writer = new ByteWriter();

/** Encodes a record. Throws `cannot_encode` where the content breaks a rule of its stream or a limit. */
export function encodeRecord(identity: RecordIdentity, content: RecordContent, env: CodecEnvironment): Uint8Array {
  const body = encodeBody(content);
  const packed = body.worthCompressing ? env.compress(body.bytes) : body.bytes;
  const compressed = packed.length < body.bytes.length;
  writer.clear();
  writeHeader(writer, headerOf(identity, content, { compressed, bodyBytes: body.bytes.length }));
  writer.bytes(compressed ? packed : body.bytes);
  writer.u32(env.crc32(writer.view()));
  if (writer.length > LIMITS.recordBytes) throw new WireError('cannot_encode', `record of ${writer.length} bytes`);
  return writer.finish();
}

/**
 * Decodes a record after checking its checksum, a batch into new columns or those of `source`. Throws `WireError` only; its `identity`
 * is set once the head was readable.
 */
export function decodeRecord(
  bytes: Uint8Array,
  env: CodecEnvironment,
  source: ColumnSource = makeColumns,
): DecodedRecord {
  const header = readCheckedHeader(bytes, env);
  const { epoch, sequence } = header.header;
  const identity = { epoch, sequence };
  try {
    return { identity, content: decodeContent(header, env, source) };
  } catch (error) {
    throw withIdentity(error, identity);
  }
}

/** The head alone, without looking at checksum or body. */
export function readRecordHeader(bytes: Uint8Array): RecordHeader {
  return readHeader(new ByteReader(bytes));
}

/** Whether the length is possible and the checksum right. */
export function verifyRecord(bytes: Uint8Array, env: CodecEnvironment): boolean {
  if (bytes.length <= CHECKSUM_BYTES || bytes.length > LIMITS.recordBytes) return false;
  const end = bytes.length - CHECKSUM_BYTES;
  return env.crc32(bytes.subarray(0, end)) === new ByteReader(bytes, end).u32();
}

function encodeBody(content: RecordContent): EncodedBody {
  switch (content.kind) {
    case 'batch':
      return encodeBatchBody(content);
    case 'event':
      return { bytes: encodeEventBody(content), worthCompressing: true };
    case 'gap':
      return { bytes: encodeGapBody(content), worthCompressing: true };
  }
}

function headerOf(
  identity: RecordIdentity,
  content: RecordContent,
  body: { compressed: boolean; bodyBytes: number },
): RecordHeader {
  const { epoch, sequence } = identity;
  switch (content.kind) {
    case 'batch': {
      const { kind, stream, key, generation, intervalNs, missedTicks, rows } = content;
      const head = { kind, stream, key, generation, intervalNs, missedTicks, rows };
      return { ...head, epoch, sequence, firstSequence: sequence, ...body };
    }
    case 'event':
      return { kind: 'event', epoch, sequence, firstSequence: sequence, ...body };
    case 'gap':
      return { kind: 'gap', epoch, sequence, firstSequence: content.firstSequence, ...body };
  }
}

interface CheckedHeader {
  readonly header: RecordHeader;
  readonly reader: ByteReader;
}

function readCheckedHeader(bytes: Uint8Array, env: CodecEnvironment): CheckedHeader {
  if (bytes.length > LIMITS.recordBytes) throw new WireError('too_large', `record of ${bytes.length} bytes`);
  if (bytes.length <= CHECKSUM_BYTES) throw new WireError('truncated', `record of ${bytes.length} bytes`);
  const reader = new ByteReader(bytes, 0, bytes.length - CHECKSUM_BYTES);
  const header = readHeader(reader);
  if (verifyRecord(bytes, env)) return { header, reader };
  const { epoch, sequence } = header;
  throw new WireError('checksum_wrong', 'the bytes are damaged', { identity: { epoch, sequence } });
}

function decodeContent({ header, reader }: CheckedHeader, env: CodecEnvironment, source: ColumnSource): RecordContent {
  const body = readBody({ header, reader }, env);
  switch (header.kind) {
    case 'batch':
      return decodeBatch(header, body, source);
    case 'event':
      return decodeEventBody(body);
    case 'gap':
      return decodeGapBody(body, header.firstSequence);
  }
}

function decodeBatch(header: RecordHeader & { readonly kind: 'batch' }, body: Uint8Array, source: ColumnSource): Batch {
  const { stream, key, generation, intervalNs, missedTicks, rows } = header;
  const columns = decodeBatchBody(body, { stream, rows, intervalNs }, source);
  return { kind: 'batch', stream, key, generation, intervalNs, missedTicks, rows, columns };
}

/** The body, decompressed if need be; its length is exactly the one stated. */
function readBody({ header, reader }: CheckedHeader, env: CodecEnvironment): Uint8Array {
  const stored = reader.bytes(reader.remaining);
  const body = header.compressed ? decompress(stored, header.bodyBytes, env) : stored;
  if (body.length !== header.bodyBytes) throw new WireError('malformed', 'body length differs from the header');
  return body;
}

function decompress(packed: Uint8Array, maxLength: number, env: CodecEnvironment): Uint8Array {
  if (packed.length >= maxLength) throw new WireError('malformed', 'compression that does not save bytes');
  try {
    return env.decompress(packed, maxLength);
  } catch (cause) {
    throw new WireError('malformed', 'body cannot be decompressed to the stated length', { cause });
  }
}
