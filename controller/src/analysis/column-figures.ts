/** The figures of one column, gathered batch by batch. */
import {
  buildSeries,
  ClockstatsError,
  estimateFrequency,
  type FrequencyEstimate,
  Histogram,
  type Moments,
  mergeMoments,
  momentsOf,
  NO_MOMENTS,
  quantile,
  type Series,
  type SeriesChunk,
  type Summary,
  sortFinite,
  summaryOf,
} from '@ptp-tester/clockstats';
import type { ColumnDeclaration, ColumnUnit, ColumnValues } from '@ptp-tester/measurement';
import type { PlannedFigure } from './stream-plan.ts';

/** Null: n too small, N(1-p) < 10. */
interface Quantiles {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

interface Named {
  readonly column: string;
  readonly unit: ColumnUnit;
}

interface DistributionFigures extends Named {
  readonly kind: 'distribution';
  readonly summary: Summary | null;
  readonly quantiles: Quantiles;
  /** `exact`: nearest rank of all values. `histogram`: the middle of its bucket, which is one unit or 0.8 % wide. */
  readonly quantilesAre: 'exact' | 'histogram';
  /** Null where a rate means nothing. */
  readonly rate: FrequencyEstimate | null;
}

interface RateFigures extends Named {
  readonly kind: 'rate';
  readonly rate: FrequencyEstimate | null;
}

interface CounterFigures extends Named {
  readonly kind: 'counter';
  readonly first: number | null;
  readonly last: number | null;
  /** Sum of all growth; a fall counts as a new beginning. */
  readonly grown: number;
  readonly falls: number;
}

interface SumFigures extends Named {
  readonly kind: 'sum';
  readonly sum: number;
}

interface ShareFigures extends Named {
  readonly kind: 'shares';
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
}

interface LastFigure extends Named {
  readonly kind: 'last';
  readonly last: number | null;
}

export type ColumnFigures = DistributionFigures | RateFigures | CounterFigures | SumFigures | ShareFigures | LastFigure;

/** Gathers one column; `add` for each batch, then `finish`. */
export interface FigureGatherer {
  add(values: ColumnValues): void;
  finish(): ColumnFigures;
}

/** A gatherer for a figure that needs one batch at a time only; null for `offset` and `rate`, which need the whole series. */
export function makeGatherer(planned: PlannedFigure, column: ColumnDeclaration): FigureGatherer | null {
  const named: Named = { column: column.name, unit: column.unit };
  switch (planned.kind) {
    case 'distribution':
      return gatherDistribution(named);
    case 'counter':
      return gatherCounter(named);
    case 'sum':
      return gatherSum(named);
    case 'shares':
      return gatherShares(named, column.labels ?? []);
    case 'last':
      return gatherLast(named);
    case 'offset':
    case 'rate':
      return null;
  }
}

/** The figures of a column that needs its whole series. `problem` says why there are none. */
export function seriesFigures(
  planned: PlannedFigure,
  column: ColumnDeclaration,
  chunks: Iterable<SeriesChunk>,
): { readonly figures: ColumnFigures; readonly problem: string | null } {
  const named: Named = { column: column.name, unit: column.unit };
  let series: Series = { segments: [], samples: 0 };
  let problem: string | null = null;
  try {
    series = buildSeries(chunks);
  } catch (error) {
    if (!(error instanceof ClockstatsError)) throw error;
    problem = `${column.name}: ${error.message}`;
  }
  const rate = estimateFrequency(series.segments);
  if (planned.kind === 'rate') return { figures: { ...named, kind: 'rate', rate }, problem };
  const moments = series.segments.map((s) => momentsOf(s.values)).reduce(mergeMoments, NO_MOMENTS);
  const ascending = sortFinite(joined(series));
  return {
    figures: {
      ...named,
      kind: 'distribution',
      summary: summaryOf(moments),
      quantiles: quantilesBy((p) => quantile(ascending, p)),
      quantilesAre: 'exact',
      rate,
    },
    problem,
  };
}

function joined({ segments, samples }: Series): Float64Array {
  const [first] = segments;
  if (segments.length === 1 && first !== undefined) return first.values;
  const all = new Float64Array(samples);
  let at = 0;
  for (const { values } of segments) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}

function quantilesBy(value: (p: number) => number | null): Quantiles {
  return { p50: value(0.5), p90: value(0.9), p99: value(0.99), p999: value(0.999) };
}

function gatherDistribution(named: Named): FigureGatherer {
  // Rates and loads have digits behind the point; everything else is whole units.
  const histogram = new Histogram(named.unit === 'ns' || named.unit === 'bytes' ? 1 : 0.001);
  let moments: Moments = NO_MOMENTS;
  return {
    add(values) {
      const numbers = asNumbers(values);
      moments = mergeMoments(moments, momentsOf(numbers));
      histogram.add(numbers);
    },
    finish: () => ({
      ...named,
      kind: 'distribution',
      summary: summaryOf(moments),
      quantiles: quantilesBy((p) => histogram.quantile(p)?.value ?? null),
      quantilesAre: 'histogram',
      rate: null,
    }),
  };
}

function gatherCounter(named: Named): FigureGatherer {
  let first: number | null = null;
  let last: number | null = null;
  let grown = 0;
  let falls = 0;
  return {
    add(values) {
      for (const value of asNumbers(values).filter(Number.isFinite)) {
        first ??= value;
        const before = last ?? value;
        if (value < before) falls += 1;
        else grown += value - before;
        last = value;
      }
    },
    finish: () => ({ ...named, kind: 'counter', first, last, grown, falls }),
  };
}

function gatherSum(named: Named): FigureGatherer {
  let sum = 0;
  return {
    add(values) {
      for (const value of asNumbers(values)) if (Number.isFinite(value)) sum += value;
    },
    finish: () => ({ ...named, kind: 'sum', sum }),
  };
}

function gatherShares(named: Named, labels: readonly string[]): FigureGatherer {
  const counts = new Map<number, number>();
  let total = 0;
  return {
    add(values) {
      for (const value of asNumbers(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
      total += values.length;
    },
    finish: () => {
      const byLabel = [...counts].sort((a, b) => a[0] - b[0]);
      const shares = byLabel.map(([code, count]) => [labels[code] ?? `code ${code}`, count]);
      return { ...named, kind: 'shares', counts: Object.fromEntries(shares), total };
    },
  };
}

function gatherLast(named: Named): FigureGatherer {
  let last: number | null = null;
  return {
    add(values) {
      const value = asNumbers(values).at(-1);
      if (value !== undefined && Number.isFinite(value)) last = value;
    },
    finish: () => ({ ...named, kind: 'last', last }),
  };
}

function asNumbers(values: ColumnValues): Float64Array | Uint8Array {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Float64Array.from(values, Number);
  return values;
}
