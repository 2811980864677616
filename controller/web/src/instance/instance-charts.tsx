/** All charts of an instance under one span of time, and the bar that changes it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EventItem, RunSummary } from '../../../src/api/schemas.ts';
import type { TimeSpan } from '../../../src/charts/chart-frame.ts';
import { nowMs } from '../clock.ts';
import { Notice } from '../components/notice.tsx';
import { Term } from '../components/term.tsx';
import { live } from '../live-feed.ts';
import type { SpanChoice } from '../view.ts';
import { ColumnChooser } from './column-chooser.tsx';
import { eventMarks } from './event-marks.ts';
import { columnFacts, type Series, type StreamKey, wantedSeries } from './series.ts';
import { SpanBar } from './span-bar.tsx';
import { ColumnsChart, DelayChart, OffsetChart, StateChart, type TimeChartsProps } from './time-charts.tsx';
import { type Bands, useBands } from './use-bands.ts';

export interface InstanceChartsProps {
  readonly run: RunSummary;
  readonly instance: string;
  readonly choice: SpanChoice;
  readonly keys: readonly StreamKey[];
  readonly events: readonly EventItem[];
  /** Where the start-up transient ended, ms; null: not known. */
  readonly judgedFromMs: number | null;
  readonly limits: TimeChartsProps['limits'];
  onChoice(choice: SpanChoice): void;
}

/** Axis labels and margins. */
const BESIDE_PLOT_PX = 90;

export function InstanceCharts(props: InstanceChartsProps) {
  const { run, instance, choice, keys, events, judgedFromMs, limits, onChoice } = props;
  const isLive = run.state !== 'ended';
  const [extra, setExtra] = useState<Series | null>(null);
  const { frame, plotPx } = usePlotWidth();
  const turn = useTurn(choice, isLive);
  const asked = askedSpan(choice, turn);
  const series = useMemo(() => wantedSeries(keys, extra), [keys, extra]);
  const following =
    isLive && choice.kind !== 'fixed' ? { seconds: choice.kind === 'live' ? choice.seconds : 1e9 } : null;
  const query = { run: run.id, instance, span: asked, series, plotPx, turn, live: following };
  const { bands, isFirst, trouble } = useBands(query);
  const span = shownSpan(asked, { bands, run });
  const marks = useMemo(() => eventMarks(events, Date.now()), [events]);
  const onSpan = (next: TimeSpan | null) => onChoice(next === null ? { kind: 'all' } : { kind: 'fixed', ...next });
  const scaleFromMs = Math.max(span.fromMs, judgedFromMs ?? span.fromMs);
  const charts = { bands, span, keys, marks, limits, isSimulated: run.simulated, scaleFromMs, onSpan };
  const [first] = bands.values();
  const isSingle = first?.count.every((count) => count <= 1) === true;
  return (
    <section class="card" aria-label="Charts" ref={frame}>
      <SpanBar {...{ choice, span, isLive, onChoice }} bucketMs={bucketOf(first?.bucketMs, isSingle)} />
      {trouble === null ? null : <Notice tone="warning">{trouble}</Notice>}
      {bands.size === 0 ? (
        <NoSamples isFirst={isFirst} isAll={choice.kind === 'all'} />
      ) : (
        <Charts {...charts} extra={extra} onExtra={setExtra} />
      )}
    </section>
  );
}

function bucketOf(bucketMs: number | undefined, isSingle: boolean): number | null {
  if (bucketMs === undefined) return null;
  return isSingle ? 0 : bucketMs;
}

function NoSamples({ isFirst, isAll }: { readonly isFirst: boolean; readonly isAll: boolean }) {
  if (isFirst) return <p class="soft">Reading samples ...</p>;
  if (!isAll) return <p class="soft">No samples in this span of time.</p>;
  return <p class="soft">No samples yet: they come as soon as the agent measures, and appear here by themselves.</p>;
}

interface ChartsProps extends TimeChartsProps {
  readonly extra: Series | null;
  onExtra(series: Series | null): void;
}

const one = (stream: Series['stream'], column: string, key = ''): Series => ({
  stream,
  key,
  column,
  isRelative: false,
});

