/** A spool segment: the agent's file of records, each behind its length (u32, little-endian). Append-only; a torn end is normal. */
import { ByteReader } from './byte-reader.ts';
import { LIMITS } from './limits.ts';
import { type CodecEnvironment, verifyRecord } from './record-codec.ts';

/** Bytes in front of each record of a segment. */
export const SEGMENT_PREFIX_BYTES = 4;

/** The bytes that append this record to a segment. */
export function appendToSegment(record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_PREFIX_BYTES + record.length);
  for (let index = 0; index < SEGMENT_PREFIX_BYTES; index++) bytes[index] = record.length >>> (8 * index);
  bytes.set(record, SEGMENT_PREFIX_BYTES);
  return bytes;
}

export interface SegmentContent {
  /** Views into the file's bytes. */
  readonly records: Uint8Array[];
  /** Everything from here on is torn or damaged. Equals the file's length when nothing is. */
  readonly validBytes: number;
}

/** Reads up to the first record that is torn or whose checksum is wrong. Never throws. */
export function readSegment(bytes: Uint8Array, env: CodecEnvironment): SegmentContent {
  const records: Uint8Array[] = [];
  let validBytes = 0;
  while (bytes.length - validBytes > SEGMENT_PREFIX_BYTES) {
    const start = validBytes + SEGMENT_PREFIX_BYTES;
    const length = new ByteReader(bytes, validBytes).u32();
    if (length > LIMITS.recordBytes || length > bytes.length - start) break;
    const record = bytes.subarray(start, start + length);
    if (!verifyRecord(record, env)) break;
    records.push(record);
    validBytes = start + length;
  }
  return { records, validBytes };
}
