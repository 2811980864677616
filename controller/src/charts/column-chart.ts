/** Any columns of one unit over time: a band for each, in the order of the palette. */
import type { ColumnUnit } from '@ptp-tester/measurement';
import type { EChartsOption, YAXisComponentOption } from 'echarts';
import { plain } from './axis-text.ts';
import {
  type ChartLook,
  countAxis,
  frame,
  gridOf,
  nsAxis,
  type TimeSpan,
  timeAxis,
  titleDrop,
  titleText,
} from './chart-frame.ts';
import { type ChartMark, markSeries } from './chart-marks.ts';
import type { Palette } from './palette.ts';
import { bandSeries, rangeFrom, type TimeBand } from './time-band.ts';

export interface ColumnChartData {
  readonly title: string;
  readonly span: TimeSpan;
  readonly unit: ColumnUnit;
  readonly columns: readonly { readonly name: string; readonly band: TimeBand }[];
  readonly marks?: readonly ChartMark[];
}

const BYTE_STEPS = [
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
] as const;

export function columnChart(data: ColumnChartData, look: ChartLook): EChartsOption {
  const { title, span, unit, columns, marks = [] } = data;
  const colours = seriesColours(look.palette);
  const largest = Math.max(0, ...columns.map(({ band }) => largestAbs(band, span)));
  const isNamed = columns.length > 1;
  const drop = titleDrop(look, title);
  const legend = { type: 'plain' as const, top: 20 + drop, left: 0, itemHeight: 8, itemWidth: 16 };
  return {
    ...frame(look),
    grid: gridOf(look, { top: (isNamed ? 52 : 28) + drop }),
    ...(isNamed ? { legend: { ...legend, textStyle: { color: look.palette.muted } } } : {}),
    xAxis: timeAxis(look, span),
    yAxis: unitAxis(look, { unit, largest }),
    series: [
      markSeries(look, marks, span),
      ...columns.flatMap(({ name, band }, index) =>
        bandSeries(band, { name, color: colours[index % colours.length] ?? look.palette.main }),
      ),
    ],
    graphic: [titleText(look, title)],
  };
}

/** In the order in which series take them. */
function seriesColours(palette: Palette): readonly string[] {
  const { main, second, third, fourth, error, good, warning, unknown } = palette;
  return [main, fourth, third, second, error, good, warning, unknown];
}

/** A linear axis whose labels carry the unit. */
function unitAxis(
  look: ChartLook,
  { unit, largest }: { readonly unit: ColumnUnit; readonly largest: number },
): YAXisComponentOption {
  if (unit === 'ns') return { ...nsAxis(look, largest), scale: true } as YAXisComponentOption;
  if (unit === 'count' || unit === 'none') return countAxis(look);
  const { divisor, name } = unit === 'bytes' ? byteUnit(largest) : { divisor: 1, name: unit };
  const axis = nsAxis(look, largest);
  const formatter = (value: number) => `${plain(value / divisor)} ${name}`;
  const ticks = unit === 'bytes' ? byteTicks(largest) : {};
  return { ...axis, scale: true, ...ticks, axisLabel: { ...axis.axisLabel, formatter } } as YAXisComponentOption;
}

const MOST_BYTE_TICKS = 4;

/** From 0 in powers of two, for example 0, 16, 32, 48, 64 MiB: steps of 10 and 5 are odd numbers of bytes. */
export function byteTicks(largest: number): { readonly min: number; readonly max: number; readonly interval: number } {
  const interval = 2 ** Math.max(0, Math.ceil(Math.log2(largest / MOST_BYTE_TICKS)));
  return { min: 0, max: Math.max(1, Math.ceil(largest / interval)) * interval, interval };
}

function byteUnit(largest: number): { readonly divisor: number; readonly name: string } {
  const step = BYTE_STEPS.find(([size]) => largest >= size);
  return step === undefined ? { divisor: 1, name: 'B' } : { divisor: step[0], name: step[1] };
}

function largestAbs(band: TimeBand, { fromMs }: TimeSpan): number {
  const range = rangeFrom(band, fromMs);
  return range === null ? 0 : Math.max(Math.abs(range.min), Math.abs(range.max));
}
