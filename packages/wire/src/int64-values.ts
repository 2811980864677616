/**
 * 64-bit columns as doubles relative to a base, without bigint arithmetic: it would cost more than the rest of the codec.
 * Halves are read and written through a Uint32 view of the column, so they lie in this machine's byte order.
 */

/** A 64-bit integer as two halves, modulo 2^64: signed and unsigned columns differ only in the distance of two values. */
export interface Int64 {
  readonly low: number;
  readonly high: number;
}

/** Values of a column must lie this close to its first one to be predicted: the sums of the predictors then stay exact. */
export const MAX_DISTANCE = 2 ** 50;

const WORD = 2 ** 32;
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const LOW = IS_LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;

/** The halves of a 64-bit column, two for each row. */
export function halvesOf(column: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
}

export function int64At(halves: Uint32Array, row: number): Int64 {
  return { low: halves[2 * row + LOW] as number, high: halves[2 * row + HIGH] as number };
}

/** Writes each value minus the first one. False when one is too far away; `out` then holds nothing useful. */
export function distancesFromFirst(halves: Uint32Array, out: Float64Array, isSigned: boolean): boolean {
  const rows = halves.length / 2;
  const flip = isSigned ? 0x80000000 : 0;
  const firstLow = halves[LOW] as number;
  const firstHigh = ((halves[HIGH] as number) ^ flip) >>> 0;
  for (let row = 0; row < rows; row++) {
    const high = ((halves[2 * row + HIGH] as number) ^ flip) >>> 0;
    const distance = (high - firstHigh) * WORD + ((halves[2 * row + LOW] as number) - firstLow);
    if (distance > MAX_DISTANCE || distance < -MAX_DISTANCE) return false;
    out[row] = distance;
  }
  return true;
}

/** `base + distance` modulo 2^64, for an integer distance within 2^53. */
export function addToInt64(base: Int64, distance: number): Int64 {
  const carries = Math.floor(distance / WORD);
  const low = base.low + (distance - carries * WORD);
  const overflow = low >= WORD ? 1 : 0;
  return { low: low - overflow * WORD, high: (base.high + carries + overflow) >>> 0 };
}

export function addInt64(a: Int64, b: Int64): Int64 {
  const low = a.low + b.low;
  const carry = low >= WORD ? 1 : 0;
  return { low: low - carry * WORD, high: (a.high + b.high + carry) >>> 0 };
}

export function subtractInt64(a: Int64, b: Int64): Int64 {
  const low = a.low - b.low;
  const borrow = low < 0 ? 1 : 0;
  return { low: low + borrow * WORD, high: (a.high - b.high - borrow) >>> 0 };
}

/** Fills the column with `base + distance` for each row. */
export function storeInt64(halves: Uint32Array, base: Int64, distances: Float64Array): void {
  const { low: baseLow, high: baseHigh } = base;
  const rows = halves.length / 2;
  for (let row = 0; row < rows; row++) {
    const distance = distances[row] as number;
    const carries = Math.floor(distance / WORD);
    const low = baseLow + (distance - carries * WORD);
    const overflow = low >= WORD ? 1 : 0;
    halves[2 * row + LOW] = low - overflow * WORD;
    halves[2 * row + HIGH] = baseHigh + carries + overflow;
  }
}

/** Fills the column from little-endian 64-bit words. */
export function storeRawInt64(halves: Uint32Array, bytes: DataView, at: number): void {
  const rows = halves.length / 2;
  for (let row = 0; row < rows; row++) {
    halves[2 * row + LOW] = bytes.getUint32(at + 8 * row, true);
    halves[2 * row + HIGH] = bytes.getUint32(at + 8 * row + 4, true);
  }
}
