/**
 * Sums of squared differences of a series at a stride, the core of TIE rms (order 1), the Allan (2) and the Hadamard (3) deviation.
 * A term with a missing sample is left out; a gap between its samples does no harm, because phase is continuous in time.
 */
import type { SquareSum } from './stability-curve.ts';

/** Terms that are summed up before they join the total: keeps the rounding error of 10^7 terms small. */
const CHUNK = 65_536;

export type DifferenceOrder = 1 | 2 | 3;

export interface DifferenceTerms {
  readonly order: DifferenceOrder;
  /** Distance of the samples of one term. */
  readonly m: number;
  /** Distance of the first samples of neighbouring terms: 1 = overlapping, m = not overlapping. */
  readonly stride: number;
}

/** `terms` differences from the beginning of the samples: their sum of squares, NaN when a sample is missing. */
type ChunkSum = (samples: Float64Array, shape: DifferenceTerms, terms: number) => number;

const CHUNK_SUMS: Readonly<Record<DifferenceOrder, ChunkSum>> = { 1: firstOrder, 2: secondOrder, 3: thirdOrder };

/** Sum and number of the squared differences; terms begin at 0, stride, 2 * stride... */
export function differenceSquares(values: Float64Array, shape: DifferenceTerms): SquareSum {
  const { order, m, stride } = shape;
  const sumChunk = CHUNK_SUMS[order];
  const possible = Math.max(0, Math.ceil((values.length - order * m) / stride));
  let sum = 0;
  let terms = 0;
  for (let done = 0; done < possible; done += CHUNK) {
    const count = Math.min(CHUNK, possible - done);
    const samples = values.subarray(done * stride);
    const part = sumChunk(samples, shape, count);
    if (Number.isFinite(part)) {
      sum += part;
      terms += count;
      continue;
    }
    // Looking at each term costs several times as much, so it is done only where a sample is missing.
    for (let term = 0; term < count; term += 1) {
      const square = sumChunk(samples.subarray(term * stride), shape, 1);
      if (!Number.isFinite(square)) continue;
      sum += square;
      terms += 1;
    }
  }
  return { sum, terms };
}

function firstOrder(samples: Float64Array, { m, stride }: DifferenceTerms, terms: number): number {
  const later = samples.subarray(m);
  const end = terms * stride;
  let sum = 0;
  for (let i = 0; i < end; i += stride) {
    const difference = (later[i] as number) - (samples[i] as number);
    sum += difference * difference;
  }
  return sum;
}

function secondOrder(samples: Float64Array, { m, stride }: DifferenceTerms, terms: number): number {
  const middle = samples.subarray(m);
  const last = samples.subarray(2 * m);
  const end = terms * stride;
  let sum = 0;
  for (let i = 0; i < end; i += stride) {
    const mid = middle[i] as number;
    const difference = (last[i] as number) - mid - (mid - (samples[i] as number));
    sum += difference * difference;
  }
  return sum;
}

function thirdOrder(samples: Float64Array, { m, stride }: DifferenceTerms, terms: number): number {
  const second = samples.subarray(m);
  const third = samples.subarray(2 * m);
  const last = samples.subarray(3 * m);
  const end = terms * stride;
  let sum = 0;
  for (let i = 0; i < end; i += stride) {
    const difference =
      (last[i] as number) - (samples[i] as number) - 3 * ((third[i] as number) - (second[i] as number));
    sum += difference * difference;
  }
  return sum;
}
