/** Reads residuals back; the mirror of `residual-writer.ts`, for untrusted bytes and for speed. */
import { type BodyReader, LOAD_BITS, wideBits } from './body-reader.ts';
import { CODING } from './column-head.ts';
import { RICE_ESCAPE_BITS, RICE_MAX_K, RICE_MAX_QUOTIENT } from './rice.ts';
import { WireError } from './wire-error.ts';
import { unzigzag } from './zigzag.ts';

const MAX_PACKED_BITS = 53;
/** Ends the count of ones at the escape, whatever the bits behind it are. */
const ESCAPE_MARK = 1 << RICE_MAX_QUOTIENT;

interface Run {
  readonly count: number;
  /** Packed: width of a field. Rice: the parameter k. */
  readonly parameter: number;
}

/** Fills `out[0..count)`. */
export function readResiduals(
  reader: BodyReader,
  out: Float64Array,
  { count, coding, storesLow }: { count: number; coding: number; storesLow: boolean },
): void {
  if (coding === CODING.zero) {
    out.fill(0, 0, count);
    return;
  }
  if (coding === CODING.sparse) {
    readSparse(reader, out, count);
    return;
  }
  const run = { count, parameter: reader.u8() };
  const low = storesLow && coding !== CODING.riceSigned ? unzigzag(reader.varint()) : 0;
  if (coding === CODING.packed) readPacked(reader, out, run);
  else if (run.parameter > RICE_MAX_K) throw new WireError('malformed', `Rice parameter ${run.parameter}`);
  else readRice(reader, out, { ...run, isSigned: coding === CODING.riceSigned });
  if (low !== 0) for (let index = 0; index < count; index++) out[index] = (out[index] as number) + low;
}

function readSparse(reader: BodyReader, out: Float64Array, count: number): void {
  const nonZero = reader.varintWithin({ min: 1, max: count, what: 'values of a sparse column' });
  out.fill(0, 0, count);
  let next = 0;
  for (let index = 0; index < nonZero; index++) {
    const row = next + reader.varint();
    if (row >= count) throw new WireError('malformed', 'sparse value behind the last row');
    out[row] = unzigzag(reader.varint());
    next = row + 1;
  }
}

function readPacked(reader: BodyReader, out: Float64Array, { count, parameter: width }: Run): void {
  if (width > MAX_PACKED_BITS) throw new WireError('malformed', `packed width ${width}`);
  const { view } = reader;
  let at = reader.position * 8;
  reader.take((count * width + 7) >>> 3);
  if (width > LOAD_BITS) {
    for (let index = 0; index < count; index++, at += width) out[index] = wideBits(view, at, width);
    return;
  }
  const mask = (1 << width) - 1;
  for (let index = 0; index < count; index++, at += width) {
    out[index] = (view.getUint32(at >>> 3, true) >>> (at & 7)) & mask;
  }
}

interface RiceRun extends Run {
  /** Whether the numbers are zigzag. */
  readonly isSigned: boolean;
}

function readRice(reader: BodyReader, out: Float64Array, { count, parameter: k, isSigned }: RiceRun): void {
  const { view } = reader;
  const limit = reader.end * 8;
  const mask = (1 << k) - 1;
  let at = reader.position * 8;
  for (let index = 0; index < count; index++) {
    if (at >= limit) throw new WireError('truncated', 'residuals end too early');
    const word = view.getUint32(at >>> 3, true) >>> (at & 7);
    const zeros = ~word | ESCAPE_MARK;
    const quotient = 31 - Math.clz32(zeros & -zeros);
    if (quotient === RICE_MAX_QUOTIENT) {
      const wide = wideBits(view, at + RICE_MAX_QUOTIENT, RICE_ESCAPE_BITS);
      out[index] = isSigned ? unzigzag(wide) : wide;
      at += RICE_MAX_QUOTIENT + RICE_ESCAPE_BITS;
      continue;
    }
    at += quotient + 1;
    const rest = quotient + 1 + k <= LOAD_BITS ? word >>> (quotient + 1) : view.getUint32(at >>> 3, true) >>> (at & 7);
    const value = (quotient << k) | (rest & mask);
    out[index] = isSigned ? (value >>> 1) ^ -(value & 1) : value;
    at += k;
  }
  reader.take(((at + 7) >>> 3) - reader.position);
}
