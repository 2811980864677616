/**
 * Holdover: how a clock moves away after its reference was lost. States as in linuxptp-daemon: locked until the last good reference,
 * holdover until the offset has moved by the limit or the time-out has passed, free running from then on.
 */
import { estimateFrequency, type FrequencyEstimate } from './frequency.ts';
import type { TimedValues } from './grid.ts';
import { presentSamples } from './ordered-samples.ts';

export interface HoldoverQuestion {
  /** When the reference was last good. */
  readonly lostAtNs: number;
  /** When it came back; absent: not within the samples. */
  readonly regainedAtNs?: number;
  /** How far the offset may move from where it was, in the unit of the values (ns). */
  readonly limit: number;
  /** Longest time that still counts as holdover. */
  readonly timeoutNs: number;
}

export interface Holdover {
  /** The last sample with a good reference: everything is relative to it. */
  readonly baseAtNs: number;
  readonly baseValue: number;
  /** Of the samples seen without reference. */
  readonly durationNs: number;
  readonly samples: number;
  /** Last offset minus base. */
  readonly drift: number;
  /** Largest distance from the base. */
  readonly largest: number;
  /** The slope of the offset; null with fewer than two samples. */
  readonly slope: FrequencyEstimate | null;
  /** First sample further than the limit from the base; null when none was. */
  readonly crossedAtNs: number | null;
  /** When the slope would reach the limit, if it was not crossed; null without slope. */
  readonly predictedCrossingNs: number | null;
  /** When holdover became free running: limit or time-out, whichever was first; null when it had not by the end. */
  readonly freeRunningAtNs: number | null;
}

/** Null without a sample before the loss or without one after it. */
export function measureHoldover(samples: TimedValues, question: HoldoverQuestion): Holdover | null {
  const { timeNs, values } = presentSamples(samples);
  const { lostAtNs, regainedAtNs = Number.POSITIVE_INFINITY, limit, timeoutNs } = question;
  const base = timeNs.findLastIndex((time) => time <= lostAtNs);
  const end = timeNs.findLastIndex((time) => time < regainedAtNs);
  if (base < 0 || end <= base) return null;
  const baseAtNs = timeNs[base] as number;
  const baseValue = values[base] as number;
  let largest = 0;
  let crossedAtNs: number | null = null;
  for (let row = base + 1; row <= end; row += 1) {
    const distance = Math.abs((values[row] as number) - baseValue);
    largest = Math.max(largest, distance);
    if (distance > limit) crossedAtNs ??= timeNs[row] as number;
  }
  const slope = estimateFrequency([{ timeNs: timeNs.subarray(base, end + 1), values: values.subarray(base, end + 1) }]);
  const durationNs = (timeNs[end] as number) - lostAtNs;
  const timedOutAtNs = durationNs > timeoutNs ? lostAtNs + timeoutNs : null;
  const perNs = (slope?.frequencyPpb ?? 0) / 1e9;
  return {
    baseAtNs,
    baseValue,
    durationNs,
    samples: end - base,
    drift: (values[end] as number) - baseValue,
    largest,
    slope,
    crossedAtNs,
    predictedCrossingNs: crossedAtNs === null && perNs !== 0 ? baseAtNs + limit / Math.abs(perNs) : null,
    freeRunningAtNs: earliest(crossedAtNs, timedOutAtNs),
  };
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
