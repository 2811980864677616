/** Signed integers as unsigned ones: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4 (as in Protocol Buffers). In doubles, exact within +-2^52. */

/** Integers of this size and below survive zigzag in a double. */
export const ZIGZAG_MAX = 2 ** 52 - 1;

export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
