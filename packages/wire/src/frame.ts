/** A frame: the binary WebSocket message that carries records. Magic, version, count, then each record behind its length. */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { LIMITS } from './limits.ts';
import { WireError } from './wire-error.ts';

const FRAME_MAGIC = 0xf7;
const FRAME_VERSION = 1;

/** Puts records into a frame. Throws `cannot_encode` where a limit is exceeded. */
export function encodeFrame(records: readonly Uint8Array[]): Uint8Array {
  if (records.length === 0 || records.length > LIMITS.frameRecords) {
    throw new WireError('cannot_encode', `frame of ${records.length} records`);
  }
  const writer = new ByteWriter();
  writer.u8(FRAME_MAGIC);
  writer.u8(FRAME_VERSION);
  writer.varint(records.length);
  for (const record of records) {
    if (record.length === 0 || record.length > LIMITS.recordBytes) {
      throw new WireError('cannot_encode', `record of ${record.length} bytes`);
    }
    writer.u32(record.length);
    writer.bytes(record);
  }
  if (writer.length > LIMITS.frameBytes) throw new WireError('cannot_encode', `frame of ${writer.length} bytes`);
  return writer.finish();
}

/** The records of a frame as views into it; they are not looked at. Throws `WireError`. */
export function decodeFrame(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length > LIMITS.frameBytes) throw new WireError('too_large', `frame of ${bytes.length} bytes`);
  const reader = new ByteReader(bytes);
  if (reader.u8() !== FRAME_MAGIC) throw new WireError('malformed', 'not a frame: wrong magic');
  const version = reader.u8();
  if (version !== FRAME_VERSION) throw new WireError('version_unknown', `frame version ${version}`);
  const count = reader.varintWithin({ min: 1, max: LIMITS.frameRecords, what: 'records of a frame' });
  const records: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const length = reader.u32();
    if (length === 0) throw new WireError('malformed', 'empty record');
    if (length > LIMITS.recordBytes) throw new WireError('too_large', `record of ${length} bytes`);
    records.push(reader.bytes(length));
  }
  if (reader.remaining > 0) throw new WireError('malformed', `${reader.remaining} bytes behind the last record`);
  return records;
}
