/**
 * Whether two measurements of the same quantity differ, and by what factor: the ratio of their geometric means with a 95 % interval.
 * Each side is a list of values that stand for its scatter: the quantity in blocks of time (batch means, Law and Kelton, "Simulation Modeling and
 * Analysis"), or one value for each instance. Logarithms make a ratio of a difference (Welch 1947, Satterthwaite's degrees of freedom).
 */

export interface RatioInterval {
  /** Second over first. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly level: 0.95;
  readonly freedom: number;
}

/** Fewer values do not show their own scatter. */
export const LEAST_VALUES = 4;
const LEVEL = 0.95;
const Z975 = 1.959_963_984_540_054;

interface LogMean {
  readonly mean: number;
  /** Variance of the mean. */
  readonly variance: number;
  readonly freedom: number;
}

/** Neighbouring blocks of a clock resemble each other; `ordered` values count as fewer accordingly. Null with fewer than four, or one that is not > 0. */
export function blockRatio(first: readonly number[], second: readonly number[]): RatioInterval | null {
  return ratioOf(logMean(first, { ordered: true }), logMean(second, { ordered: true }));
}

/** Two groups of independent instances, at least two in each. */
export function groupRatio(first: readonly number[], second: readonly number[]): RatioInterval | null {
  return ratioOf(logMean(first, { least: 2 }), logMean(second, { least: 2 }));
}

/** The same instances twice: the scatter between them drops out. Null with fewer than two pairs. */
export function pairedRatio(pairs: readonly (readonly [number, number])[]): RatioInterval | null {
  return ratioOf(
    { mean: 0, variance: 0, freedom: Number.POSITIVE_INFINITY },
    logMean(
      pairs.map(([a, b]) => b / a),
      { least: 2 },
    ),
  );
}

export interface Deviation {
  readonly value: number;
  /** Equivalent degrees of freedom. */
  readonly freedom: number;
}

const LEAST_FREEDOM = 5;

/** Two deviations (TDEV, ADEV): the variance of ln s is 1 / (2 freedom). Null below five degrees of freedom. */
export function deviationRatio(first: Deviation, second: Deviation): RatioInterval | null {
  if (Math.min(first.freedom, second.freedom) < LEAST_FREEDOM || !(first.value > 0 && second.value > 0)) return null;
  const part = ({ value, freedom }: Deviation) => ({ mean: Math.log(value), variance: 1 / (2 * freedom), freedom });
  return ratioOf(part(first), part(second));
}

function logMean(
  values: readonly number[],
  { least = LEAST_VALUES, ordered = false }: { least?: number; ordered?: boolean },
): LogMean | null {
  const n = values.length;
  if (n < least || values.some((value) => !(value > 0 && Number.isFinite(value)))) return null;
  const logs = values.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / n;
  const distances = logs.map((log) => log - mean);
  const squares = distances.reduce((sum, distance) => sum + distance * distance, 0);
  // As an AR(1) process with the lag-1 correlation of the blocks would have it.
  const r = ordered && squares > 0 ? Math.min(0.9, Math.max(0, lag1(distances) / squares)) : 0;
  const effective = (n * (1 - r)) / (1 + r);
  return { mean, variance: squares / (n - 1) / effective, freedom: Math.max(1, effective - 1) };
}

function lag1(distances: readonly number[]): number {
  return distances.reduce((sum, distance, i) => sum + distance * (distances[i + 1] ?? 0), 0);
}

function ratioOf(first: LogMean | null, second: LogMean | null): RatioInterval | null {
  if (first === null || second === null) return null;
  const difference = second.mean - first.mean;
  const variance = first.variance + second.variance;
  const parts = first.variance ** 2 / first.freedom + second.variance ** 2 / second.freedom;
  const freedom = parts > 0 ? variance ** 2 / parts : Number.POSITIVE_INFINITY;
  const half = studentQuantile975(freedom) * Math.sqrt(variance);
  return {
    ratio: Math.exp(difference),
    low: Math.exp(difference - half),
    high: Math.exp(difference + half),
    level: LEVEL,
    freedom,
  };
}

/** 0.975 quantile of Student's t: exact for one and two degrees, Abramowitz and Stegun 26.7.5 from three on (0.1 %). */
export function studentQuantile975(freedom: number): number {
  if (freedom < 1.5) return 12.706;
  if (freedom < 2.5) return 4.303;
  const z = Z975;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ];
  return terms.reduce((sum, term, k) => sum + term / freedom ** (k + 1), z);
}
