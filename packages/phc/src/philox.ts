/**
 * Philox4x32-10, a counter-based random generator: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC11).
 * A number is a pure function of key and counter, so any moment of a simulation can be asked without replaying what came before.
 */

/** Two 32-bit words: the seed, and which of its streams. */
export type PhiloxKey = readonly [number, number];
export type PhiloxBlock = readonly [number, number, number, number];

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** The four 32-bit words that belong to a counter of four 32-bit words. */
export function philox(key: PhiloxKey, counter: PhiloxBlock): PhiloxBlock {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    [c0, c1, c2, c3] = [high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0];
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const carry = ((aLow * bLow) >>> 16) + ((aHigh * bLow) & 0xffff) + ((aLow * bHigh) & 0xffff);
  return (aHigh * bHigh + ((aHigh * bLow) >>> 16) + ((aLow * bHigh) >>> 16) + (carry >>> 16)) | 0;
}

const TWO_32 = 2 ** 32;

/** A random 32-bit word as a number in the open interval (0, 1): its logarithm is always finite. */
export function toUniform(word: number): number {
  return (word + 0.5) / TWO_32;
}

/** A standard normal number from two words, by Box and Muller's transform. */
export function toNormal(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(toUniform(first))) * Math.cos(2 * Math.PI * toUniform(second));
}
