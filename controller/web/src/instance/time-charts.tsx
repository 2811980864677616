/** The linked charts of an instance: offset and bounds, chrony's state, read delay, frequency, counters, and any other column. */
import { useCallback, useMemo } from 'preact/hooks';
import type { ChartLook, TimeSpan } from '../../../src/charts/chart-frame.ts';
import type { ChartMark } from '../../../src/charts/chart-marks.ts';
import { columnChart } from '../../../src/charts/column-chart.ts';
import { delayChart } from '../../../src/charts/delay-chart.ts';
import { type OffsetChartData, offsetChart } from '../../../src/charts/offset-chart.ts';
import { stateChart, stateChartHeight } from '../../../src/charts/state-chart.ts';
import { formatQuantity } from '../../../src/report/format-quantity.ts';
import { TimeChart } from '../chart/time-chart.tsx';
import { Term } from '../components/term.tsx';
import { nanosecondsText, offsetText } from '../quantity.ts';
import { type Band, entryAt } from './band-of.ts';
import { columnFacts, type Series, type StreamKey, seriesName } from './series.ts';
import { stateRows } from './state-blocks.ts';
import type { Bands } from './use-bands.ts';

const OFFSET_HEIGHT = 380;
const HEIGHT = 220;

export interface TimeChartsProps {
  readonly bands: Bands;
  readonly span: TimeSpan;
  readonly keys: readonly StreamKey[];
  readonly marks: readonly ChartMark[];
  /** On every sample of the offset. */
  readonly limits: NonNullable<OffsetChartData['limits']>;
  readonly isSimulated: boolean;
  /** From here on the scale of the offset counts. */
  readonly scaleFromMs: number;
  onSpan(span: TimeSpan | null): void;
}

const OFFSET = seriesName({ stream: 'phc', key: '', column: 'offset_ns' });
const DELAY = seriesName({ stream: 'phc', key: '', column: 'read_delay_ns' });
const BOUNDS = [
  ['error bound (chrony + PHC)', seriesName({ stream: 'chrony', key: '', column: 'clock_error_bound_ns' })],
  ['of the PHC alone', seriesName({ stream: 'phc', key: '', column: 'error_bound_ns' })],
] as const;

export function OffsetChart({ bands, span, marks, limits, isSimulated, scaleFromMs, onSpan }: TimeChartsProps) {
  const offset = bands.get(OFFSET);
  const bounds = useMemo(
    () => BOUNDS.flatMap(([name, series]) => ({ name, band: bands.get(series) })).filter(isDrawn),
    [bands],
  );
  const make = useCallback(
    (look: ChartLook) =>
      offsetChart(
        {
          title: isSimulated ? 'SIMULATED system - PHC' : 'system - PHC',
          span,
          offset: offset ?? EMPTY,
          bounds,
          marks,
          limits,
          scaleFromMs,
        },
        look,
      ),
    [span, offset, bounds, marks, limits, isSimulated, scaleFromMs],
  );
  const readout = (at: number) =>
    [bandText('', offset, { at, text: offsetText }), ...bounds.map(({ name, band }) => maxText(name, band, at))]
      .filter((text) => text !== '')
      .join('; ');
  return (
    <TimeChart
      label="Offset of the system clock from the PHC over time"
      height={OFFSET_HEIGHT}
      {...{ span, isSimulated, make, readout, onSpan }}
    />
  );
}

const EMPTY: Band = { atMs: [], min: [], max: [], mean: [], count: [], bucketMs: 0, gapMs: 0 };

function isDrawn<T extends { readonly band: Band | undefined }>(one: T): one is T & { readonly band: Band } {
  return one.band !== undefined;
}

export function StateChart({ bands, span, keys, isSimulated, onSpan }: TimeChartsProps) {
  const rows = useMemo(() => stateRows(bands, keys), [bands, keys]);
  const make = useCallback((look: ChartLook) => stateChart({ span, rows }, look), [span, rows]);
  if (rows.length === 0) return null;
  const readout = (at: number) =>
    rows
      .map(({ name, blocks }) => {
        const block = blocks.find(({ fromMs, toMs }) => fromMs <= at && at < toMs);
        return `${name}: ${block === undefined ? 'no data' : TONE_WORDS[block.tone]}`;
      })
      .join('; ');
  return (
    <>
      <TimeChart
        label="What chronyd followed over time"
        height={stateChartHeight(rows.length)}
        {...{ span, isSimulated, make, readout, onSpan }}
      />
      <p class="soft small">
        green = yes or <Term name="lock">selected</Term>, grey = usable, amber = no, red = not synchronised or a{' '}
        <Term name="falseticker">falseticker</Term>; 169.254.169.123 is the <Term name="witness">witness</Term>
      </p>
    </>
  );
}

const TONE_WORDS = { good: 'yes', warning: 'no', error: 'bad', unknown: 'usable' } as const;

export function DelayChart({ bands, span, isSimulated, onSpan }: TimeChartsProps) {
  const delay = bands.get(DELAY);
  const make = useCallback((look: ChartLook) => delayChart({ span, delay: delay ?? EMPTY }, look), [span, delay]);
  if (delay === undefined) return null;
  const readout = (at: number) => bandText('', delay, { at, text: nanosecondsText });
  return (
    <TimeChart label="PHC read delay over time" height={HEIGHT} {...{ span, isSimulated, make, readout, onSpan }} />
  );
}

export interface ColumnChartProps extends TimeChartsProps {
  readonly title: string;
  readonly series: readonly { readonly name: string; readonly series: Series }[];
}

/** Columns of one unit; those without data are left out, and the chart when nothing is left. */
export function ColumnsChart({ title, series, bands, span, marks, isSimulated, onSpan }: ColumnChartProps) {
  const names = series.map(({ series: one }) => seriesName(one)).join('|');
  // `names` stands for the series.
  const columns = useMemo(
    () => series.map(({ name, series: one }) => ({ name, band: bands.get(seriesName(one)) })).filter(isDrawn),
    [bands, names],
  );
  const first = series[0]?.series;
  const unit = first === undefined ? 'none' : columnFacts(first.stream, first.column).unit;
  const make = useCallback(
    (look: ChartLook) =>
      columnChart({ title, span, unit, columns, marks: marks.filter(({ toMs, fromMs }) => toMs > fromMs) }, look),
    [title, span, unit, columns, marks],
  );
  if (columns.length === 0) return null;
  const text = (value: number) => formatQuantity(value, unit);
  const readout = (at: number) =>
    columns
      .map(({ name, band }) => bandText(columns.length > 1 ? name : '', band, { at, text }))
      .filter((one) => one !== '')
      .join('; ');
  return <TimeChart label={`${title} over time`} height={HEIGHT} {...{ span, isSimulated, make, readout, onSpan }} />;
}

interface Reading {
  readonly at: number;
  text(value: number): string;
}

/** `mean +2 ns, -30 ns to +34 ns, 40 samples`; empty where there is nothing. */
function bandText(name: string, band: Band | undefined, { at, text }: Reading): string {
  const index = band === undefined ? null : entryAt(band, at);
  if (band === undefined || index === null) return '';
  const [min = 0, max = 0, mean = 0, count = 0] = [
    band.min[index],
    band.max[index],
    band.mean[index],
    band.count[index],
  ];
  const said = count === 1 ? text(mean) : `${text(mean)} mean, ${text(min)} to ${text(max)}, ${count} samples`;
  return name === '' ? said : `${name} ${said}`;
}

function maxText(name: string, band: Band, at: number): string {
  const index = entryAt(band, at);
  return index === null ? '' : `${name} ±${nanosecondsText(band.max[index] ?? null)}`;
}
