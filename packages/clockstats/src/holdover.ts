/** Holdover: how a clock moves away after its reference was lost. */
import { estimateFrequency, type FrequencyEstimate } from './frequency.ts';
import type { TimedValues } from './grid.ts';
import { presentSamples } from './ordered-samples.ts';

export interface Holdover {
  /** First and last offset seen without reference, in the unit of the values (ns). */
  readonly start: number;
  readonly end: number;
  /** Largest distance from the start. */
  readonly largest: number;
  /** Of the offset. */
  readonly slope: FrequencyEstimate;
}

/** From the samples without reference, which are of one boot in ascending time; NaN = missing. Null with fewer than two. */
export function measureHoldover(samples: TimedValues): Holdover | null {
  const { timeNs, values } = presentSamples(samples);
  const slope = estimateFrequency([{ timeNs, values }]);
  const [start] = values;
  if (slope === null || start === undefined) return null;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value - start)), 0);
  return { start, end: values.at(-1) ?? start, largest, slope };
}
