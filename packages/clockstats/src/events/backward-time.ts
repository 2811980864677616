/** A clock that shows an earlier time than before, although monotonic time went on. */
import { ClockstatsError } from '../clockstats-error.ts';
import type { DetectedEvent } from './detected-event.ts';

export interface ClockReadings {
  /** CLOCK_MONOTONIC_RAW of one boot, ascending. */
  readonly monoRawNs: BigInt64Array;
  /** The clock under test at the same samples, for example `at`. */
  readonly clockNs: BigInt64Array;
}

/** `size`: what the clock jumped by, negative: its own change minus the time that passed. `timeNs` counts from the first sample. */
export interface BackwardTimeEvent extends DetectedEvent {
  readonly kind: 'backward_time';
  readonly row: number;
  /** How far back the reading itself lies behind the one before: exact. */
  readonly backNs: number;
}

/** A clock that is not stepped may run this much faster or slower than the raw clock (the kernel's limit for adjtimex). */
const LARGEST_RATE = 5e-4;

/** One pass. Throws `columns_differ`, and `time_not_increasing` when monotonic time does not increase, naming the row. */
export function detectBackwardTime({ monoRawNs, clockNs }: ClockReadings): BackwardTimeEvent[] {
  if (monoRawNs.length !== clockNs.length) {
    throw new ClockstatsError('columns_differ', `${monoRawNs.length} monotonic times for ${clockNs.length} readings`);
  }
  const events: BackwardTimeEvent[] = [];
  const origin = monoRawNs[0] ?? 0n;
  for (let row = 1; row < clockNs.length; row += 1) {
    const mono = monoRawNs[row] as bigint;
    const monoBefore = monoRawNs[row - 1] as bigint;
    if (mono <= monoBefore) {
      throw new ClockstatsError('time_not_increasing', `row ${row} is not later than the one before: ${mono} ns`);
    }
    const change = (clockNs[row] as bigint) - (clockNs[row - 1] as bigint);
    if (change >= 0n) continue;
    const passed = mono - monoBefore;
    events.push({
      kind: 'backward_time',
      row,
      timeNs: Number(mono - origin),
      afterNs: Number(monoBefore - origin),
      size: Number(change - passed),
      uncertainty: Number(passed) * LARGEST_RATE,
      backNs: Number(-change),
    });
  }
  return events;
}
