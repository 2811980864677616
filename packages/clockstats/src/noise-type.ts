/**
 * Which power-law noise dominates at an averaging factor, from the lag-1 autocorrelation (Riley and Greenhall, "Power law noise identification
 * using the lag 1 autocorrelation", EFTF 2004; NIST SP1065 section 5.5.6): every m-th sample, without its quadratic trend, is differenced until
 * it is stationary (delta = r1 / (1 + r1) < 1/4); then alpha = 2 - 2 (delta + number of differences).
 */
import type { NoiseAlpha } from './degrees-of-freedom.ts';
import { removeQuadraticTrend } from './quadratic-trend.ts';
import type { RegularSeries } from './stability-curve.ts';

export interface NoiseType {
  readonly alpha: NoiseAlpha;
  readonly name: string;
  /** Before rounding. Far from a whole number means a mixture. */
  readonly estimate: number;
  /** Samples it rests on. */
  readonly samples: number;
}

export const NOISE_NAMES: Readonly<Record<NoiseAlpha, string>> = {
  2: 'white phase noise',
  1: 'flicker phase noise',
  0: 'white frequency noise',
  [-1]: 'flicker frequency noise',
  [-2]: 'random walk of frequency',
  [-3]: 'flicker walk of frequency',
  [-4]: 'random run of frequency',
};

/** Fewer do not tell one noise from the next. */
const LEAST_SAMPLES = 30;
const STATIONARY = 0.25;

/** Null with fewer than 30 samples at that factor, or when nothing is left beside a quadratic trend. `mostDifferences`: 2 Allan, 3 Hadamard. */
export function identifyNoise(series: RegularSeries, m: number, mostDifferences: 2 | 3 = 2): NoiseType | null {
  const residual = withoutTrend(series.values, m);
  if (residual === null) return null;
  let values = residual;
  for (let differences = 0; ; differences += 1) {
    const r1 = lag1Autocorrelation(values);
    if (!Number.isFinite(r1)) return null;
    const delta = r1 / (1 + r1);
    if (delta >= STATIONARY && differences < mostDifferences) {
      values = differenced(values);
      continue;
    }
    const alpha = Math.max(-4, Math.min(2, 2 - Math.round(2 * delta) - 2 * differences)) as NoiseAlpha;
    const samples = values.reduce((count, value) => count + (Number.isFinite(value) ? 1 : 0), 0);
    return { alpha, name: NOISE_NAMES[alpha], estimate: 2 - 2 * (delta + differences), samples };
  }
}

/** Every m-th sample minus the least-squares parabola. */
function withoutTrend(values: Float64Array, m: number): Float64Array | null {
  const picked = new Float64Array(Math.ceil(values.length / m));
  for (let i = 0; i < picked.length; i += 1) picked[i] = values[i * m] as number;
  return removeQuadraticTrend(picked, LEAST_SAMPLES) ? picked : null;
}

/** The differences of neighbours, in place. */
function differenced(values: Float64Array): Float64Array {
  for (let i = 0; i + 1 < values.length; i += 1) values[i] = (values[i + 1] as number) - (values[i] as number);
  return values.subarray(0, values.length - 1);
}

function lag1Autocorrelation(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count += 1;
  }
  const mean = sum / count;
  let products = 0;
  let squares = 0;
  let before = Number.NaN;
  for (const value of values) {
    const distance = value - mean;
    if (Number.isFinite(distance)) squares += distance * distance;
    if (Number.isFinite(distance * before)) products += distance * before;
    before = distance;
  }
  return products / squares;
}
