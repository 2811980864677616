/** Only for tests: readings of a stream by the names of their columns, at a second of CLOCK_MONOTONIC_RAW. */
import { STREAMS, type StreamName, TIME_COLUMNS } from '@ptp-tester/measurement';
import type { Reading } from '../source.ts';

export interface MadeReading {
  readonly stream: StreamName;
  readonly atS: number;
  readonly key?: string;
  readonly values: Readonly<Record<string, number | bigint>>;
}

/** The system clock runs with the raw clock; columns that are not named are 0. */
export function makeReading({ stream, atS, key = '', values }: MadeReading): Reading {
  const columns = STREAMS[stream].columns.slice(TIME_COLUMNS.length);
  const monoRawNs = secondsRaw(atS);
  return {
    key,
    at: 1_795_000_000_000_000_000n + monoRawNs,
    monoRawNs,
    values: columns.map(({ name }) => values[name] ?? 0),
  };
}

export function secondsRaw(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e9));
}
