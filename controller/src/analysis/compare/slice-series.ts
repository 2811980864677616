/** A part of a kept series by the instance's system clock. */
import type { KeptSegment, KeptSeries } from '../kept-columns.ts';

/** ns UTC. */
export interface Period {
  readonly fromAt: bigint;
  /** Exclusive. */
  readonly toAt: bigint;
}

/** From the first sample of each boot within the period to the last. */
export function sliceSeries(series: KeptSeries, period: Period): KeptSeries {
  const segments = series.segments.flatMap((segment) => sliceSegment(segment, period));
  return { ...series, segments, samples: segments.reduce((sum, { timeNs }) => sum + timeNs.length, 0) };
}

function sliceSegment(segment: KeptSegment, { fromAt, toAt }: Period): KeptSegment[] {
  const rows = segment.timeNs.length;
  const isWithin = (row: number) => segment.atOf(row) >= fromAt && segment.atOf(row) < toAt;
  let first = 0;
  while (first < rows && !isWithin(first)) first += 1;
  let end = rows;
  while (end > first && !isWithin(end - 1)) end -= 1;
  if (first === end) return [];
  const columns = [...segment.columns].map(([name, values]) => [name, values.subarray(first, end)] as const);
  return [
    {
      ...segment,
      timeNs: segment.timeNs.subarray(first, end),
      columns: new Map(columns),
      intervalNsAt: (row) => segment.intervalNsAt(first + row),
      atOf: (row) => segment.atOf(first + row),
    },
  ];
}
