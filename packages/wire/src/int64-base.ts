/**
 * The base of a 64-bit column: one byte that says how many bytes follow and what they are relative to, then a signed little-endian number.
 * Clock readings of one batch lie close together, so all but the first few are small numbers.
 */
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { addInt64, type Int64, subtractInt64 } from './int64-values.ts';
import type { References } from './references.ts';
import { WireError } from './wire-error.ts';

const MAX_BYTES = 8;

/** bits 0-1: origin (0 zero, 1 first `at`, 2 first `at` - first `mono_raw_ns`); bits 2-5: bytes that follow */
export function writeInt64Base(writer: ByteWriter, base: Int64, references: References): void {
  let origin = 0;
  let smallest = base;
  for (const [index, candidate] of [references.at, references.atMinusMono].entries()) {
    if (candidate === null) continue;
    const relative = subtractInt64(base, candidate.first);
    if (significantBytes(relative) >= significantBytes(smallest)) continue;
    smallest = relative;
    origin = index + 1;
  }
  const count = significantBytes(smallest);
  writer.u8(origin | (count << 2));
  for (let byte = 0; byte < count; byte++) {
    writer.u8(byte < 4 ? smallest.low >>> (8 * byte) : smallest.high >>> (8 * (byte - 4)));
  }
}

export function readInt64Base(reader: ByteReader, references: References): Int64 {
  const head = reader.u8();
  const count = head >> 2;
  if (count > MAX_BYTES) throw new WireError('malformed', `base of ${count} bytes`);
  const value = readSigned(reader, count);
  const origin = head & 3;
  if (origin === 0) return value;
  const series = originSeries(references, origin);
  if (series === null) throw new WireError('malformed', `base relative to a column that is not there (${origin})`);
  return addInt64(value, series.first);
}

function originSeries(references: References, origin: number): References['at'] {
  if (origin === 1) return references.at;
  return origin === 2 ? references.atMinusMono : null;
}

function readSigned(reader: ByteReader, count: number): Int64 {
  const at = reader.take(count);
  const bytes = reader.source;
  const sign = count > 0 && (bytes[at + count - 1] as number) >= 0x80 ? 0xff : 0;
  let low = 0;
  let high = 0;
  for (let byte = 3; byte >= 0; byte--) low = (low << 8) | (byte < count ? (bytes[at + byte] as number) : sign);
  for (let byte = 7; byte >= 4; byte--) high = (high << 8) | (byte < count ? (bytes[at + byte] as number) : sign);
  return { low: low >>> 0, high: high >>> 0 };
}

/** How many bytes hold the number with its sign; 0 for zero. */
function significantBytes({ low, high }: Int64): number {
  const signOfLow = low | 0;
  const isShort = (high | 0) === signOfLow >> 31;
  if (!isShort) return 4 + signedBytes(high | 0);
  return signOfLow === 0 ? 0 : signedBytes(signOfLow);
}

function signedBytes(value: number): number {
  const magnitude = value < 0 ? ~value : value;
  return 1 + ((32 - Math.clz32(magnitude)) >> 3);
}
