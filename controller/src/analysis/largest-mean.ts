/** The worst mean over 1000 s, with its place: the constant time error of ITU-T G.8273.2. */
import type { RegularSeries } from '@ptp-tester/clockstats';

const MEAN_WINDOW_S = 1000;

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
