/** MTIE or TDEV over tau on log-log axes, with confidence intervals and masks. */
import type { CustomSeriesOption, EChartsOption, LineSeriesOption } from 'echarts';
import { type ChartLook, frame, gridOf, logNsAxis, tauAxis, titleDrop, titleText } from './chart-frame.ts';

export interface StabilityChartPoint {
  readonly tauS: number;
  /** ns. */
  readonly value: number;
  /** Confidence interval, ns; null where none is known. */
  readonly interval: readonly [number, number] | null;
}

export interface MaskLine {
  readonly name: string;
  /** tau in s and limit in ns, ascending. */
  readonly points: readonly (readonly [number, number])[];
}

export interface StabilityChartData {
  readonly title: string;
  readonly points: readonly StabilityChartPoint[];
  readonly masks: readonly MaskLine[];
}

export function stabilityChart(data: StabilityChartData, look: ChartLook): EChartsOption {
  const { palette } = look;
  // A logarithm has no place for 0: a clock that did not move at all at some tau.
  const drawn = data.points.filter(({ value }) => value > 0);
  const left = data.points.length - drawn.length;
  const taus = drawn.map(({ tauS }) => tauS);
  const bounds = {
    min: 10 ** Math.floor(Math.log10(Math.min(...taus, 1))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...taus, 1)) + 0.001),
  };
  const title = `${data.title}${left > 0 ? ` (${left} points of 0 not drawn)` : ''}`;
  return {
    ...frame(look),
    grid: gridOf(look, { right: 34, top: 28 + titleDrop(look, title) }),
    xAxis: { ...tauAxis(look), ...bounds },
    yAxis: logNsAxis(look),
    series: [
      ...data.masks.map((mask, index) => maskSeries(mask, index === 0 ? palette.warning : palette.fourth)),
      intervalSeries(drawn, palette.main),
      {
        type: 'line',
        name: data.title,
        silent: true,
        data: drawn.map(({ tauS, value }) => [tauS, value]),
        symbol: 'circle',
        symbolSize: 5,
        lineStyle: { color: palette.main, width: 1.5 },
        itemStyle: { color: palette.main },
      },
    ],
    graphic: [titleText(look, title)],
  };
}

function maskSeries({ name, points }: MaskLine, color: string): LineSeriesOption {
  return {
    type: 'line',
    name,
    silent: true,
    // A limit at one tau is a point.
    ...(points.length === 1 ? { symbol: 'diamond', symbolSize: 11 } : { symbol: 'none' }),
    data: points.map(([tau, limit]) => [tau, limit]),
    lineStyle: { color, type: 'dashed', width: 1.25 },
    itemStyle: { color },
    endLabel: { show: true, formatter: '{a}', color, fontSize: 11, align: 'right', offset: [-6, -9] },
  };
}

function intervalSeries(points: readonly StabilityChartPoint[], color: string): CustomSeriesOption {
  const data = points.flatMap(({ tauS, interval }) =>
    interval === null || interval[0] <= 0 ? [] : [[tauS, interval[0], interval[1]]],
  );
  return {
    type: 'custom',
    silent: true,
    data,
    encode: { x: 0, y: [1, 2] },
    renderItem: (_params, api) => {
      const [x = 0, low = 0] = api.coord([api.value(0), api.value(1)]);
      const [, high = 0] = api.coord([api.value(0), api.value(2)]);
      const style = { stroke: color, lineWidth: 1, opacity: 0.75 };
      const line = (from: readonly [number, number], to: readonly [number, number]) => ({
        type: 'line' as const,
        shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
        style,
      });
      return {
        type: 'group',
        children: [line([x, low], [x, high]), line([x - 3, low], [x + 3, low]), line([x - 3, high], [x + 3, high])],
      };
    },
  };
}
