/** Reads a segment's bytes as far as they can be read, past damage in the middle (pure). */
import {
  type CodecEnvironment,
  LIMITS,
  readRecordHeader,
  readSegment,
  SEGMENT_PREFIX_BYTES,
  verifyRecord,
  WireError,
} from '@ptp-tester/wire';

export interface ScannedSegment {
  /** Views into the bytes, in their order. */
  readonly records: readonly Uint8Array[];
  /** Up to here the bytes are whole records, or damage with whole records behind it. */
  readonly usableBytes: number;
  /** Bytes within `usableBytes` that belong to no record. */
  readonly damagedBytes: number;
}

/** Finds every whole record with a right checksum; after damage it goes on at the next place where one begins. */
export function scanSegment(bytes: Uint8Array, env: CodecEnvironment): ScannedSegment {
  const records: Uint8Array[] = [];
  let usableBytes = 0;
  let damagedBytes = 0;
  let from = 0;
  while (from < bytes.length) {
    const content = readSegment(bytes.subarray(from), env);
    for (const record of content.records) {
      if (isReadable(record)) records.push(record);
      else damagedBytes += SEGMENT_PREFIX_BYTES + record.length;
    }
    const end = from + content.validBytes;
    if (content.records.length > 0) {
      damagedBytes += from - usableBytes;
      usableBytes = end;
    }
    from = nextRecordStart(bytes, end + 1, env);
  }
  return { records, usableBytes, damagedBytes };
}

/** A right checksum does not make a record ours: nobody can send or drop one whose stream or version is not known here. */
function isReadable(record: Uint8Array): boolean {
  try {
    readRecordHeader(record);
    return true;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

function nextRecordStart(bytes: Uint8Array, from: number, env: CodecEnvironment): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = from; start + SEGMENT_PREFIX_BYTES < bytes.length; start += 1) {
    const length = view.getUint32(start, true);
    const body = start + SEGMENT_PREFIX_BYTES;
    if (length === 0 || length > LIMITS.recordBytes || length > bytes.length - body) continue;
    if (verifyRecord(bytes.subarray(body, body + length), env)) return start;
  }
  return bytes.length;
}
