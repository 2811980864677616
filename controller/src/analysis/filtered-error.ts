/**
 * Constant and dynamic time error as ITU-T G.8273.2 defines them: means over 1000 s, and a first-order filter of 0.1 Hz that parts slow from
 * fast. The filter runs forward once (no zero-phase trick, which would make it second order) and begins anew after each gap, with its settling
 * time left out.
 */
import type { RegularSeries } from '@ptp-tester/clockstats';

const CORNER_HZ = 0.1;
const MEAN_WINDOW_S = 1000;
/** Five time constants of the filter: what is left of the beginning is below 1 %. */
const SETTLING_S = 5 / (2 * Math.PI * CORNER_HZ);

/** Both parts have NaN where a sample is missing or the filter has not settled. */
export interface FilteredError {
  readonly lowPass: Float64Array;
  readonly highPass: Float64Array;
}

export function filterError({ values, tau0 }: RegularSeries): FilteredError {
  const gain = 1 - Math.exp(-2 * Math.PI * CORNER_HZ * tau0);
  const settling = Math.ceil(SETTLING_S / tau0);
  const lowPass = new Float64Array(values.length).fill(Number.NaN);
  const highPass = new Float64Array(values.length).fill(Number.NaN);
  let state = Number.NaN;
  let age = 0;
  for (let tick = 0; tick < values.length; tick += 1) {
    const value = values[tick] as number;
    if (!Number.isFinite(value)) {
      state = Number.NaN;
      continue;
    }
    age = Number.isNaN(state) ? 0 : age + 1;
    state = Number.isNaN(state) ? value : state + gain * (value - state);
    if (age < settling) continue;
    lowPass[tick] = state;
    highPass[tick] = value - state;
  }
  return { lowPass, highPass };
}

export interface WindowMean {
  readonly mean: number;
  /** First tick of the window. */
  readonly start: number;
  readonly ticks: number;
}

/** The 1000 s window with the largest |mean|, of windows with at least 99 % of their samples; null when there is none. */
export function largestMean({ values, tau0 }: RegularSeries): WindowMean | null {
  const ticks = Math.round(MEAN_WINDOW_S / tau0);
  let best: WindowMean | null = null;
  let sum = 0;
  let count = 0;
  for (let tick = 0; tick < values.length; tick += 1) {
    const entering = counted(values[tick]);
    const leaving = counted(values[tick - ticks]);
    sum += entering.value - leaving.value;
    count += entering.count - leaving.count;
    if (tick + 1 < ticks || count < ticks * 0.99) continue;
    const mean = sum / count;
    if (best === null || Math.abs(mean) > Math.abs(best.mean)) best = { mean, start: tick + 1 - ticks, ticks };
  }
  return best;
}

/** A missing sample counts as nothing. */
function counted(value: number | undefined): { readonly value: number; readonly count: number } {
  return value !== undefined && Number.isFinite(value) ? { value, count: 1 } : { value: 0, count: 0 };
}
