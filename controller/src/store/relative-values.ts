/** 64-bit columns as doubles relative to an origin, so that nanoseconds survive (pure). */
import type { ColumnValues } from '@ptp-tester/measurement';

const WORD = 2 ** 32;

/** What a column's values are taken relative to: the first value of a 64-bit column, 0 for the other kinds. */
export function originOf(values: ColumnValues): bigint {
  return values instanceof BigInt64Array || values instanceof BigUint64Array ? (values[0] ?? 0n) : 0n;
}

/**
 * `value - origin` for each value. 64-bit columns go by their two halves, without a bigint for each value; exact while the
 * difference is below 2^53. A column of doubles comes back as it is; `origin` must be 0 for it and for bytes.
 */
export function relativeTo(values: ColumnValues, origin: bigint): Float64Array {
  if (values instanceof Float64Array) return values;
  if (values instanceof Uint8Array) return Float64Array.from(values);
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  return values instanceof BigInt64Array ? signedDifferences(words, origin) : unsignedDifferences(words, origin);
}

/** Little-endian: the low half of a value comes first. */
function signedDifferences(words: Int32Array, origin: bigint): Float64Array {
  const originLow = Number(BigInt.asUintN(32, origin));
  const originHigh = Number(origin >> 32n);
  const relative = new Float64Array(words.length / 2);
  for (let index = 0; index < relative.length; index++) {
    const low = (words[2 * index] as number) >>> 0;
    const high = words[2 * index + 1] as number;
    relative[index] = (high - originHigh) * WORD + (low - originLow);
  }
  return relative;
}

function unsignedDifferences(words: Int32Array, origin: bigint): Float64Array {
  const originLow = Number(BigInt.asUintN(32, origin));
  const originHigh = Number(origin >> 32n);
  const relative = new Float64Array(words.length / 2);
  for (let index = 0; index < relative.length; index++) {
    const low = (words[2 * index] as number) >>> 0;
    const high = (words[2 * index + 1] as number) >>> 0;
    relative[index] = (high - originHigh) * WORD + (low - originLow);
  }
  return relative;
}
