/**
 * First-order filters on a grid, as ITU-T G.8273.2 measures dynamic time error: causal, -3 dB exactly at the cutoff (bilinear transform with
 * the cutoff prewarped), passed over the data once. Running it forwards and backwards would make it second order with -6 dB there.
 */
import { ClockstatsError } from './clockstats-error.ts';
import type { RegularSeries } from './stability-curve.ts';

/** After this many time constants the rest of the start is below 0.1 % and the output counts. */
const SETTLING = 7;

export interface FilteredSeries {
  /** Below the cutoff. NaN where a sample is missing and while the filter settles, at the start and after each gap. */
  readonly low: Float64Array;
  /** Above the cutoff: what is left. */
  readonly high: Float64Array;
}

/** Throws `bad_argument` unless the grid is finer than half a period of the cutoff. */
export function splitAt(cutoffHz: number, { values, tau0 }: RegularSeries): FilteredSeries {
  if (!(cutoffHz > 0 && cutoffHz * tau0 < 0.5)) {
    throw new ClockstatsError('bad_argument', `samples every ${tau0} s say nothing about ${cutoffHz} Hz`);
  }
  const gain = Math.tan(Math.PI * cutoffHz * tau0);
  const feed = gain / (1 + gain);
  const keep = (1 - gain) / (1 + gain);
  const settling = Math.ceil(SETTLING / (2 * Math.PI * cutoffHz) / tau0);
  const low = new Float64Array(values.length).fill(Number.NaN);
  const high = new Float64Array(values.length).fill(Number.NaN);
  let first = 0;
  let filtered = 0;
  let before = 0;
  let run = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) {
      run = 0;
      continue;
    }
    // A run begins as if its first value had been there for ever; distances from it keep their precision.
    if (run === 0) first = value;
    filtered = run === 0 ? 0 : keep * filtered + feed * (value - first + before);
    before = value - first;
    run += 1;
    if (run <= settling) continue;
    low[i] = first + filtered;
    high[i] = value - first - filtered;
  }
  return { low, high };
}
