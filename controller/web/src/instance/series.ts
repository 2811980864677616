/** Which columns the charts of an instance show, and how they are asked for (pure). */
import { type ColumnUnit, STREAMS, type StreamName } from '@ptp-tester/measurement';
import type { TimeSpan } from '../../../src/charts/chart-frame.ts';
import { nsText } from '../time-text.ts';

export interface Series {
  readonly stream: StreamName;
  readonly key: string;
  readonly column: string;
  readonly isRelative: boolean;
}

export type SeriesName = string;

/** A stream with the key that distinguishes several of its kind. */
export interface StreamKey {
  readonly stream: StreamName;
  readonly key: string;
}

const COUNTERS = ['phc_cnt', 'phc_exp', 'phc_skp', 'phc_err_dv', 'phc_err_ts', 'phc_err_eb', 'phc_err'] as const;

/** Always asked for; the first ones first, because they are what one looks at. */
const PLAIN: readonly Series[] = [
  plain('phc', 'offset_ns'),
  plain('chrony', 'clock_error_bound_ns'),
  plain('phc', 'error_bound_ns'),
  plain('phc', 'read_delay_ns'),
  plain('chrony', 'phc_selected'),
  plain('chrony', 'leap_status'),
  plain('chrony', 'frequency_ppb'),
  plain('chrony', 'system_time_ns'),
  plain('self', 'rss_bytes'),
  plain('self', 'spool_bytes'),
];

function plain(stream: StreamName, column: string): Series {
  return { stream, key: '', column, isRelative: false };
}

export function seriesName({ stream, key, column }: Pick<Series, 'stream' | 'key' | 'column'>): SeriesName {
  return `${stream} ${key} ${column}`;
}

/** What an instance with these keys shows, and one more column that somebody asked for. */
export function wantedSeries(keys: readonly StreamKey[], extra: Series | null): Series[] {
  const keyed = keys.flatMap(({ stream, key }): Series[] => {
    if (stream === 'chrony_source') {
      return [
        { stream, key, column: 'state', isRelative: false },
        { stream, key, column: 'offset_ns', isRelative: false },
      ];
    }
    return stream === 'ena' ? COUNTERS.map((column) => ({ stream, key, column, isRelative: true })) : [];
  });
  const all = [...PLAIN, ...keyed, ...(extra === null ? [] : [extra])];
  return [...new Map(all.map((series) => [seriesName(series), series])).values()];
}

export interface SamplesPlace {
  readonly run: string;
  readonly instance: string;
  /** Null: everything. */
  readonly span: TimeSpan | null;
  readonly points: number;
}

export function samplesPath({ run, instance, span, points }: SamplesPlace, { stream, key, column }: Series): string {
  const query = new URLSearchParams({ stream, column, points: String(points) });
  if (key !== '') query.set('key', key);
  if (span !== null) {
    query.set('from', nsText(span.fromMs));
    query.set('to', nsText(span.toMs));
  }
  return `/api/v1/runs/${run}/instances/${instance}/samples?${query}`;
}

/** Every column that can be drawn, by stream. */
export function drawableColumns(): { readonly stream: StreamName; readonly columns: readonly string[] }[] {
  return (Object.keys(STREAMS) as StreamName[]).map((stream) => ({
    stream,
    columns: STREAMS[stream].columns
      .filter(({ name }) => name !== 'at' && name !== 'mono_raw_ns')
      .map(({ name }) => name),
  }));
}

export function columnFacts(
  stream: StreamName,
  column: string,
): { readonly unit: ColumnUnit; readonly meaning: string } {
  const found = STREAMS[stream].columns.find(({ name }) => name === column);
  return { unit: found?.unit ?? 'none', meaning: found?.meaning ?? '' };
}

export function intervalMs(stream: StreamName): number {
  return STREAMS[stream].defaultIntervalMs;
}
