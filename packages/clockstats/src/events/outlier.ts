/**
 * Outliers: samples further than 5 * MAD / 0.6745 from the median of the samples around them (the rule of Riley's Stable32, in a sliding
 * window). They are flagged, never deleted: a statistic that leaves them out has to say so.
 */
import type { TimedValues } from '../grid.ts';
import { presentSamples } from '../ordered-samples.ts';
import { SlidingMedian } from '../sliding-median.ts';
import type { DetectedEvent } from './detected-event.ts';

export interface OutlierOptions {
  /** Samples in the window, the tested one in the middle: 61. */
  readonly window?: number;
  /** Limit in units of MAD / 0.6745, which for normal noise is the standard deviation: 5. */
  readonly factor?: number;
  /** Smaller distances are no outliers, whatever the noise: 1, the resolution of a nanosecond clock. */
  readonly floor?: number;
  /** How many are listed with their details: 1000. All are flagged and counted. */
  readonly listed?: number;
}

/** `size`: distance from the median. `uncertainty`: the spread it was compared with. */
export interface OutlierEvent extends DetectedEvent {
  readonly kind: 'outlier';
  readonly row: number;
  readonly value: number;
  readonly median: number;
}

export interface Outliers {
  /** 1 for each row that is an outlier. */
  readonly flags: Uint8Array;
  readonly count: number;
  /** The first ones. */
  readonly events: readonly OutlierEvent[];
}

/** Samples in ascending time; NaN = missing. At both ends the window is the first or last whole one. O(N * window) at worst. */
export function flagOutliers(samples: TimedValues, options: OutlierOptions = {}): Outliers {
  const { window = 61, factor = 5, floor = 1, listed = 1000 } = options;
  const { timeNs, values, rows } = presentSamples(samples);
  const around = new SlidingMedian(Math.max(3, window));
  const flags = new Uint8Array(samples.values.length);
  const events: OutlierEvent[] = [];
  const half = Math.max(3, window) >> 1;
  let count = 0;
  let pushed = 0;
  for (let i = 0; i < values.length; i += 1) {
    // Until it is full the window only grows, so that the first samples are compared with as many as the others.
    const wanted = Math.min(values.length, Math.max(i + half + 1, Math.max(3, window)));
    for (; pushed < wanted; pushed += 1) around.push(values[pushed] as number);
    const median = around.median();
    const distance = (values[i] as number) - median;
    if (!(Math.abs(distance) > floor)) continue;
    const spread = around.medianAbsoluteDeviation() / 0.6745;
    if (!(Math.abs(distance) > factor * spread)) continue;
    const row = rows?.[i] ?? i;
    flags[row] = 1;
    count += 1;
    if (events.length >= listed) continue;
    const place = { timeNs: timeNs[i] as number, afterNs: timeNs[Math.max(0, i - 1)] as number };
    events.push({
      kind: 'outlier',
      row,
      value: values[i] as number,
      median,
      ...place,
      size: distance,
      uncertainty: spread,
    });
  }
  return { flags, count, events };
}
