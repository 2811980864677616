/**
 * What all stability statistics share: a time-error series on a regular grid goes in, a curve of points over tau comes out.
 *
 * Values keep their unit: ns in gives MTIE, TDEV and TIE rms in ns, and the Allan family in ns/s, which is ppb.
 * All sums are over differences of samples, so a constant in the series (the 37 s between TAI and UTC) costs no precision.
 */
import { ClockstatsError } from './clockstats-error.ts';
import type { FiniteRuns } from './finite-runs.ts';

export type StabilityMetric = 'mtie' | 'tie_rms' | 'adev' | 'oadev' | 'mdev' | 'tdev' | 'hdev' | 'ohdev' | 'totdev';

/** Time error x at regular times; NaN = missing. */
export interface RegularSeries {
  readonly values: Float64Array;
  /** Spacing of the grid, seconds. */
  readonly tau0: number;
}

export interface StabilityPoint {
  /** Seconds: m * tau0. */
  readonly tau: number;
  /** Averaging factor. */
  readonly m: number;
  readonly value: number;
  /** How many terms (differences, or windows for MTIE) the value rests on. */
  readonly terms: number;
}

export interface StabilityCurve<Point extends StabilityPoint = StabilityPoint> {
  readonly metric: StabilityMetric;
  readonly tau0: number;
  /** Ascending in tau. A tau without enough terms has no point. */
  readonly points: readonly Point[];
  /** Samples that are there. */
  readonly samples: number;
  /** Ticks of the grid without a sample. */
  readonly missing: number;
  /** Missing ticks / all ticks; 0 for an empty series. */
  readonly missingShare: number;
}

export interface StabilityOptions {
  /** A point with fewer terms is left out: by default 2, because one term has no spread. */
  readonly minTerms?: number;
}

/** Terms summed up for one averaging factor. */
export interface SquareSum {
  readonly sum: number;
  readonly terms: number;
}

/** Everything a curve needs except the terms themselves. */
export interface CurveRequest {
  readonly metric: StabilityMetric;
  readonly series: RegularSeries;
  readonly runs: FiniteRuns;
  readonly factors: readonly number[];
  readonly options?: StabilityOptions | undefined;
}

const MIN_TERMS = 2;

/** The curve of sqrt(sum / terms) * scale(m). `squaresOf` sums the squares of all valid terms of one factor. */
export function rootMeanSquareCurve(
  request: CurveRequest,
  squaresOf: (m: number) => SquareSum,
  scale: (m: number) => number,
): StabilityCurve {
  const { series, options } = request;
  const points: StabilityPoint[] = [];
  for (const m of checkedFactors(request.factors)) {
    if (m >= series.values.length) continue;
    const { sum, terms } = squaresOf(m);
    if (terms < Math.max(1, options?.minTerms ?? MIN_TERMS)) continue;
    points.push({ tau: m * series.tau0, m, value: Math.sqrt(sum / terms) * scale(m), terms });
  }
  return curveOf(request, points);
}

/** Adds to the points what the curve says of its data. */
export function curveOf<Point extends StabilityPoint>(
  { metric, series, runs }: CurveRequest,
  points: readonly Point[],
): StabilityCurve<Point> {
  const ticks = series.values.length;
  const missing = ticks - runs.samples;
  const missingShare = ticks === 0 ? 0 : missing / ticks;
  return { metric, tau0: series.tau0, points, samples: runs.samples, missing, missingShare };
}

/** Ascending without duplicates. Throws `bad_argument` for a factor that is not a whole number >= 1. */
export function checkedFactors(factors: readonly number[]): number[] {
  for (const m of factors) {
    if (!(Number.isSafeInteger(m) && m >= 1)) {
      throw new ClockstatsError('bad_argument', `${m} is no averaging factor: it must be a whole number from 1`);
    }
  }
  return [...new Set(factors)].sort((a, b) => a - b);
}

/** The series itself, or `bad_argument` when its spacing is not a positive number of seconds. */
export function checkedSeries(series: RegularSeries): RegularSeries {
  if (series.tau0 > 0 && Number.isFinite(series.tau0)) return series;
  throw new ClockstatsError('bad_argument', `a grid cannot have a spacing of ${series.tau0} s`);
}
