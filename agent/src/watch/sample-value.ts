/** One value of a reading by its column's name; the positions are worked out once. */
import { columnIndex, STREAMS, type StreamName, TIME_COLUMNS } from '@ptp-tester/measurement';
import type { Reading } from '../source.ts';

/** How to take the column out of readings of the stream; as a number, NaN where it is missing. */
export function columnOf(stream: StreamName, name: string): (reading: Reading) => number {
  const position = columnIndex(STREAMS[stream], name) - TIME_COLUMNS.length;
  return (reading) => Number(reading.values[position] ?? Number.NaN);
}

/** As `columnOf`, for 64-bit columns. */
export function wideColumnOf(stream: StreamName, name: string): (reading: Reading) => bigint {
  const position = columnIndex(STREAMS[stream], name) - TIME_COLUMNS.length;
  return (reading) => BigInt(reading.values[position] ?? 0n);
}
