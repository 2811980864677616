/** Offset over time: band from minimum to maximum, mean, events, and the error bounds in a panel of their own scale. */
import type { EChartsOption, LineSeriesOption } from 'echarts';
import { nsText } from './axis-text.ts';
import {
  type ChartLook,
  caption,
  frame,
  gridOf,
  nsAxis,
  type TimeSpan,
  timeAxis,
  titleDrop,
  titleText,
} from './chart-frame.ts';
import { type ChartMark, markSeries } from './chart-marks.ts';
import { bandSeries, rangeFrom, type TimeBand } from './time-band.ts';

export interface OffsetChartData {
  /** What the offset is of, for example `system - PHC`. */
  readonly title: string;
  readonly span: TimeSpan;
  /** ns. */
  readonly offset: TimeBand;
  /** ns; bounds of the error to UTC, drawn below on their own scale because they are far larger. */
  readonly bounds: readonly { readonly name: string; readonly band: TimeBand }[];
  readonly marks: readonly ChartMark[];
  /** The vertical scale follows what is at or after this; a start-up transient far above it is cut off, and said to be. */
  readonly scaleFromMs: number;
  /** Limits on |offset|, ns: drawn on both sides of zero where the scale reaches them, and named in any case. */
  readonly limits?: readonly { readonly name: string; readonly ns: number }[];
}

/** Beyond this many times the scale of the judged part, the transient is cut. */
const CUT_ABOVE = 4;
const BOUND_PANEL = 84;

export function offsetChart(data: OffsetChartData, look: ChartLook): EChartsOption {
  const { palette } = look;
  const hasBounds = data.bounds.length > 0;
  const scale = scaleOf(data);
  const lower = look.height - BOUND_PANEL;
  const colors = [palette.third, palette.fourth, palette.second];
  const boundColor = (index: number) => colors[index % colors.length] ?? palette.third;
  const title = `${data.title}: band = min to max, line = mean${scale.note}${limitText(data, scale)}`;
  const grids = [
    gridOf(look, { top: 42 + titleDrop(look, title), ...(hasBounds ? { bottom: BOUND_PANEL + 46 } : {}) }),
    gridOf(look, { top: lower + 4 }),
  ];
  const boundsMax = Math.max(0, ...data.bounds.map(({ band }) => rangeFrom(band, data.span.fromMs)?.max ?? 0));
  const boundNames = data.bounds.map(({ name }) => name).join(', ');
  return {
    ...frame(look),
    grid: hasBounds ? grids : grids.slice(0, 1),
    xAxis: (hasBounds ? [0, 1] : [0]).map((gridIndex) => ({ ...timeAxis(look, data.span), gridIndex })),
    yAxis: [
      { ...nsAxis(look, scale.largest), ...scale.limits },
      ...(hasBounds ? [{ ...nsAxis(look, boundsMax), splitNumber: 2, min: 0, gridIndex: 1 }] : []),
    ],
    series: [
      markSeries(look, data.marks, data.span),
      ...limitSeries(data, look, scale),
      ...bandSeries(data.offset, { name: data.title, color: palette.main }),
      ...data.bounds.flatMap(({ name, band }, index) =>
        bandSeries(band, { name, color: boundColor(index), panel: 1, only: 'max' }),
      ),
    ],
    graphic: [titleText(look, title), ...(hasBounds ? [caption(look, { text: boundNames, top: lower - 16 })] : [])],
  };
}

/** A limit this many times beyond the data would flatten them. */
const LIMIT_WITHIN = 3;

function isDrawn(ns: number, { largest }: Scale): boolean {
  return ns <= LIMIT_WITHIN * largest;
}

function limitSeries(data: OffsetChartData, { palette }: ChartLook, scale: Scale): LineSeriesOption[] {
  return (data.limits ?? [])
    .filter(({ ns }) => isDrawn(ns, scale))
    .flatMap(({ name, ns }) =>
      [ns, -ns].map(
        (value): LineSeriesOption => ({
          type: 'line',
          name,
          silent: true,
          symbol: 'none',
          data: [
            [data.span.fromMs, value],
            [data.span.toMs, value],
          ],
          lineStyle: { color: palette.warning, type: 'dashed', width: 1.25 },
        }),
      ),
    );
}

function limitText({ limits = [] }: OffsetChartData, scale: Scale): string {
  const texts = limits.map(
    ({ name, ns }) => `${name} ${nsText(ns)}${isDrawn(ns, scale) ? ' (dashed)' : ' (outside the scale)'}`,
  );
  return texts.length === 0 ? '' : `; limit ${texts.join(', ')}`;
}

interface Scale {
  readonly largest: number;
  readonly limits: { readonly min?: number; readonly max?: number };
  readonly note: string;
}

function scaleOf({ offset, span, scaleFromMs }: OffsetChartData): Scale {
  const all = rangeFrom(offset, span.fromMs) ?? { min: 0, max: 0 };
  const judged = rangeFrom(offset, scaleFromMs) ?? all;
  const allLargest = Math.max(Math.abs(all.min), Math.abs(all.max));
  const largest = Math.max(Math.abs(judged.min), Math.abs(judged.max));
  if (largest === 0 || allLargest <= CUT_ABOVE * largest) return { largest: allLargest, limits: {}, note: '' };
  const margin = (judged.max - judged.min) * 0.15 || largest * 0.15;
  return {
    largest,
    limits: { min: judged.min - margin, max: judged.max + margin },
    note: ` (the start-up reaches ${nsText(allLargest)}, outside the scale)`,
  };
}
