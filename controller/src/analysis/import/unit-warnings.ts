/** Numbers that are probably in another unit than the one they are taken for (pure). A warning, never a correction. */
import type { ImportedSeries } from './imported-log.ts';

/** 2001 to 2100 in seconds since 1970: where instants of real logs lie. */
const EPOCH_S = { from: 1e9, to: 4.1e9 };
const UNITS = [
  ['seconds', 1e9],
  ['milliseconds', 1e6],
  ['microseconds', 1e3],
] as const;
/** No clock is read more often than that. */
const LEAST_INTERVAL_NS = 1000;
const MOST_INTERVAL_NS = 86_400e9;
const TAI_MINUS_UTC = { from: 36e9, to: 38e9 };
const DAY_NS = 86_400e9;

export interface ToCheck {
  readonly series: ImportedSeries;
  /** ns, the middle distance between samples. */
  readonly intervalNs: number;
  /** Largest |offset| as written, taken for ns; null without any. */
  readonly maxAbs: number | null;
  /** Smallest and largest offset. */
  readonly range: readonly [number, number] | null;
}

/** What is odd, and what to do about it; empty when nothing is. */
export function unitWarnings({ series, intervalNs, maxAbs, range }: ToCheck): string[] {
  return [
    ...timeWarnings(Number(series.samples[0]?.timeNs ?? 0n), intervalNs),
    ...(maxAbs === null || range === null ? [] : offsetWarnings(maxAbs, range)),
  ];
}

function timeWarnings(firstNs: number, intervalNs: number): string[] {
  for (const [unit, factor] of UNITS) {
    const seconds = (firstNs * factor) / 1e9;
    if (seconds >= EPOCH_S.from && seconds < EPOCH_S.to && intervalNs <= LEAST_INTERVAL_NS * 1e3)
      return [
        `the times look like ${unit} since 1970, and are taken for nanoseconds: multiply them by ${factor.toExponential(0).replace('+', '')}, or every tau is wrong`,
      ];
  }
  if (intervalNs > 0 && intervalNs < LEAST_INTERVAL_NS)
    return [`samples are ${intervalNs} ns apart, which no clock is read at: the times are probably not in nanoseconds`];
  if (intervalNs > MOST_INTERVAL_NS)
    return [
      `samples are ${Math.round(intervalNs / 1e9)} s apart, more than a day: the times are probably not in nanoseconds`,
    ];
  return [];
}

function offsetWarnings(maxAbs: number, [low, high]: readonly [number, number]): string[] {
  if (maxAbs > 0 && maxAbs < 0.01)
    return [
      `the largest |offset| is ${maxAbs.toExponential(2)} ns, less than any clock can be read to: the offsets are probably in seconds, multiply them by 1e9`,
    ];
  const size = Math.min(Math.abs(low), Math.abs(high));
  if (
    Math.sign(low) === Math.sign(high) &&
    size >= TAI_MINUS_UTC.from &&
    Math.max(Math.abs(low), Math.abs(high)) < TAI_MINUS_UTC.to
  )
    return ['all offsets lie near 37 s: that is TAI against UTC, not an error of a clock'];
  if (maxAbs > DAY_NS)
    return ['the largest |offset| is more than a day: this is probably an instant and not an offset'];
  return [];
}
