/** What one instance did in one period, in a form in which two periods can be compared: quantities with their scatter over blocks of time. */
import { LEAST_VALUES, nearestRank, samplesNeeded, sortFinite } from '@ptp-tester/clockstats';
import { type KeptSeries, keptColumn } from '../kept-columns.ts';
import { stabilityFigures } from '../stability-figures.ts';

/** Of |system - PHC|, ns. */
export const QUANTITIES = ['rms', 'p50', 'p90', 'p99', 'p99_9', 'max'] as const;
export type Quantity = (typeof QUANTITIES)[number];

const PERCENTILES: Readonly<Partial<Record<Quantity, number>>> = { p50: 0.5, p90: 0.9, p99: 0.99, p99_9: 0.999 };

export interface QuantityFigure {
  /** Of the whole period. Null: too few samples. */
  readonly value: number | null;
  /** The same in blocks of equally many samples, in the order of time; empty where they would be too small, or where it is a maximum. */
  readonly blocks: readonly number[];
}

export interface CurvePoint {
  readonly tauS: number;
  /** ns. */
  readonly value: number;
  /** Of a deviation; null of MTIE and where the noise is not known. */
  readonly freedom: number | null;
}

export interface PeriodFigures {
  readonly samples: number;
  /** Share of ticks without a sample; null without a grid. */
  readonly missingShare: number | null;
  /** From the first sample to the last of each boot, s. */
  readonly spanS: number;
  /** Every cadence that was in force. */
  readonly intervalsNs: readonly number[];
  readonly quantities: Readonly<Record<Quantity, QuantityFigure>>;
  readonly tdev: readonly CurvePoint[];
  readonly mtie: readonly CurvePoint[];
}

/** So many say enough of the scatter, and each is long enough to hide the correlation of neighbouring samples. */
const MOST_BLOCKS = 24;
/** For mean squares, which need no tail. */
const LEAST_BLOCK_SAMPLES = 50;

/** `series` holds `offset_ns`. */
export function periodFigures(series: KeptSeries): PeriodFigures {
  const parts = series.segments.map((segment) => keptColumn(segment, 'offset_ns'));
  const sizes = finiteSizes(parts);
  const ascending = sortFinite(sizes);
  const figure = (quantity: Quantity): QuantityFigure => ({
    value: figureOf(quantity, ascending),
    blocks: quantity === 'max' ? [] : blocksOf(sizes, quantity),
  });
  const stability = stabilityFigures(series, { column: 'offset_ns', removeLine: false, from: null, extraTausS: [] });
  return {
    samples: sizes.length,
    missingShare: stability?.missingShare ?? null,
    spanS: series.segments.reduce((sum, { timeNs }) => sum + ((timeNs.at(-1) ?? 0) - (timeNs[0] ?? 0)) / 1e9, 0),
    intervalsNs: [...new Set(series.segments.flatMap((segment) => [segment.intervalNsAt(0), lastInterval(segment)]))],
    quantities: {
      rms: figure('rms'),
      p50: figure('p50'),
      p90: figure('p90'),
      p99: figure('p99'),
      p99_9: figure('p99_9'),
      max: figure('max'),
    },
    tdev: (stability?.tdev ?? []).map(({ tau, value, confidence }) => ({
      tauS: tau,
      value,
      freedom: confidence?.freedom ?? null,
    })),
    mtie: (stability?.mtie ?? []).map(({ tau, value }) => ({ tauS: tau, value, freedom: null })),
  };
}

function lastInterval(segment: KeptSeries['segments'][number]): number {
  return segment.intervalNsAt(Math.max(0, segment.timeNs.length - 1));
}

/** In the order of time. */
function finiteSizes(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let count = 0;
  for (const values of parts) {
    for (let row = 0; row < values.length; row += 1) {
      const size = Math.abs(values[row] as number);
      if (!Number.isFinite(size)) continue;
      all[count] = size;
      count += 1;
    }
  }
  return all.subarray(0, count);
}

function leastSamples(quantity: Quantity): number {
  const p = PERCENTILES[quantity];
  if (p !== undefined) return samplesNeeded(p);
  return quantity === 'max' ? 1 : LEAST_BLOCK_SAMPLES;
}

function figureOf(quantity: Quantity, ascending: Float64Array): number | null {
  const count = ascending.length;
  if (count < leastSamples(quantity)) return null;
  const p = PERCENTILES[quantity];
  if (p !== undefined) return ascending[nearestRank(p, count) - 1] ?? null;
  if (quantity === 'max') return ascending[count - 1] ?? null;
  let squares = 0;
  for (const size of ascending) squares += size * size;
  return Math.sqrt(squares / count);
}

function blocksOf(sizes: Float64Array, quantity: Quantity): number[] {
  const count = Math.min(MOST_BLOCKS, Math.floor(sizes.length / Math.max(LEAST_BLOCK_SAMPLES, leastSamples(quantity))));
  if (count < LEAST_VALUES) return [];
  return Array.from({ length: count }, (_, block) => {
    const from = Math.floor((block * sizes.length) / count);
    const to = Math.floor(((block + 1) * sizes.length) / count);
    return figureOf(quantity, sortFinite(sizes.subarray(from, to))) ?? 0;
  });
}
