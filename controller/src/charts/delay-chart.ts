/** How long a PHC reading took, over time. Steps up in its floor are a changed path to the device; spikes are interruptions. */
import type { EChartsOption } from 'echarts';
import { type ChartLook, frame, gridOf, nsAxis, type TimeSpan, timeAxis, titleDrop, titleText } from './chart-frame.ts';
import { bandSeries, rangeFrom, type TimeBand } from './time-band.ts';

export interface DelayChartData {
  readonly span: TimeSpan;
  /** ns. */
  readonly delay: TimeBand;
}

const TITLE = 'PHC read delay: band = min to max, line = mean';

export function delayChart({ span, delay }: DelayChartData, look: ChartLook): EChartsOption {
  const largest = rangeFrom(delay, span.fromMs)?.max ?? 0;
  return {
    ...frame(look),
    grid: gridOf(look, { top: 28 + titleDrop(look, TITLE) }),
    xAxis: timeAxis(look, span),
    yAxis: { ...nsAxis(look, largest), min: 0 },
    series: bandSeries(delay, { name: 'read delay', color: look.palette.second }),
    graphic: [titleText(look, TITLE)],
  };
}
