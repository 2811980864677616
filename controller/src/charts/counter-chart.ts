/** Growth of the driver's counters since the first sample. */
import type { EChartsOption } from 'echarts';
import { type ChartLook, countAxis, frame, gridOf, type TimeSpan, timeAxis } from './chart-frame.ts';
import { bandSeries, type TimeBand } from './time-band.ts';

export interface CounterChartData {
  readonly span: TimeSpan;
  /** Values already relative to the first one. */
  readonly counters: readonly { readonly name: string; readonly growth: TimeBand }[];
}

export function counterChart({ span, counters }: CounterChartData, look: ChartLook): EChartsOption {
  const { palette } = look;
  const colors = [palette.error, palette.warning, palette.second, palette.third, palette.fourth, palette.unknown];
  return {
    ...frame(look),
    grid: gridOf(look, { top: 52 }),
    legend: { top: 0, left: 0, type: 'plain', itemHeight: 8, itemWidth: 16, textStyle: { color: palette.muted } },
    xAxis: timeAxis(look, span),
    yAxis: { ...countAxis(look), min: 0 },
    series: counters.flatMap(({ name, growth }, index) => {
      const color = name === 'phc_cnt' ? palette.main : (colors[index % colors.length] ?? palette.main);
      return bandSeries(growth, { name, color, only: 'max' });
    }),
  };
}
