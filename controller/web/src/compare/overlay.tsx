/** Several series of one column on one axis of time. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { ChartLook, TimeSpan } from '../../../src/charts/chart-frame.ts';
import { columnChart } from '../../../src/charts/column-chart.ts';
import { formatQuantity } from '../../../src/report/format-quantity.ts';
import { TimeChart } from '../chart/time-chart.tsx';
import { Notice } from '../components/notice.tsx';
import { type Band, entryAt } from '../instance/band-of.ts';
import { columnFacts, type Series } from '../instance/series.ts';
import { spanOfBands } from './periods.ts';

export interface Overlaid {
  readonly name: string;
  readonly band: Band;
}

export interface OverlayProps {
  readonly title: string;
  readonly series: Series;
  readonly columns: readonly Overlaid[];
  readonly isSimulated: boolean;
  readonly isBusy: boolean;
  readonly trouble: string | null;
}

const HEIGHT = 420;

export function Overlay({ title, series, columns, isSimulated, isBusy, trouble }: OverlayProps) {
  const [zoom, setZoom] = useState<TimeSpan | null>(null);
  const whole = useMemo(() => spanOfBands(columns.map(({ band }) => band)), [columns]);
  const span = zoom ?? whole;
  const { unit } = columnFacts(series.stream, series.column);
  const make = useCallback(
    (look: ChartLook) => columnChart({ title, span: span ?? { fromMs: 0, toMs: 1 }, unit, columns }, look),
    [title, span, unit, columns],
  );
  if (trouble !== null) return <Notice tone="error">{trouble}</Notice>;
  if (span === null) return <p class="soft pad">{isBusy ? 'Reading samples ...' : 'No samples of this column.'}</p>;
  const readout = (at: number) => columns.flatMap(({ name, band }) => readoutOf({ name, band, at, unit })).join('; ');
  return <TimeChart label={title} height={HEIGHT} {...{ span, make, readout, isSimulated }} onSpan={setZoom} />;
}

interface Place extends Overlaid {
  readonly at: number;
  readonly unit: Parameters<typeof formatQuantity>[1];
}

function readoutOf({ name, band, at, unit }: Place): string[] {
  const index = entryAt(band, at);
  const mean = index === null ? undefined : band.mean[index];
  return mean === undefined ? [] : [`${name} ${formatQuantity(mean, unit)}`];
}

interface OverlayTableProps extends Pick<OverlayProps, 'columns' | 'series'> {
  readonly caption: string;
}

/** Least, mean and largest of what is drawn. */
export function OverlayTable({ columns, series, caption }: OverlayTableProps) {
  const { unit } = columnFacts(series.stream, series.column);
  if (columns.length === 0) return null;
  return (
    <div class="scroll">
      <table class="plain">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col" class="number">
              Samples
            </th>
            <th scope="col" class="number">
              Least
            </th>
            <th scope="col" class="number">
              Mean
            </th>
            <th scope="col" class="number">
              Largest
            </th>
          </tr>
        </thead>
        <tbody>
          {columns.map(({ name, band }) => {
            const { count, min, mean, max } = summaryOf(band);
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{count}</td>
                <td class="number">{formatQuantity(min, unit)}</td>
                <td class="number">{formatQuantity(mean, unit)}</td>
                <td class="number">{formatQuantity(max, unit)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function summaryOf({ count, min, mean, max }: Band) {
  const total = count.reduce((sum, one) => sum + one, 0);
  const weighted = mean.reduce((sum, value, index) => sum + value * (count[index] ?? 0), 0);
  return { count: total, min: Math.min(...min), mean: total === 0 ? 0 : weighted / total, max: Math.max(...max) };
}
