/** Fetches the bands of a span, keeps the old ones until the new are there, and adds what arrives live. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EnvelopeReply } from '../../../src/api/schemas.ts';
import type { TimeSpan } from '../../../src/charts/chart-frame.ts';
import { onSamples, type Samples } from '../live-feed.ts';
import { messageOf, request } from '../request.ts';
import { msOfNs } from '../time-text.ts';
import { type Band, bandOf, withSamples } from './band-of.ts';
import { intervalMs, type Series, type SeriesName, samplesPath, seriesName } from './series.ts';

export type Bands = ReadonlyMap<SeriesName, Band>;

export interface BandsQuery {
  readonly run: string;
  readonly instance: string;
  /** Null: everything there is. */
  readonly span: TimeSpan | null;
  readonly series: readonly Series[];
  /** Pixels of the widest plot: no more points than that. 0: not known yet, and nothing is asked for. */
  readonly plotPx: number;
  /** Changes when the same is to be asked for again. */
  readonly turn: number;
  /** Live samples go to the end of what is shown; what is older than so much leaves at its beginning. */
  readonly live: { readonly seconds: number } | null;
}

export interface BandsState {
  readonly bands: Bands;
  /** Nothing has been answered yet. */
  readonly isFirst: boolean;
  readonly trouble: string | null;
}

const NONE: Bands = new Map();
/** More points than this are not asked for, however wide the screen. */
const MOST_POINTS = 2000;
const LIVE_COLUMNS = {
  offset_ns: 'offset_ns',
  read_delay_ns: 'read_delay_ns',
  error_bound_ns: 'error_bound_ns',
} as const;

export function useBands(query: BandsQuery): BandsState {
  const { run, instance, span, series, plotPx, turn, live } = query;
  const [state, setState] = useState<BandsState>({ bands: NONE, isFirst: true, trouble: null });
  const wanted = series.map(seriesName).join('|');
  const latest = useRef(query);
  latest.current = query;
  // `wanted` stands for the series, `turn` for time passing.
  useEffect(() => {
    if (plotPx === 0) return;
    const abort = new AbortController();
    void fetchBands(latest.current, { signal: abort.signal, onBands: setState });
    return () => abort.abort();
  }, [run, instance, span?.fromMs, span?.toMs, wanted, plotPx, turn]);
  const isLive = live !== null;
  useEffect(() => {
    if (!isLive) return;
    return onSamples((samples) => {
      if (samples.instance !== instance) return;
      setState((before) => ({ ...before, bands: withLive(before.bands, samples, latest.current.live?.seconds ?? 0) }));
    });
  }, [instance, isLive]);
  return useMemo(() => state, [state]);
}

interface FetchPlace {
  readonly signal: AbortSignal;
  onBands(change: (before: BandsState) => BandsState): void;
}

/** In groups, so that the chart one looks at is there first, and its first line before all: the controller answers one after the other. */
async function fetchBands(query: BandsQuery, { signal, onBands }: FetchPlace): Promise<void> {
  const points = Math.max(50, Math.min(MOST_POINTS, Math.floor(query.plotPx)));
  const groups = [query.series.slice(0, 1), query.series.slice(1, 3), query.series.slice(3)];
  try {
    for (const group of groups) {
      const made = await Promise.all(group.map((series) => fetchBand({ ...query, points }, series, signal)));
      onBands((before) => ({ bands: merged(before.bands, made), isFirst: false, trouble: null }));
    }
  } catch (error) {
    if (!signal.aborted) onBands((before) => ({ ...before, isFirst: false, trouble: messageOf(error) }));
  }
}

type Made = readonly [SeriesName, Band | null];

async function fetchBand(
  query: BandsQuery & { readonly points: number },
  series: Series,
  signal: AbortSignal,
): Promise<Made> {
  const reply = await request<EnvelopeReply>(samplesPath(query, series), { signal });
  const options = { intervalMs: intervalMs(series.stream), isRelative: series.isRelative, plotPx: query.plotPx };
  return [seriesName(series), bandOf(reply, options)];
}

function merged(before: Bands, made: readonly Made[]): Bands {
  const bands = new Map(before);
  for (const [name, band] of made) {
    if (band === null) bands.delete(name);
    else bands.set(name, band);
  }
  return bands;
}

function withLive(before: Bands, samples: Samples, seconds: number): Bands {
  const atMs = samples.at.map(msOfNs);
  const newest = atMs.at(-1);
  if (samples.stream !== 'phc' || newest === undefined) return before;
  const bands = new Map(before);
  for (const column of Object.values(LIVE_COLUMNS)) {
    const name = seriesName({ stream: 'phc', key: '', column });
    const band = bands.get(name);
    if (band !== undefined)
      bands.set(name, withSamples(band, { atMs, values: samples[column] }, newest - seconds * 1000));
  }
  return bands;
}
