/** Percentiles of a table: one that no row has enough samples for is no column, but said below it (pure). */
import { samplesNeeded } from '@ptp-tester/clockstats';
import type { ColumnUnit } from '@ptp-tester/measurement';
import type { DistributionFigures } from './figures-schema.ts';
import { formatQuantity } from './format-quantity.ts';

type Rank = keyof DistributionFigures['quantiles'];

const RANKS: readonly { readonly rank: Rank; readonly name: string; readonly p: number }[] = [
  { rank: 'p50', name: 'p50', p: 0.5 },
  { rank: 'p90', name: 'p90', p: 0.9 },
  { rank: 'p99', name: 'p99', p: 0.99 },
  { rank: 'p999', name: 'p99.9', p: 0.999 },
];

export interface QuantileColumns {
  readonly head: readonly string[];
  cells(figures: Pick<DistributionFigures, 'quantiles' | 'unit'>): string[];
  /** What was left out, and why; null when nothing was. */
  readonly note: string | null;
}

export function quantileColumns(rows: readonly Pick<DistributionFigures, 'quantiles'>[]): QuantileColumns {
  const shown = RANKS.filter(({ rank }) => rows.some(({ quantiles }) => quantiles[rank] !== null));
  const left = RANKS.filter((one) => !shown.includes(one)).map(({ name, p }) => `${name} needs ${samplesNeeded(p)}`);
  return {
    head: shown.map(({ name }) => name),
    cells: ({ quantiles, unit }) => shown.map(({ rank, p }) => quantileText(quantiles[rank], { unit, p })),
    note: left.length === 0 ? null : `Too few samples for some percentiles: ${left.join(', ')}.`,
  };
}

interface OfRank {
  readonly unit: ColumnUnit;
  readonly p: number;
}

/** `n < 1000` where there are too few samples. */
export function quantileText(value: number | null, { unit, p }: OfRank): string {
  return value === null ? `n < ${samplesNeeded(p)}` : formatQuantity(value, unit);
}
