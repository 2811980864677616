/** 64-bit columns as doubles without bigint arithmetic: a bigint for each sample would cost more than the statistics made of it. */

const WORD = 2 ** 32;
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const LOW = IS_LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;

/** A target and where in it the values begin. */
export interface Int64Target {
  readonly values: Float64Array;
  readonly at: number;
}

/** Writes each value minus `origin`: exact within 2^53 of it, as `Number(value - origin)` beyond. */
export function writeInt64Distances(
  column: BigInt64Array | BigUint64Array,
  origin: bigint,
  { values, at }: Int64Target,
): void {
  const { buffer, byteOffset, length } = column;
  const low = new Uint32Array(buffer, byteOffset, length * 2);
  const high = column instanceof BigInt64Array ? new Int32Array(buffer, byteOffset, length * 2) : low;
  const originHigh = Number(origin >> 32n);
  const originLow = Number(origin & 0xffff_ffffn);
  for (let row = 0; row < length; row += 1) {
    const upper = (high[2 * row + HIGH] as number) - originHigh;
    values[at + row] = upper * WORD + ((low[2 * row + LOW] as number) - originLow);
  }
}

/** Each value rounded to the nearest double, as `Number(value)`. */
export function int64AsNumbers(column: BigInt64Array | BigUint64Array): Float64Array {
  const values = new Float64Array(column.length);
  writeInt64Distances(column, 0n, { values, at: 0 });
  return values;
}
