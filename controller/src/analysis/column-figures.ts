/** The figures of one column, gathered batch by batch. */
import {
  absQuantile,
  estimateFrequency,
  type FrequencyEstimate,
  Histogram,
  type HistogramData,
  higherMomentsOf,
  int64AsNumbers,
  type Moments,
  mergeMoments,
  momentsOf,
  NO_MOMENTS,
  quantile,
  type Shape,
  type Summary,
  shapeOf,
  sortFinite,
  summaryOf,
} from '@ptp-tester/clockstats';
import type { ColumnDeclaration, ColumnKind, ColumnUnit, ColumnValues } from '@ptp-tester/measurement';
import { type KeptSeries, keptColumn } from './kept-columns.ts';
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
  /** Of the magnitudes; null unless the values are exact. */
  readonly absQuantiles: Quantiles | null;
  /** `exact`: nearest rank of all values. `histogram`: the middle of its bucket, which is one unit or 0.8 % wide. */
  readonly quantilesAre: 'exact' | 'histogram';
  /** Null where a rate means nothing. */
  readonly rate: FrequencyEstimate | null;
  /** Skewness and kurtosis; null unless the values are exact and they differ. */
  readonly shape: Shape | null;
  /** Mergeable, for a chart; only of columns with exact quantiles. */
  readonly histogram: HistogramData | null;
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
  /** `kept` holds the columns of the kinds `offset` and `rate`. */
  finish(kept: KeptSeries): ColumnFigures;
}

/** Kinds of figures that need all samples in order. */
export function needsKept({ kind }: PlannedFigure): boolean {
  return kind === 'offset' || kind === 'rate';
}

export function makeGatherer(planned: PlannedFigure, column: ColumnDeclaration): FigureGatherer {
  const named: Named = { column: column.name, unit: column.unit };
  switch (planned.kind) {
    case 'offset':
    case 'rate': {
      const { kind } = planned;
      return { add: () => undefined, finish: (kept) => seriesFigures(named, kind, kept) };
    }
    case 'distribution':
      return gatherDistribution(named, column.kind);
    case 'counter':
      return gatherCounter(named);
    case 'sum':
      return gatherSum(named);
    case 'shares':
      return gatherShares(named, column.labels ?? []);
    case 'last':
      return gatherLast(named);
  }
}

function seriesFigures(named: Named, kind: 'offset' | 'rate', kept: KeptSeries): ColumnFigures {
  const segments = kept.segments.map((segment) => ({
    timeNs: segment.timeNs,
    values: keptColumn(segment, named.column),
  }));
  const rate = estimateFrequency(segments);
  if (kind === 'rate') return { ...named, kind: 'rate', rate };
  const moments = segments.map(({ values }) => momentsOf(values)).reduce(mergeMoments, NO_MOMENTS);
  const ascending = sortFinite(joined(segments.map(({ values }) => values)));
  const histogram = new Histogram(1);
  for (const { values } of segments) histogram.add(values);
  return {
    ...named,
    kind: 'distribution',
    summary: summaryOf(moments),
    quantiles: quantilesBy((p) => quantile(ascending, p)),
    absQuantiles: quantilesBy((p) => absQuantile(ascending, p)),
    quantilesAre: 'exact',
    rate,
    shape: shapeOf(higherMomentsOf(ascending)),
    histogram: histogram.toData(),
  };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of parts) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}

function quantilesBy(value: (p: number) => number | null): Quantiles {
  return { p50: value(0.5), p90: value(0.9), p99: value(0.99), p999: value(0.999) };
}

/** Values wait until there are this many: a batch holds few, and each call costs more than they do. */
const BUFFERED = 4096;

function gatherDistribution(named: Named, kind: ColumnKind): FigureGatherer {
  const whole = kind !== 'float';
  const histogram = new Histogram(whole ? 1 : 0.001);
  // A bucket of one unit holds one whole number: its end nearer to zero.
  const middle = (p: number) => histogram.quantile(p)?.value ?? null;
  const value = (p: number) => {
    const found = middle(p);
    return found === null || !whole ? found : Math.trunc(found);
  };
  let moments: Moments = NO_MOMENTS;
  const buffer = new Float64Array(BUFFERED);
  let buffered = 0;
  const flush = () => {
    const numbers = buffer.subarray(0, buffered);
    moments = mergeMoments(moments, momentsOf(numbers));
    histogram.add(numbers);
    buffered = 0;
  };
  return {
    add(values) {
      const numbers = asNumbers(values);
      for (let from = 0; from < numbers.length; from += BUFFERED) {
        const part = numbers.subarray(from, from + BUFFERED);
        if (buffered + part.length > BUFFERED) flush();
        buffer.set(part, buffered);
        buffered += part.length;
      }
    },
    finish: () => {
      flush();
      return {
        ...named,
        kind: 'distribution',
        summary: summaryOf(moments),
        quantiles: quantilesBy(value),
        absQuantiles: null,
        quantilesAre: 'histogram',
        rate: null,
        shape: null,
        histogram: null,
      };
    },
  };
}

function gatherCounter(named: Named): FigureGatherer {
  let first: number | null = null;
  let last: number | null = null;
  let grown = 0;
  let falls = 0;
  return {
    add(values) {
      for (const value of asNumbers(values)) {
        if (!Number.isFinite(value)) continue;
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
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return int64AsNumbers(values);
  return values;
}
