/** The rate difference of two clocks: the least-squares slope of their offset over time. */
import type { PartsPerBillion } from '@ptp-tester/measurement';
import { finiteRuns } from './finite-runs.ts';

/** Offsets over monotonic time, one entry for each boot (or other stretch that cannot be compared with the next). */
export interface OffsetsOverTime {
  readonly timeNs: Float64Array;
  /** NaN = missing. */
  readonly values: Float64Array;
}

export interface FrequencyEstimate {
  /** Positive = the subject runs fast. */
  readonly frequencyPpb: PartsPerBillion;
  /** Of the slope, for white residuals. Clock noise is correlated, so the true error is larger. Null with too few samples. */
  readonly standardErrorPpb: PartsPerBillion | null;
  /** Root mean square distance of the offsets from the line. */
  readonly residualRmsNs: number;
  /** Largest distance from the line. */
  readonly residualMaxAbsNs: number;
  readonly count: number;
  /** Time from the first to the last sample, summed over the stretches. */
  readonly spanNs: number;
}

interface Centre {
  readonly meanTime: number;
  readonly meanValue: number;
}

/**
 * One slope for all stretches, with an intercept of its own for each: offsets may jump between boots, the rate does not.
 * Times and offsets are taken from their first sample and their mean, so that large origins cost no precision.
 * Null without two samples of different time in one stretch.
 */
export function estimateFrequency(stretches: readonly OffsetsOverTime[]): FrequencyEstimate | null {
  const used = stretches.map(withoutMissing).filter((stretch) => stretch.values.length > 0);
  const centres = used.map((stretch) => ({ meanTime: meanOf(stretch.timeNs), meanValue: meanOf(stretch.values) }));
  const { timeSquares, products } = sumsAround(used, centres);
  if (!(timeSquares > 0)) return null;
  const slope = products / timeSquares;
  const { squares, residualMaxAbsNs } = residualsOf(used, centres, slope);
  const count = used.reduce((sum, stretch) => sum + stretch.values.length, 0);
  const freedom = count - used.length - 1;
  return {
    frequencyPpb: (slope * 1e9) as PartsPerBillion,
    standardErrorPpb: freedom > 0 ? ((Math.sqrt(squares / freedom / timeSquares) * 1e9) as PartsPerBillion) : null,
    residualRmsNs: Math.sqrt(squares / count),
    residualMaxAbsNs,
    count,
    spanNs: used.reduce((sum, { timeNs }) => sum + (timeNs.at(-1) ?? 0) - (timeNs[0] ?? 0), 0),
  };
}

const ORIGIN: Centre = { meanTime: 0, meanValue: 0 };

function sumsAround(stretches: readonly OffsetsOverTime[], centres: readonly Centre[]) {
  let timeSquares = 0;
  let products = 0;
  for (const [index, { timeNs, values }] of stretches.entries()) {
    const { meanTime, meanValue } = centres[index] ?? ORIGIN;
    for (let i = 0; i < values.length; i += 1) {
      const time = (timeNs[i] as number) - meanTime;
      timeSquares += time * time;
      products += time * ((values[i] as number) - meanValue);
    }
  }
  return { timeSquares, products };
}

function residualsOf(stretches: readonly OffsetsOverTime[], centres: readonly Centre[], slope: number) {
  let squares = 0;
  let residualMaxAbsNs = 0;
  for (const [index, { timeNs, values }] of stretches.entries()) {
    const { meanTime, meanValue } = centres[index] ?? ORIGIN;
    for (let i = 0; i < values.length; i += 1) {
      const residual = (values[i] as number) - meanValue - slope * ((timeNs[i] as number) - meanTime);
      squares += residual * residual;
      if (Math.abs(residual) > residualMaxAbsNs) residualMaxAbsNs = Math.abs(residual);
    }
  }
  return { squares, residualMaxAbsNs };
}

function withoutMissing(stretch: OffsetsOverTime): OffsetsOverTime {
  const { samples } = finiteRuns(stretch.values);
  if (samples === stretch.values.length) return stretch;
  const timeNs = stretch.timeNs.filter((_, i) => Number.isFinite(stretch.values[i]));
  return { timeNs, values: stretch.values.filter(Number.isFinite) };
}

/** The mean, summed from the first value: a large common constant costs no precision. */
function meanOf(values: Float64Array): number {
  const origin = values[0] ?? 0;
  let sum = 0;
  for (const value of values) sum += value - origin;
  return origin + sum / values.length;
}
