/** How fast a quantity that was sampled over time grows, and how sure that is (pure). */

export interface Sampled {
  /** Seconds from any beginning. */
  readonly atS: number;
  readonly value: number;
}

/** All in units of the value per hour. */
export interface Slope {
  readonly perHour: number;
  /** Ends of the 95 % confidence interval. */
  readonly low: number;
  readonly high: number;
}

/**
 * Least squares. Neighbouring samples of a process's memory are alike (it moves in steps and sawteeth), so each says less than an independent
 * one would: the interval counts n (1 - r) / (1 + r) samples, r = correlation of neighbouring residuals.
 */
export function slopeOf(samples: readonly Sampled[]): Slope {
  const count = samples.length;
  const meanAt = mean(samples.map(({ atS }) => atS));
  const meanValue = mean(samples.map(({ value }) => value));
  const spread = sum(samples.map(({ atS }) => (atS - meanAt) ** 2));
  const slope = sum(samples.map(({ atS, value }) => (atS - meanAt) * (value - meanValue))) / spread;
  const residuals = samples.map(({ atS, value }) => value - meanValue - slope * (atS - meanAt));
  const squares = sum(residuals.map((residual) => residual ** 2));
  const alike = squares === 0 ? 0 : sum(residuals.slice(1).map((value, place) => value * (residuals[place] ?? 0)));
  const seen = squares === 0 ? 0 : alike / squares;
  // Few samples show less of it than there is (Kendall 1954).
  const r = Math.min(0.99, Math.max(0, seen + (1 + 4 * seen) / count));
  const effective = Math.max(3, (count * (1 - r)) / (1 + r));
  const error = Math.sqrt(squares / (effective - 2) / spread);
  const reach = studentT(effective - 2) * error;
  return { perHour: slope * 3600, low: (slope - reach) * 3600, high: (slope + reach) * 3600 };
}

/** The least of each stretch: what comes and goes is left out, what stays is in it. */
export function floorsOf(samples: readonly Sampled[], stretchS: number): Sampled[] {
  const stretches = Map.groupBy(samples, ({ atS }) => Math.floor(atS / stretchS));
  return [...stretches.values()].map((those) => those.reduce((least, one) => (one.value < least.value ? one : least)));
}

/** The 97.5 % quantile of Student's t, within 5 % from 3 degrees of freedom on. */
function studentT(freedom: number): number {
  return 1.96 + 2.4 / freedom + 3.0 / freedom ** 2;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