function Charts({ extra, onExtra, ...charts }: ChartsProps) {
  const sources = charts.keys.filter(({ stream }) => stream === 'chrony_source');
  const devices = charts.keys.filter(({ stream }) => stream === 'ena');
  return (
    <>
      <p class="soft small">
        <Term name="offset">Offset = system clock minus PHC</Term>, positive = system clock ahead;{' '}
        <Term name="bound">error bound</Term> below on its own scale. Numbered lines are events of the list. Drag over a
        chart to zoom in, double-click for the whole run; the browser's back button goes back.
      </p>
      <OffsetChart {...charts} />
      <StateChart {...charts} />
      <div class="charts">
        <DelayChart {...charts} />
        <ColumnsChart
          title="Frequency of the clock without correction"
          series={[{ name: 'frequency', series: one('chrony', 'frequency_ppb') }]}
          {...charts}
        />
        <ColumnsChart
          title="Offset of chrony's sources: system - source"
          series={sources.map(({ key }) => ({ name: key, series: one('chrony_source', 'offset_ns', key) }))}
          {...charts}
        />
        {devices.map(({ key }) => (
          <ColumnsChart
            key={key}
            title={`Growth of the driver's error counters, ${key}`}
            series={ERROR_COUNTERS.map((column) => ({
              name: column,
              series: { stream: 'ena' as const, key, column, isRelative: true },
            }))}
            {...charts}
          />
        ))}
        <ColumnsChart
          title="Agent: memory and spool"
          series={[
            { name: 'memory', series: one('self', 'rss_bytes') },
            { name: 'spool', series: one('self', 'spool_bytes') },
          ]}
          {...charts}
        />
        <ColumnChooser keys={charts.keys} chosen={extra} onChoose={onExtra} />
        {extra === null ? null : (
          <ColumnsChart title={extraTitle(extra)} series={[{ name: extra.column, series: extra }]} {...charts} />
        )}
      </div>
    </>
  );
}

/** In words; the column as the documents name it behind them. */
function extraTitle({ stream, key, column }: Series): string {
  const named = `${stream}.${column}${key === '' ? '' : ` of ${key}`}`;
  const { meaning } = columnFacts(stream, column);
  return meaning === '' ? named : `${meaning} (${named})`;
}

const ERROR_COUNTERS = ['phc_exp', 'phc_skp', 'phc_err_dv', 'phc_err_ts', 'phc_err_eb', 'phc_err'];

/** Pixels that a chart over the whole width has for samples. */
function usePlotWidth() {
  const frame = useRef<HTMLElement>(null);
  const [plotPx, setPlotPx] = useState(0);
  useEffect(() => {
    const { current } = frame;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      // In steps, so that dragging the window's edge does not ask for everything at each pixel.
      setPlotPx(Math.max(100, Math.round((current.clientWidth - BESIDE_PLOT_PX) / 100) * 100));
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return { frame, plotPx };
}

/** The controller's clock, ms, at which the samples are to be asked for again. A fixed span of the past does not change. */
function useTurn(choice: SpanChoice, isLive: boolean): number {
  const now = nowMs.value + live.value.clockAheadMs;
  if (!isLive || choice.kind === 'fixed') return 0;
  const everyMs = choice.kind === 'live' && choice.seconds <= 600 ? 2000 : 10_000;
  return Math.floor(now / everyMs) * everyMs;
}

function askedSpan(choice: SpanChoice, turn: number): TimeSpan | null {
  if (choice.kind === 'all') return null;
  if (choice.kind === 'fixed') return choice;
  const toMs = turn === 0 ? Date.now() : turn;
  return { fromMs: toMs - choice.seconds * 1000, toMs: toMs + 2000 };
}

/** What is asked for, or what there is. */
function shownSpan(
  asked: TimeSpan | null,
  { bands, run }: { readonly bands: Bands; readonly run: RunSummary },
): TimeSpan {
  if (asked !== null) return asked;
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const { atMs, bucketMs } of bands.values()) {
    fromMs = Math.min(fromMs, atMs[0] ?? fromMs);
    toMs = Math.max(toMs, (atMs.at(-1) ?? toMs) + bucketMs);
  }
  if (fromMs < toMs) return { fromMs, toMs };
  const began = Date.parse(run.created_at);
  return { fromMs: began, toMs: began + 60_000 };
}
