/**
 * Time error as ITU-T G.8273.2 states it: max |TE| of the samples, constant time error cTE as the mean over 1000 s, dynamic time error below
 * (dTE_L) and above (dTE_H) 0.1 Hz. MTIE and TDEV of dTE_L are those of `filtered.low`.
 */
import { finiteRuns, forEachRun } from './finite-runs.ts';
import { type FilteredSeries, splitAt } from './low-pass.ts';
import type { RegularSeries } from './stability-curve.ts';

export interface TimeErrorOptions {
  /** Length of the mean, seconds: 1000. */
  readonly windowS?: number;
  /** Border between the two dynamic parts: 0.1 Hz. */
  readonly cutoffHz?: number;
  /** Share of its samples a window must have: 0.99. */
  readonly leastShare?: number;
}

/** Extremes of a series, with the grid index of the largest magnitude. */
export interface Excursion {
  readonly min: number;
  readonly max: number;
  readonly maxAbs: number;
  readonly maxAbsIndex: number;
  readonly peakToPeak: number;
  readonly samples: number;
}

export interface ConstantTimeError {
  readonly windowS: number;
  /** Windows with enough samples, one beginning at each tick. */
  readonly windows: number;
  readonly min: number;
  readonly max: number;
  readonly maxAbs: number;
}

export interface TimeError {
  /** Null without a sample. */
  readonly unfiltered: Excursion | null;
  /** Null when the series is shorter than the window or holds no window with enough samples. */
  readonly constant: ConstantTimeError | null;
  /** With the constant part: its maxAbs is max |TE_L|, its peakToPeak that of dTE_L. Null when no sample is left after settling. */
  readonly low: Excursion | null;
  /** dTE_H. */
  readonly high: Excursion | null;
  /** Null when the grid is too coarse for the cutoff; then `low` and `high` are null too. */
  readonly filtered: FilteredSeries | null;
}

export function timeError(series: RegularSeries, options: TimeErrorOptions = {}): TimeError {
  const { windowS = 1000, cutoffHz = 0.1, leastShare = 0.99 } = options;
  const filtered = cutoffHz * series.tau0 < 0.5 ? splitAt(cutoffHz, series) : null;
  return {
    unfiltered: excursionOf(series.values),
    constant: constantTimeError(series, { windowS, leastShare }),
    low: filtered === null ? null : excursionOf(filtered.low),
    high: filtered === null ? null : excursionOf(filtered.high),
    filtered,
  };
}

/** Null without a finite value. */
export function excursionOf(values: Float64Array): Excursion | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let maxAbsIndex = 0;
  const runs = finiteRuns(values);
  forEachRun(runs, (start, end) => {
    for (let i = start; i < end; i += 1) {
      const value = values[i] as number;
      if (Math.abs(value) > Math.max(max, -min)) maxAbsIndex = i;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  });
  if (runs.samples === 0) return null;
  const maxAbs = Math.max(max, -min);
  return { min, max, maxAbs, maxAbsIndex, peakToPeak: max - min, samples: runs.samples };
}

function constantTimeError(
  { values, tau0 }: RegularSeries,
  { windowS, leastShare }: { windowS: number; leastShare: number },
): ConstantTimeError | null {
  const length = Math.max(1, Math.round(windowS / tau0));
  const least = Math.max(1, leastShare * length);
  // Sums of distances from the first sample: a large constant costs no precision.
  const origin = values.find(Number.isFinite) ?? 0;
  const window = { sum: 0, count: 0 };
  let windows = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let end = 1; end <= values.length; end += 1) {
    include(window, (values[end - 1] as number) - origin, 1);
    if (end > length) include(window, (values[end - 1 - length] as number) - origin, -1);
    if (end < length || window.count < least) continue;
    const mean = origin + window.sum / window.count;
    windows += 1;
    min = Math.min(min, mean);
    max = Math.max(max, mean);
  }
  return windows === 0 ? null : { windowS, windows, min, max, maxAbs: Math.max(max, -min) };
}

/** Adds (1) or takes away (-1) a value; a missing one is neither. */
function include(window: { sum: number; count: number }, value: number, sign: 1 | -1): void {
  if (!Number.isFinite(value)) return;
  window.sum += sign * value;
  window.count += sign;
}
