/** Single PHC samples of an instance as the live socket sends them (pure). */
import { AT_COLUMN, type ColumnValues, columnIndex, STREAMS } from '@ptp-tester/measurement';
import type { Static } from 'typebox';
import type { TrackedSamples } from '../live/live-tracker.ts';
import type { SamplesMessage } from './live-schemas.ts';

const OFFSET = columnIndex(STREAMS.phc, 'offset_ns');
const DELAY = columnIndex(STREAMS.phc, 'read_delay_ns');
const BOUND = columnIndex(STREAMS.phc, 'error_bound_ns');

/** Of one instance, in order. */
export function samplesMessage(samples: readonly TrackedSamples[]): Static<typeof SamplesMessage> {
  const values = (column: number) => samples.flatMap(({ batch }) => numbers(batch.columns[column]));
  return {
    type: 'samples',
    run: samples[0]?.run ?? '',
    instance: samples[0]?.instanceId ?? '',
    stream: 'phc',
    at: samples.flatMap(({ batch }) => Array.from(batch.columns[AT_COLUMN] ?? [], String)),
    offset_ns: values(OFFSET),
    read_delay_ns: values(DELAY),
    error_bound_ns: values(BOUND).map((value) => (Number.isNaN(value) ? null : value)),
  };
}

function numbers(values: ColumnValues | undefined): number[] {
  return Array.from(values ?? [], Number);
}
