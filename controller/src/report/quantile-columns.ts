/** Percentiles of a table: one that no row has enough samples for is no column, but said below it (pure). */
import type { ColumnUnit } from '@ptp-tester/measurement';
import type { DistributionFigures } from './figures-schema.ts';
import { formatQuantity } from './format-quantity.ts';

type Rank = keyof DistributionFigures['quantiles'];

/** By the rule N (1 - p) >= 10; of the median, of either side. */
const RANKS: readonly { readonly rank: Rank; readonly name: string; readonly needs: number }[] = [
  { rank: 'p50', name: 'p50', needs: 20 },
  { rank: 'p90', name: 'p90', needs: 100 },
  { rank: 'p99', name: 'p99', needs: 1000 },
  { rank: 'p999', name: 'p99.9', needs: 10_000 },
];

export interface QuantileColumns {
  readonly head: readonly string[];
  cells(figures: Pick<DistributionFigures, 'quantiles' | 'unit'>): string[];
  /** What was left out, and why; null when nothing was. */
  readonly note: string | null;
}

export function quantileColumns(rows: readonly Pick<DistributionFigures, 'quantiles'>[]): QuantileColumns {
  const shown = RANKS.filter(({ rank }) => rows.some(({ quantiles }) => quantiles[rank] !== null));
  const left = RANKS.filter((one) => !shown.includes(one)).map(({ name, needs }) => `${name} needs ${needs}`);
  return {
    head: shown.map(({ name }) => name),
    cells: ({ quantiles, unit }) => shown.map(({ rank, needs }) => quantileText(quantiles[rank], unit, needs)),
    note: left.length === 0 ? null : `Too few samples for some percentiles: ${left.join(', ')}.`,
  };
}

/** `n < 1000` where there are too few samples. */
export function quantileText(value: number | null, unit: ColumnUnit, needs: number): string {
  return value === null ? `n < ${needs}` : formatQuantity(value, unit);
}
