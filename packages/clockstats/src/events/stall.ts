/**
 * Stalls: a clock shows the same time again and again. Against a clock that goes on, its offset then falls by the time that passes (a stalled
 * subject) or rises by it (a stalled reference: the PHC in system clock - PHC).
 */
import type { TimedValues } from '../grid.ts';
import { presentSamples } from '../ordered-samples.ts';
import type { RowEvent } from './detected-event.ts';

export interface StallOptions {
  /** Whose stall to look for: 'subject'. */
  readonly stalled?: 'subject' | 'reference';
  /** How many intervals in a row must show it: 2, because one is a step backwards that just equals the interval. */
  readonly leastIntervals?: number;
}

/** `size`: the offset that is left once the clock goes on, ns; 0 when it caught up. `uncertainty`: an interval, in which it may have begun. */
export interface StallEvent extends RowEvent {
  readonly kind: 'stall';
  /** The last sample that still shows the same time. */
  readonly endNs: number;
  readonly endRow: number;
  /** At least this long. */
  readonly durationNs: number;
}

/** A clock that advances less than this share of the time that passes is stalled. */
const PROGRESS = 0.01;

/** Samples of one boot in ascending time, offsets in ns; NaN = missing. One pass. */
export function detectStalls(samples: TimedValues, options: StallOptions = {}): StallEvent[] {
  const { stalled = 'subject', leastIntervals = 2 } = options;
  const present = presentSamples(samples);
  const sign = stalled === 'subject' ? 1 : -1;
  const events: StallEvent[] = [];
  let first = 0;
  for (let i = 1; i <= present.values.length; i += 1) {
    if (i < present.values.length && isStalledBefore(present, i, sign)) continue;
    if (i - 1 - first >= leastIntervals) events.push(stallOf(present, first, i - 1));
    first = i;
  }
  return events;
}

function isStalledBefore({ timeNs, values }: TimedValues, i: number, sign: number): boolean {
  const passed = (timeNs[i] as number) - (timeNs[i - 1] as number);
  const advance = passed + sign * ((values[i] as number) - (values[i - 1] as number));
  return Math.abs(advance) < PROGRESS * passed;
}

type Present = ReturnType<typeof presentSamples>;

function stallOf({ timeNs, values, rows }: Present, first: number, last: number): StallEvent {
  const resumed = Math.min(last + 1, values.length - 1);
  const interval = (timeNs[first + 1] as number) - (timeNs[first] as number);
  return {
    kind: 'stall',
    timeNs: timeNs[first + 1] as number,
    afterNs: timeNs[first] as number,
    row: rows?.[first + 1] ?? first + 1,
    rowBefore: rows?.[first] ?? first,
    endNs: timeNs[last] as number,
    endRow: rows?.[last] ?? last,
    durationNs: (timeNs[last] as number) - (timeNs[first] as number),
    size: (values[resumed] as number) - (values[first] as number),
    uncertainty: interval,
  };
}
