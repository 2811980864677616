/** Exact quantiles by nearest rank, and the rule when a quantile may be published. */
import { ClockstatsError } from './clockstats-error.ts';

/** A quantile says something only when about this many samples lie beyond it. */
const SAMPLES_BEYOND = 10;
/** p * N is a product of doubles: 0.07 * 100 is 7.000000000000001, and its rank is 7. */
const ROUNDING = 1e-9;

/** The finite values in ascending order, as a copy. */
export function sortFinite(values: ArrayLike<number>): Float64Array {
  const kept = new Float64Array(values.length);
  let length = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    kept[length] = value;
    length += 1;
  }
  return kept.subarray(0, length).sort();
}

/** Nearest rank ceil(pN), counted from 1. Throws `bad_argument` when p is outside (0, 1] or there is no value. */
export function nearestRank(p: number, count: number): number {
  if (!(p > 0 && p <= 1) || !(count >= 1)) {
    throw new ClockstatsError('bad_argument', `no rank for p = ${p} of ${count} values`);
  }
  return Math.min(count, Math.max(1, Math.ceil(p * count - ROUNDING)));
}

/** Whether N(1-p) >= 10, so that the quantile does not hang on a handful of samples. */
export function isPublishable(p: number, count: number): boolean {
  return count - p * count >= SAMPLES_BEYOND - ROUNDING;
}

/** How many samples a quantile needs to be published. */
export function samplesNeeded(p: number): number {
  return Math.ceil(SAMPLES_BEYOND / (1 - p) - 1e-6);
}

/** The quantile of ascending values by nearest rank, or null: n too small. */
export function quantile(ascending: Float64Array, p: number): number | null {
  if (!isPublishable(p, ascending.length)) return null;
  return ascending[nearestRank(p, ascending.length) - 1] ?? null;
}

/** The quantile of the magnitudes of ascending values, without sorting them anew; null: n too small. Takes N (1 - p) steps. */
export function absQuantile(ascending: Float64Array, p: number): number | null {
  const count = ascending.length;
  if (!isPublishable(p, count)) return null;
  let low = 0;
  let high = count - 1;
  for (let larger = count - nearestRank(p, count); larger > 0; larger -= 1) {
    if (Math.abs(ascending[low] as number) > Math.abs(ascending[high] as number)) low += 1;
    else high -= 1;
  }
  return Math.max(Math.abs(ascending[low] as number), Math.abs(ascending[high] as number));
}
