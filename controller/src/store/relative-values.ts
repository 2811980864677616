/** 64-bit columns as doubles relative to an origin, so that nanoseconds survive (pure). */
import type { ColumnValues } from '@ptp-tester/measurement';

const WORD = 2 ** 32;

/** What a column's values are taken relative to: the first value of a 64-bit column, 0 for the other kinds. */
export function originOf(values: ColumnValues): bigint {
  return values instanceof BigInt64Array || values instanceof BigUint64Array ? (values[0] ?? 0n) : 0n;
}

/**
 * `value - origin` for each value. 64-bit columns go by their two halves, without a bigint for each value; exact while the
 * difference is below 2^53. Columns of doubles come back as they are; `origin` must then be 0.
 */
export function relativeTo(values: ColumnValues, origin: bigint): Float64Array | Uint8Array {
  if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) return values;
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const signed = values instanceof BigInt64Array;
  const originLow = Number(BigInt.asUintN(32, origin));
  const originHigh = Number(origin >> 32n);
  const relative = new Float64Array(values.length);
  for (let index = 0; index < relative.length; index++) {
    const high = words[2 * index + 1] as number;
    const low = words[2 * index] as number;
    relative[index] = ((signed ? high | 0 : high) - originHigh) * WORD + (low - originLow);
  }
  return relative;
}
