/** The sides of a comparison overlaid: percentiles of |offset|, and curves over tau. */
import type { CustomSeriesOption, EChartsOption, LineSeriesOption } from 'echarts';
import { type ChartLook, caption, frame, gridOf, logNsAxis, tauAxis } from './chart-frame.ts';

export interface PercentileSide {
  readonly name: string;
  /** ns, in the order of the chart's `percentiles`; null where there is none. `low` and `high`: the best and the worst instance. */
  readonly values: readonly ({ readonly middle: number; readonly low: number; readonly high: number } | null)[];
}

export interface PercentileComparison {
  readonly title: string;
  /** Names on the axis. */
  readonly percentiles: readonly string[];
  readonly sides: readonly PercentileSide[];
}

/** Line: the median instance; whiskers: from the best to the worst. */
export function percentileComparisonChart(data: PercentileComparison, look: ChartLook): EChartsOption {
  return {
    ...frame(look),
    grid: gridOf(look, { top: 46 }),
    xAxis: {
      type: 'category',
      data: [...data.percentiles],
      axisLabel: { color: look.palette.muted },
      axisLine: { lineStyle: { color: look.palette.muted } },
      axisTick: { show: false },
    },
    yAxis: logNsAxis(look),
    series: data.sides.flatMap((side, index) => {
      const color = sideColor(look, index);
      // A hole where there is no value: a line across it would invent one.
      const points = side.values.map((value, place) => [place, value?.middle ?? null]);
      const ends = side.values.flatMap((value, place) =>
        value === null ? [] : [[place, value.low, value.high, index - (data.sides.length - 1) / 2]],
      );
      return [whiskers(ends, color), line(side.name, points, color)];
    }),
    graphic: captions(look, data),
  };
}

export interface CurveSide {
  readonly name: string;
  /** tau in s and ns, ascending. */
  readonly points: readonly (readonly [number, number])[];
}

export interface CurveComparison {
  readonly title: string;
  readonly sides: readonly CurveSide[];
}

export function curveComparisonChart(data: CurveComparison, look: ChartLook): EChartsOption {
  return {
    ...frame(look),
    grid: gridOf(look, { top: 46, right: 34 }),
    xAxis: tauAxis(look),
    yAxis: logNsAxis(look),
    series: data.sides.map(({ name, points }, index) =>
      line(
        name,
        points.filter(([, value]) => value > 0),
        sideColor(look, index),
      ),
    ),
    graphic: captions(look, data),
  };
}

function sideColor({ palette }: ChartLook, index: number): string {
  const colors = [palette.main, palette.fourth, palette.second, palette.third, palette.good, palette.unknown];
  return colors[index % colors.length] ?? palette.main;
}

function line(name: string, points: readonly (readonly (number | null)[])[], color: string): LineSeriesOption {
  return {
    type: 'line',
    name,
    silent: true,
    data: points.map((point) => [...point]),
    symbol: 'circle',
    symbolSize: 6,
    lineStyle: { color, width: 1.75 },
    itemStyle: { color },
  };
}

function whiskers(ends: readonly (readonly number[])[], color: string): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    data: ends.map((end) => [...end]),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_params, api) => {
      const [x = 0, low = 0] = api.coord([api.value(0), api.value(1)]);
      const [, high = 0] = api.coord([api.value(0), api.value(2)]);
      const at = x + Number(api.value(3)) * 6;
      return {
        type: 'line',
        shape: { x1: at, y1: low, x2: at, y2: high },
        style: { stroke: color, lineWidth: 3, opacity: 0.35 },
      };
    },
  };
}

/** The title, and below it the names of the sides in their colours. */
function captions(look: ChartLook, { title, sides }: { title: string; sides: readonly { readonly name: string }[] }) {
  const width = Math.floor((look.width - 12) / Math.max(1, sides.length));
  const most = Math.floor(width / 7);
  return [
    caption(look, { text: title, top: 4 }),
    ...sides.map(({ name }, index) => {
      const text = name.length > most ? `${name.slice(0, Math.max(1, most - 3))}...` : name;
      const base = caption(look, { text, top: 22 });
      return { ...base, left: 6 + index * width, style: { ...base.style, fill: sideColor(look, index) } };
    }),
  ];
}
