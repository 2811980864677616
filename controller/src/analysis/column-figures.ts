/** The figures of one column, gathered batch by batch. */
import {
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
  SeriesBuilder,
  type SeriesChunk,
  type Summary,
  sortFinite,
  summaryOf,
} from '@ptp-tester/clockstats';
import type { ColumnDeclaration, ColumnKind, ColumnUnit, ColumnValues } from '@ptp-tester/measurement';
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

/** Where the values of one batch come from. */
export type BatchPlace = Omit<SeriesChunk, 'values'>;

/** Gathers one column; `add` for each batch, then `finish`. */
export interface FigureGatherer {
  add(values: ColumnValues, place: BatchPlace): void;
  finish(): GatheredFigures;
}

export interface GatheredFigures {
  readonly figures: ColumnFigures;
  /** Why figures are missing; null when they are not. */
  readonly problem: string | null;
}

export function makeGatherer(planned: PlannedFigure, column: ColumnDeclaration): FigureGatherer {
  const named: Named = { column: column.name, unit: column.unit };
  switch (planned.kind) {
    case 'offset':
    case 'rate':
      return gatherSeries(named, planned.kind);
    case 'distribution':
      return gatherSimply(gatherDistribution(named, column.kind));
    case 'counter':
      return gatherSimply(gatherCounter(named));
    case 'sum':
      return gatherSimply(gatherSum(named));
    case 'shares':
      return gatherSimply(gatherShares(named, column.labels ?? []));
    case 'last':
      return gatherSimply(gatherLast(named));
  }
}

/** A gatherer that needs the values only and always has an answer. */
interface SimpleGatherer {
  add(values: ColumnValues): void;
  finish(): ColumnFigures;
}

function gatherSimply(simple: SimpleGatherer): FigureGatherer {
  return { add: (values) => simple.add(values), finish: () => ({ figures: simple.finish(), problem: null }) };
}

function gatherSeries(named: Named, kind: 'offset' | 'rate'): FigureGatherer {
  const builder = new SeriesBuilder();
  return {
    add: (values, place) => builder.add({ ...place, values: values as Float64Array | BigInt64Array }),
    finish() {
      try {
        return { figures: seriesFigures(named, kind, builder.finish()), problem: null };
      } catch (error) {
        if (!(error instanceof ClockstatsError)) throw error;
        const nothing: Series = { segments: [], samples: 0 };
        return { figures: seriesFigures(named, kind, nothing), problem: `${named.column}: ${error.message}` };
      }
    },
  };
}

function seriesFigures(named: Named, kind: 'offset' | 'rate', series: Series): ColumnFigures {
  const rate = estimateFrequency(series.segments);
  if (kind === 'rate') return { ...named, kind: 'rate', rate };
  const moments = series.segments.map((segment) => momentsOf(segment.values)).reduce(mergeMoments, NO_MOMENTS);
  const ascending = sortFinite(joined(series));
  return {
    ...named,
    kind: 'distribution',
    summary: summaryOf(moments),
    quantiles: quantilesBy((p) => quantile(ascending, p)),
    quantilesAre: 'exact',
    rate,
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

function gatherDistribution(named: Named, kind: ColumnKind): SimpleGatherer {
  const whole = kind !== 'float';
  const histogram = new Histogram(whole ? 1 : 0.001);
  // A bucket of one unit holds one whole number: its end nearer to zero.
  const middle = (p: number) => histogram.quantile(p)?.value ?? null;
  const value = (p: number) => {
    const found = middle(p);
    return found === null || !whole ? found : Math.trunc(found);
  };
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
      quantiles: quantilesBy(value),
      quantilesAre: 'histogram',
      rate: null,
    }),
  };
}

function gatherCounter(named: Named): SimpleGatherer {
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

function gatherSum(named: Named): SimpleGatherer {
  let sum = 0;
  return {
    add(values) {
      for (const value of asNumbers(values)) if (Number.isFinite(value)) sum += value;
    },
    finish: () => ({ ...named, kind: 'sum', sum }),
  };
}

function gatherShares(named: Named, labels: readonly string[]): SimpleGatherer {
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

function gatherLast(named: Named): SimpleGatherer {
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
