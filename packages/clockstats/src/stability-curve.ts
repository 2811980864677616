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

/** Squares of terms summed up for one averaging factor. */
export interface SquareSum {
  readonly sum: number;
  readonly terms: number;
}

/** Everything a curve needs except the terms themselves. */
export interface CurveRequest {
  readonly metric: DeviationMetric;
  readonly series: RegularSeries;
  readonly runs: FiniteRuns;
  readonly factors: readonly number[];
  readonly options?: StabilityOptions | undefined;
}

/** All but MTIE are root mean squares of terms, times a factor. */
export type DeviationMetric = Exclude<StabilityMetric, 'mtie'>;

const MIN_TERMS = 2;

/** From the root mean square of the terms (differences of x; for MDEV and TDEV sums of m of them) to the deviation. */
const SCALES: Readonly<Record<DeviationMetric, (m: number, tau: number) => number>> = {
  tie_rms: () => 1,
  adev: (_, tau) => 1 / (Math.SQRT2 * tau),
  oadev: (_, tau) => 1 / (Math.SQRT2 * tau),
  totdev: (_, tau) => 1 / (Math.SQRT2 * tau),
  mdev: (m, tau) => 1 / (Math.SQRT2 * m * tau),
  tdev: (m) => 1 / (Math.sqrt(6) * m),
  hdev: (_, tau) => 1 / (Math.sqrt(6) * tau),
  ohdev: (_, tau) => 1 / (Math.sqrt(6) * tau),
};

/** The curve of a deviation; `squaresOf` sums the squares of all valid terms of one factor. */
export function deviationCurve(request: CurveRequest, squaresOf: (m: number) => SquareSum): StabilityCurve {
  const { metric, series, options } = request;
  const { tau0 } = series;
  const ticks = series.values.length;
  const factors = checkedFactors(request.factors).filter((m) => m < ticks);
  const sums = factors.map((m) => ({ m, ...squaresOf(m) }));
  return deviationCurveOf({ metric, tau0, ticks, samples: request.runs.samples }, sums, options);
}

/** The curve of a deviation from the sums of all its factors. */
export function deviationCurveOf(
  account: CurveAccount & { readonly metric: DeviationMetric },
  sums: readonly (SquareSum & { readonly m: number })[],
  options?: StabilityOptions,
): StabilityCurve {
  const least = Math.max(1, options?.minTerms ?? MIN_TERMS);
  const enough = sums.filter(({ terms }) => terms >= least);
  const points = enough.map(({ m, sum, terms }) => {
    const tau = m * account.tau0;
    return { tau, m, value: Math.sqrt(sum / terms) * SCALES[account.metric](m, tau), terms };
  });
  return curveOf(account, points);
}

/** What a curve says of the data beneath it. */
export interface CurveAccount {
  readonly metric: StabilityMetric;
  readonly tau0: number;
  /** Ticks of the grid. */
  readonly ticks: number;
  readonly samples: number;
}

export function curveOf<Point extends StabilityPoint>(
  { metric, tau0, ticks, samples }: CurveAccount,
  points: readonly Point[],
): StabilityCurve<Point> {
  const missing = ticks - samples;
  return { metric, tau0, points, samples, missing, missingShare: ticks === 0 ? 0 : missing / ticks };
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
