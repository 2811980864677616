/** Stores residuals in whichever coding is smallest: nothing, a list, bit-packed, or Golomb-Rice around zero or from the lowest. */
import { BitWriter, MAX_PUT_BITS } from './bit-writer.ts';
import type { ByteWriter } from './byte-writer.ts';
import { CODING } from './column-head.ts';
import { LIMITS } from './limits.ts';
import { RICE_ESCAPE_BITS, RICE_MAX_K, RICE_MAX_QUOTIENT } from './rice.ts';
import { zigzag } from './zigzag.ts';

export interface ResidualCoding {
  readonly coding: number;
  readonly bits: number;
  /** Packed: width of a field. Rice: the parameter k. */
  readonly parameter: number;
  /** Packed and riceFromLow: taken away from every residual. */
  readonly low: number;
}

const ZERO: ResidualCoding = { coding: CODING.zero, bits: 0, parameter: 0, low: 0 };

/** A sparse value takes two to four bytes, rarely more. */
const SPARSE_VALUE_BITS = 28;

/** Scratch of one encoding, which is synchronous: the residuals made unsigned, and their bits. */
const unsigned = new Float64Array(LIMITS.rows);
const bits = new BitWriter();

/** The smallest coding of `residuals[0..count)`. Call `writeResiduals` with it before the next choice. */
export function chooseCoding(residuals: Float64Array, count: number): ResidualCoding {
  const totals = sumUp(residuals, count);
  if (totals.nonZero === 0) return ZERO;
  const dense = chooseDense(residuals, count, totals);
  const sparseBits = totals.nonZero * SPARSE_VALUE_BITS;
  return sparseBits < dense.bits ? { ...ZERO, coding: CODING.sparse, bits: sparseBits } : dense;
}

interface Totals {
  readonly low: number;
  readonly high: number;
  readonly sum: number;
  /** Sum after zigzag. */
  readonly sumOfSigned: number;
  readonly nonZero: number;
}

function sumUp(residuals: Float64Array, count: number): Totals {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let sumOfSigned = 0;
  let nonZero = 0;
  for (let index = 0; index < count; index++) {
    const value = residuals[index] as number;
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
    sumOfSigned += value < 0 ? -2 * value - 1 : 2 * value;
    if (value !== 0) nonZero++;
  }
  return { low, high, sum, sumOfSigned, nonZero };
}

/** Bit-packed or Rice; the values that the chosen one writes are then in `unsigned`. */
function chooseDense(residuals: Float64Array, count: number, { low, high, sum, sumOfSigned }: Totals): ResidualCoding {
  const width = bitWidth(high - low);
  const sumFromLow = sum - low * count;
  const isOneSided = sumFromLow < sumOfSigned;
  if (isOneSided) takeAway(low, residuals, count);
  else fold(residuals, count);
  const rice = riceCoding(count, (isOneSided ? sumFromLow : sumOfSigned) / count);
  if (count * width <= rice.bits) {
    if (!isOneSided) takeAway(low, residuals, count);
    return { coding: CODING.packed, bits: count * width, parameter: width, low };
  }
  return isOneSided ? { coding: CODING.riceFromLow, ...rice, low } : { coding: CODING.riceSigned, ...rice, low: 0 };
}

function takeAway(low: number, residuals: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) unsigned[index] = (residuals[index] as number) - low;
}

function fold(residuals: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) unsigned[index] = zigzag(residuals[index] as number);
}

/** Bits that hold any integer 0..span. */
function bitWidth(span: number): number {
  return span < 2 ** 32 ? 32 - Math.clz32(span) : 32 + bitWidth(Math.floor(span / 2 ** 32));
}

/** The better of the two k beside the one that fits a geometric distribution of this mean (2^k = mean * ln 2). */
function riceCoding(count: number, mean: number): { bits: number; parameter: number } {
  const ideal = Math.floor(Math.log2(Math.max(1, mean * Math.LN2)));
  const k = Math.min(ideal, RICE_MAX_K - 1);
  const scale = 1 / (1 << k);
  let lower = count * (k + 1);
  let upper = count * (k + 2);
  for (let index = 0; index < count; index++) {
    const quotient = (unsigned[index] as number) * scale;
    lower += quotient < RICE_MAX_QUOTIENT ? quotient | 0 : RICE_ESCAPE_BITS;
    upper += quotient < 2 * RICE_MAX_QUOTIENT ? (quotient | 0) >> 1 : RICE_ESCAPE_BITS;
  }
  return lower <= upper ? { bits: lower, parameter: k } : { bits: upper, parameter: k + 1 };
}

export interface CodedResiduals {
  readonly residuals: Float64Array;
  readonly count: number;
  readonly coding: ResidualCoding;
  /** False where the caller took `coding.low` into the base. */
  readonly storesLow: boolean;
}

/** Writes what `chooseCoding` chose last. */
export function writeResiduals(writer: ByteWriter, { residuals, count, coding, storesLow }: CodedResiduals): void {
  if (coding.coding === CODING.zero) return;
  if (coding.coding === CODING.sparse) {
    writeSparse(writer, residuals, count);
    return;
  }
  writer.u8(coding.parameter);
  if (storesLow && coding.coding !== CODING.riceSigned) writer.varint(zigzag(coding.low));
  if (coding.coding === CODING.packed) putPacked(count, coding.parameter);
  else bits.putRice(unsigned, count, coding.parameter);
  bits.flushTo(writer);
}

/** How many are not zero; for each of those the zeros in front of it and its value. */
function writeSparse(writer: ByteWriter, residuals: Float64Array, count: number): void {
  let nonZero = 0;
  for (let index = 0; index < count; index++) if (residuals[index] !== 0) nonZero++;
  writer.varint(nonZero);
  let next = 0;
  for (let index = 0; index < count; index++) {
    const value = residuals[index] as number;
    if (value === 0) continue;
    writer.varint(index - next);
    writer.varint(zigzag(value));
    next = index + 1;
  }
}

function putPacked(count: number, width: number): void {
  if (width <= MAX_PUT_BITS) {
    for (let index = 0; index < count; index++) bits.put(unsigned[index] as number, width);
    return;
  }
  for (let index = 0; index < count; index++) bits.putWide(unsigned[index] as number, width);
}
