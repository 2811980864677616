/** The limits that charts of the offset over time draw (pure). */
import type { OffsetChartData } from '../charts/offset-chart.ts';
import type { InstanceReport } from './report-schema.ts';

/** Only those on every sample: a line for a percentile would be read as one that samples may not cross. */
export function offsetLimits({ quality_criteria }: InstanceReport): NonNullable<OffsetChartData['limits']> {
  return quality_criteria.flatMap(({ name, measure, stream, column, limit }) =>
    measure === 'max_abs' && stream === 'phc' && column === 'offset_ns' && limit !== null ? [{ name, ns: limit }] : [],
  );
}
