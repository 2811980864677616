/** The columns whose largest magnitude is kept over the whole life of an instance, for the strip over time. */
import { columnIndex, STREAMS, type StreamName } from '@ptp-tester/measurement';
import type { SavedStrip } from './heat-strip.ts';

export const HEAT_COLUMNS = {
  offset: { stream: 'phc', column: 'offset_ns' },
  read_delay: { stream: 'phc', column: 'read_delay_ns' },
  bound: { stream: 'chrony', column: 'clock_error_bound_ns' },
  last_offset: { stream: 'chrony', column: 'last_offset_ns' },
} as const satisfies Record<string, { readonly stream: StreamName; readonly column: string }>;

export type HeatName = keyof typeof HEAT_COLUMNS;

export const HEAT_NAMES = Object.keys(HEAT_COLUMNS) as readonly HeatName[];

/** By column; null: nothing yet. */
export type SavedHeat = Readonly<Record<HeatName, SavedStrip | null>>;

/** Those of a stream, with their places in its batches. */
export function heatColumnsOf(stream: StreamName): readonly { readonly name: HeatName; readonly place: number }[] {
  return HEAT_NAMES.filter((name) => HEAT_COLUMNS[name].stream === stream).map((name) => ({
    name,
    place: columnIndex(STREAMS[stream], HEAT_COLUMNS[name].column),
  }));
}

/** Null: it is not kept over the whole run. */
export function heatNameOf(stream: string, column: string): HeatName | null {
  return (
    HEAT_NAMES.find((name) => HEAT_COLUMNS[name].stream === stream && HEAT_COLUMNS[name].column === column) ?? null
  );
}
