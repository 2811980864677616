/** Stores residuals in whichever coding is smallest: nothing, a list, bit-packed, or Golomb-Rice around zero or from the lowest. */
import { BitWriter } from './bit-writer.ts';
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

/** Scratch of one encoding, which is synchronous: the residuals made unsigned in both ways, and their bits. */
const signedAsUnsigned = new Float64Array(LIMITS.rows);
const aboveLow = new Float64Array(LIMITS.rows);
const bits = new BitWriter();

/** The smallest coding of `residuals[0..count)`. Call `writeResiduals` with it before the next choice. */
export function chooseCoding(residuals: Float64Array, count: number): ResidualCoding {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < count; index++) {
    const value = residuals[index] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (count === 0 || (low === 0 && high === 0)) return ZERO;
  const totals = makeUnsigned(residuals, count, low);
  const dense = chooseDense(count, { low, high, ...totals });
  const sparseBits = totals.nonZero * SPARSE_VALUE_BITS;
  return sparseBits < dense.bits ? { ...ZERO, coding: CODING.sparse, bits: sparseBits } : dense;
}

interface Totals {
  readonly sumOfSigned: number;
  readonly sumFromLow: number;
  readonly nonZero: number;
}

function chooseDense(count: number, range: Totals & { readonly low: number; readonly high: number }): ResidualCoding {
  const { low, high } = range;
  const width = bitWidth(high - low);
  const signed = riceCoding(signedAsUnsigned, count, range.sumOfSigned / count);
  const fromLow = riceCoding(aboveLow, count, range.sumFromLow / count);
  const packedBits = count * width;
  if (packedBits <= Math.min(signed.bits, fromLow.bits)) {
    return { coding: CODING.packed, bits: packedBits, parameter: width, low };
  }
  if (fromLow.bits < signed.bits) return { coding: CODING.riceFromLow, ...fromLow, low };
  return { coding: CODING.riceSigned, ...signed, low: 0 };
}

function makeUnsigned(residuals: Float64Array, count: number, low: number): Totals {
  let sumOfSigned = 0;
  let sumFromLow = 0;
  let nonZero = 0;
  for (let index = 0; index < count; index++) {
    const value = residuals[index] as number;
    const folded = value < 0 ? -2 * value - 1 : 2 * value;
    signedAsUnsigned[index] = folded;
    aboveLow[index] = value - low;
    sumOfSigned += folded;
    sumFromLow += value - low;
    if (value !== 0) nonZero++;
  }
  return { sumOfSigned, sumFromLow, nonZero };
}

/** Bits that hold any integer 0..span. */
function bitWidth(span: number): number {
  return span < 2 ** 32 ? 32 - Math.clz32(span) : 32 + bitWidth(Math.floor(span / 2 ** 32));
}

/** The better of the two k beside the one that fits a geometric distribution of this mean (2^k = mean * ln 2). */
function riceCoding(values: Float64Array, count: number, mean: number): { bits: number; parameter: number } {
  const ideal = Math.floor(Math.log2(Math.max(1, mean * Math.LN2)));
  const k = Math.min(ideal, RICE_MAX_K - 1);
  const lower = riceBits(values, count, k);
  const upper = riceBits(values, count, k + 1);
  return lower <= upper ? { bits: lower, parameter: k } : { bits: upper, parameter: k + 1 };
}

function riceBits(values: Float64Array, count: number, k: number): number {
  const scale = 2 ** -k;
  let total = 0;
  for (let index = 0; index < count; index++) {
    const quotient = Math.floor((values[index] as number) * scale);
    total += quotient < RICE_MAX_QUOTIENT ? quotient + 1 + k : RICE_MAX_QUOTIENT + RICE_ESCAPE_BITS;
  }
  return total;
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
  else putRice(coding.coding === CODING.riceSigned ? signedAsUnsigned : aboveLow, count, coding.parameter);
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
  for (let index = 0; index < count; index++) bits.putWide(aboveLow[index] as number, width);
}

function putRice(values: Float64Array, count: number, k: number): void {
  const unit = 2 ** k;
  for (let index = 0; index < count; index++) {
    const value = values[index] as number;
    const quotient = Math.floor(value / unit);
    if (quotient < RICE_MAX_QUOTIENT) {
      bits.put((1 << quotient) - 1, quotient + 1);
      bits.put(value - quotient * unit, k);
    } else {
      bits.put((1 << RICE_MAX_QUOTIENT) - 1, RICE_MAX_QUOTIENT);
      bits.putWide(value, RICE_ESCAPE_BITS);
    }
  }
}
