/** A downsampled series over time as a band from minimum to maximum with the mean as a line. Gaps stay empty. */
import type { LineSeriesOption } from 'echarts';

/** Parallel arrays, ascending in time; one entry for each bucket that holds a value. */
export interface TimeBand {
  /** Start of each bucket, ms since 1970. */
  readonly atMs: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly mean: readonly number[];
  /** Two neighbours further apart than this have a gap between them. */
  readonly gapMs: number;
  /** Each entry is one sample, and there is room to show it as a dot. */
  readonly hasDots?: boolean;
}

export interface BandLook {
  readonly name: string;
  readonly color: string;
  /** Which of the chart's panels. */
  readonly panel?: number;
  /** Only the line of the largest value, for bounds. */
  readonly only?: 'max';
}

type Point = [number, number | null];

/** Lower edge, height and mean. ECharts stacks the second on the first and fills between. */
export function bandSeries(band: TimeBand, { name, color, panel = 0, only }: BandLook): LineSeriesOption[] {
  const axes = { xAxisIndex: panel, yAxisIndex: panel };
  const base = { type: 'line' as const, ...axes, silent: true, symbol: 'none', connectNulls: false };
  const line = { ...base, name, z: 3, lineStyle: { color, width: 1.25 }, itemStyle: { color } };
  if (only === 'max') return [{ ...line, step: 'end', data: points(band, band.max) }];
  const hidden = { ...base, lineStyle: { opacity: 0 }, stack: `${name} ${panel}`, stackStrategy: 'all' as const };
  const dots = band.hasDots === true || band.atMs.length === 1 ? { symbol: 'circle', symbolSize: 4 } : {};
  const heights = band.max.map((max, index) => max - (band.min[index] ?? max));
  return [
    { ...hidden, data: points(band, band.min) },
    { ...hidden, areaStyle: { color, opacity: 0.28 }, data: points(band, heights) },
    { ...line, data: points(band, band.mean), ...dots },
  ];
}

function points({ atMs, gapMs }: TimeBand, values: readonly number[]): Point[] {
  return atMs.flatMap((at, index): Point[] => {
    const before = atMs[index - 1];
    const point: Point = [at, values[index] ?? null];
    return before !== undefined && at - before > gapMs ? [[(at + before) / 2, null], point] : [point];
  });
}

/** Smallest and largest value at or after a time; null where there is none. */
export function rangeFrom(band: TimeBand, fromMs: number): { readonly min: number; readonly max: number } | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const [index, at] of band.atMs.entries()) {
    if (at < fromMs) continue;
    min = Math.min(min, band.min[index] ?? min);
    max = Math.max(max, band.max[index] ?? max);
  }
  return min <= max ? { min, max } : null;
}
