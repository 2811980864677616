/** Chart data from the sample store: one band for each column, never more points than asked for. */
import { instantToMs, type StreamName } from '@ptp-tester/measurement';
import type { TimeBand } from '../charts/time-band.ts';
import type { SampleReader, SeriesId, SeriesInfo } from '../store/sample-store.ts';

export interface InstanceSamples {
  readonly reader: Pick<SampleReader, 'envelope'>;
  readonly series: readonly SeriesInfo[];
}

export interface BandQuery {
  readonly stream: StreamName;
  readonly key?: string;
  readonly column: string;
  readonly points: number;
  /** True: without the first value, for counters. */
  readonly relative?: boolean;
}

const NS_PER_MS = 1e6;
/** Beyond this many intervals between two buckets there is a gap. */
const GAP_INTERVALS = 2.5;

/** Null where the instance has no such series, or no value in the column. */
export function readBand({ reader, series }: InstanceSamples, query: BandQuery): TimeBand | null {
  const info = series.find(({ stream, key }) => stream === query.stream && key === (query.key ?? ''));
  if (info === undefined) return null;
  const id: SeriesId = { instanceId: info.instanceId, stream: info.stream, key: info.key };
  const envelope = reader.envelope({ ...id, column: query.column, points: query.points });
  if (envelope.at.length === 0) return null;
  const origin = query.relative === true ? -(envelope.min[0] ?? 0) : Number(envelope.originValue);
  const values = (column: Float64Array) => Array.from(column, (value) => value + origin);
  const distance = Math.max(envelope.bucketNs, info.intervalNs);
  return {
    atMs: Array.from(envelope.at, instantToMs),
    min: values(envelope.min),
    max: values(envelope.max),
    mean: values(envelope.mean),
    gapMs: (distance * GAP_INTERVALS) / NS_PER_MS,
  };
}

/** Keys of a stream with several series. */
export function keysOf({ series }: InstanceSamples, stream: StreamName): string[] {
  return series.filter((one) => one.stream === stream).map(({ key }) => key);
}
