/** Distribution of a column in bars. */
import type { EChartsOption } from 'echarts';
import { nsText, plain } from './axis-text.ts';
import { type ChartLook, countAxis, frame, gridOf, nsAxis, titleDrop, titleText } from './chart-frame.ts';

export interface HistogramChartData {
  readonly title: string;
  /** Width of the smallest bucket, ns. */
  readonly unit: number;
  /** Bucket and count: 128 of one unit, then 128 for each doubling; -1 - b is bucket b below 0. */
  readonly buckets: readonly (readonly [number, number])[];
}

interface Bars {
  readonly low: number;
  readonly width: number;
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
}

const MOST_BARS = 60;
const SUB_BUCKETS = 128;
/** What lies further out than this share on each side is counted, not drawn: it would leave one bar of everything else. */
const TAIL = 0.0005;

export function histogramChart(data: HistogramChartData, look: ChartLook): EChartsOption {
  const { palette } = look;
  const bars = barsOf(data);
  const { low, width, counts } = bars;
  const high = low + width * counts.length;
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const steps = [...counts.map((count, index): [number, number] => [low + index * width, count]), [high, 0]];
  const title = `${data.title}: samples in each ${nsText(width)}${outsideText(bars)}`;
  return {
    ...frame(look),
    grid: gridOf(look, { top: 28 + titleDrop(look, title) }),
    xAxis: withoutEndLabel({ ...nsAxis(look, largest), min: low, max: high, splitLine: { show: false } }),
    yAxis: countAxis(look),
    series: [
      {
        type: 'line',
        silent: true,
        step: 'end',
        symbol: 'none',
        data: steps,
        lineStyle: { color: palette.main, width: 1 },
        itemStyle: { color: palette.main },
        areaStyle: { color: palette.main, opacity: 0.35 },
      },
    ],
    graphic: [titleText(look, title)],
  };
}

/** The last label is the range's odd end and would overlap its neighbour. */
function withoutEndLabel(axis: ReturnType<typeof nsAxis>): ReturnType<typeof nsAxis> {
  return { ...axis, axisLabel: { ...axis.axisLabel, showMaxLabel: false } } as ReturnType<typeof nsAxis>;
}

function outsideText({ below, above }: Bars): string {
  const parts = [...(below > 0 ? [`${plain(below)} below`] : []), ...(above > 0 ? [`${plain(above)} above`] : [])];
  return parts.length === 0 ? '' : ` (${parts.join(', ')} not drawn)`;
}

/** At most 60 bars over all but the far tails. */
export function barsOf({ unit, buckets }: HistogramChartData): Bars {
  const edges = buckets.map(([bucket, count]) => ({ ...edgesOf(bucket, unit), count }));
  const ascending = edges.toSorted((a, b) => a.low - b.low);
  const total = ascending.reduce((sum, { count }) => sum + count, 0);
  const tail = Math.floor(total * TAIL);
  const from = skipTail(ascending, tail)?.low ?? 0;
  const to = skipTail(ascending.toReversed(), tail)?.high ?? unit;
  const width = Math.max(1, Math.ceil((to - from) / MOST_BARS / unit)) * unit;
  const counts = new Array<number>(Math.max(1, Math.ceil((to - from) / width))).fill(0);
  let below = 0;
  let above = 0;
  for (const { low, high, count } of ascending) {
    const index = Math.floor(((low + high) / 2 - from) / width);
    if (index < 0) below += count;
    else if (index >= counts.length) above += count;
    else counts[index] = (counts[index] ?? 0) + count;
  }
  return { low: from, width, counts, below, above };
}

function skipTail<T extends { readonly count: number }>(edges: readonly T[], tail: number): T | undefined {
  let seen = 0;
  return edges.find(({ count }) => {
    seen += count;
    return seen > tail;
  });
}

function edgesOf(bucket: number, unit: number): { readonly low: number; readonly high: number } {
  if (bucket < 0) {
    const { low, high } = edgesOf(-1 - bucket, unit);
    return { low: -high, high: -low };
  }
  if (bucket < SUB_BUCKETS) return { low: bucket * unit, high: (bucket + 1) * unit };
  const size = 2 ** (Math.floor(bucket / SUB_BUCKETS) - 1) * unit;
  const low = (SUB_BUCKETS + (bucket % SUB_BUCKETS)) * size;
  return { low, high: low + size };
}
