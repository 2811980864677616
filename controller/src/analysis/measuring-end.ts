/** Until when an instance measured, as far as its stored data show. */
import { AT_COLUMN, isStreamName, type JsonValue, MONO_COLUMN, type StreamName } from '@ptp-tester/measurement';
import type { SampleReader, SeriesInfo, StoredEvent } from '../store/sample-store.ts';
import type { MeasuringEnd } from './series-accountant.ts';

export interface MeasuringEndQuery {
  readonly instanceId: string;
  readonly events: readonly StoredEvent[];
  /** The place of each epoch, first arrival first. */
  readonly order: ReadonlyMap<string, number>;
}

/** `measuring_finished` of the last life if there is one, else the latest sample of whichever series; null without any. */
export function findMeasuringEnd(reader: SampleReader, query: MeasuringEndQuery): MeasuringEnd | null {
  const { instanceId, events, order } = query;
  const lastPlace = order.size - 1;
  const finished = events.findLast((event) => event.event === 'measuring_finished');
  if (finished !== undefined && order.get(finished.epoch) === lastPlace) {
    return { ...finished, missedTicks: missedTicksOf(finished.detail['missed_ticks']) };
  }
  const ends = reader
    .series()
    .filter((series) => series.instanceId === instanceId)
    .flatMap((series) => lastSampleOf(reader, series));
  const place = (end: MeasuringEnd) => order.get(end.epoch) ?? 0;
  const isLater = (a: MeasuringEnd, b: MeasuringEnd) =>
    place(a) === place(b) ? a.monoRawNs > b.monoRawNs : place(a) > place(b);
  return ends.reduce<MeasuringEnd | null>(
    (latest, end) => (latest === null || isLater(end, latest) ? end : latest),
    null,
  );
}

/** The detail comes from an agent: what is not a stream with a count is left out. */
export function missedTicksOf(detail: JsonValue | undefined): Partial<Record<StreamName, number>> {
  const counts = Object.entries(typeof detail === 'object' && detail !== null ? detail : {});
  return Object.fromEntries(counts.filter(([stream, ticks]) => isStreamName(stream) && isCount(ticks)));
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Only the batches at the latest system time are read: after a step back the end is taken too early, never too late. */
function lastSampleOf(reader: SampleReader, series: SeriesInfo): MeasuringEnd[] {
  let end: MeasuringEnd | null = null;
  for (const { epoch, batch } of reader.batches(series, { fromAt: series.lastAt })) {
    const at = (batch.columns[AT_COLUMN] as BigInt64Array).at(-1);
    const monoRawNs = (batch.columns[MONO_COLUMN] as BigInt64Array).at(-1);
    if (at !== undefined && monoRawNs !== undefined) end = { epoch, at, monoRawNs };
  }
  return end === null ? [] : [end];
}
