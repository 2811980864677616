/** Measures of one column after the start-up transient: the largest value, a percentile, the share of a code. */
import { isPublishable, nearestRank, samplesNeeded } from '@ptp-tester/clockstats';
import { STREAMS, type StreamDeclaration, type StreamName } from '@ptp-tester/measurement';
import type { SeriesId } from '../store/sample-store.ts';
import {
  type Evidence,
  type Found,
  isNoEvidence,
  type JudgedData,
  type JudgedRows,
  judgedRows,
  keptOf,
  notEnough,
  type Place,
  placeAt,
  quantileRanks,
  shareInterval,
  streamProblem,
} from './judged-data.ts';
import type { KeptSeries } from './kept-columns.ts';

export interface ColumnMeasure {
  readonly stream: StreamName;
  readonly column: string;
  readonly key?: string | undefined;
}

/** Fewer say nothing. */
const LEAST_SAMPLES = 10;
/** A bound that is absent more often than this leaves "every sample" open. */
const MOST_MISSING_SHARE = 1e-3;

/** One finding for each series of the stream; a reason where there is none. */
function perSeries(
  data: JudgedData,
  { stream, key, column }: ColumnMeasure,
  measure: (series: KeptSeries, rows: readonly JudgedRows[]) => Found,
): Found[] {
  const problem = streamProblem(data, stream);
  if (problem !== null) return [problem];
  return keptOf(data, stream, key).map((series) => {
    const rows = judgedRows(data, series, column);
    return isNoEvidence(rows) ? rows : measure(series, rows);
  });
}

/** The largest of the judged samples. */
export interface LargestTally {
  readonly value: number;
  /** Null: no sample has a value. */
  readonly at: bigint | null;
  readonly samples: number;
  /** Samples without a value. */
  readonly missing: number;
}

export function measureMaxAbs(data: JudgedData, wanted: ColumnMeasure): Found[] {
  return perSeries(data, wanted, ({ id }, rows) => {
    const parts = rows.map(largestOf);
    const samples = parts.reduce((sum, part) => sum + part.samples, 0);
    const missing = parts.reduce((sum, part) => sum + part.missing, 0);
    if (samples < LEAST_SAMPLES) return tooFew(id, samples);
    const worst = parts.reduce((best, part) => (part.value > best.value ? part : best));
    return foundMaxAbs(wanted, id, { value: worst.value, at: worst.at, samples, missing });
  });
}

export function foundMaxAbs(wanted: ColumnMeasure, id: Named, tally: LargestTally): Found {
  const { value, at, samples, missing } = tally;
  if (samples < LEAST_SAMPLES) return tooFew(id, samples);
  const gone = missing > (samples + missing) * MOST_MISSING_SHARE;
  return {
    value,
    unit: unitOf(wanted),
    key: id.key,
    samples,
    place: at === null ? null : placeAt(at),
    confidence: null,
    text: `${nameOf(id)}: the largest |${wanted.column}| of ${samples} samples is`,
    ...(gone ? { undecided: `${missing} of ${samples + missing} samples have no ${wanted.column}` } : {}),
  };
}

function largestOf({ segment, firstRow, values }: JudgedRows) {
  let value = Number.NEGATIVE_INFINITY;
  let worst = -1;
  let missing = 0;
  for (let row = 0; row < values.length; row += 1) {
    const size = Math.abs(values[row] as number);
    if (!Number.isFinite(size)) missing += 1;
    if (!(size > value)) continue;
    value = size;
    worst = row;
  }
  return { value, at: worst < 0 ? null : segment.atOf(firstRow + worst), samples: values.length - missing, missing };
}

/** A percentile and the values at the ends of its interval. */
export interface PercentileTally {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** From the first breach to the last; null where the limit holds. */
  readonly place: Place | null;
  /** How far the value may be off, in words; absent: it is exact. */
  readonly accuracy?: string;
}

export interface PercentileMeasure extends ColumnMeasure {
  readonly p: number;
  readonly limit: number;
}

export function measureAbsPercentile(data: JudgedData, wanted: PercentileMeasure): Found[] {
  const { p, limit } = wanted;
  return perSeries(data, wanted, (series, rows) => {
    const ascending = sortedSizes(series, wanted.column, rows);
    const count = ascending.length;
    if (!isPublishable(p, count)) return tooFewFor(p, series.id, count);
    const ranks = quantileRanks(p, count);
    const value = ascending[nearestRank(p, count) - 1] ?? 0;
    const place = value > limit ? placeOfBreaches(rows, (sample) => Math.abs(sample) > limit) : null;
    const interval = { low: ascending[ranks.low] ?? 0, high: ascending[ranks.high] ?? 0 };
    return foundAbsPercentile(wanted, series.id, { value, ...interval, count, place });
  });
}

export function tooFewFor(p: number, id: Named, count: number): Found {
  return notEnough(`${nameOf(id)}: ${percentText(p)} needs ${samplesNeeded(p)} samples, there are ${count}`);
}

export function foundAbsPercentile(wanted: PercentileMeasure, id: Named, tally: PercentileTally): Found {
  const { value, low, high, count, place, accuracy } = tally;
  const about = accuracy === undefined ? '' : `, ${accuracy},`;
  return {
    value,
    unit: unitOf(wanted),
    key: id.key,
    samples: count,
    place,
    confidence: { level: 0.95, low, high },
    text: `${nameOf(id)}: ${percentText(wanted.p)} of |${wanted.column}| of ${count} samples is${about}`,
  };
}

function percentText(p: number): string {
  return `p${Math.round(p * 1e6) / 1e4}`;
}

/** How many samples have another code than the wanted one. */
export interface CodeTally {
  readonly samples: number;
  readonly bad: number;
  /** From the first of them to the last. */
  readonly place: Place | null;
}

export interface CodeMeasure extends ColumnMeasure {
  readonly code: string;
}

export function measureCodeShare(data: JudgedData, wanted: CodeMeasure): Found[] {
  const code = codeOf(wanted);
  return perSeries(data, wanted, ({ id }, rows): Found => {
    const samples = rows.reduce((sum, { values }) => sum + values.length, 0);
    const bad = rows.reduce((sum, { values }) => sum + values.filter((value) => value !== code).length, 0);
    const place = bad === 0 ? null : placeOfBreaches(rows, (value) => value !== code);
    return foundCodeShare(wanted, id, { samples, bad, place });
  });
}

/** The number of the wanted code. */
export function codeOf({ stream, column, code }: CodeMeasure): number {
  const declaration: StreamDeclaration = STREAMS[stream];
  return (declaration.columns.find(({ name }) => name === column)?.labels ?? []).indexOf(code);
}

export function foundCodeShare(wanted: CodeMeasure, id: Named, { samples, bad, place }: CodeTally): Found {
  if (samples < LEAST_SAMPLES) return tooFew(id, samples);
  return {
    value: (samples - bad) / samples,
    unit: 'share',
    key: id.key,
    samples,
    bad,
    place,
    confidence: shareInterval(samples - bad, samples),
    text: `${nameOf(id)}: ${wanted.column} is ${wanted.code} in ${samples - bad} of ${samples} samples,`,
  };
}

const sorted = new WeakMap<KeptSeries, Map<string, Float64Array>>();

/** Sorted once for all percentiles of a column: the judged rows of a series are the same for all of them. */
function sortedSizes(series: KeptSeries, column: string, rows: readonly JudgedRows[]): Float64Array {
  const ofSeries = sorted.get(series) ?? new Map<string, Float64Array>();
  sorted.set(series, ofSeries);
  const sizes = ofSeries.get(column) ?? ascendingAbs(rows);
  ofSeries.set(column, sizes);
  return sizes;
}

function ascendingAbs(rows: readonly JudgedRows[]): Float64Array {
  const all = new Float64Array(rows.reduce((sum, { values }) => sum + values.length, 0));
  let length = 0;
  for (const { values } of rows) {
    for (let row = 0; row < values.length; row += 1) {
      const size = Math.abs(values[row] as number);
      if (!Number.isFinite(size)) continue;
      all[length] = size;
      length += 1;
    }
  }
  return all.subarray(0, length).sort();
}

/** From the first breach to the last. */
function placeOfBreaches(rows: readonly JudgedRows[], breaks: (value: number) => boolean): Place | null {
  let fromAt: bigint | null = null;
  let toAt: bigint | null = null;
  for (const { segment, firstRow, values } of rows) {
    const first = values.findIndex(breaks);
    if (first < 0) continue;
    fromAt ??= segment.atOf(firstRow + first);
    toAt = segment.atOf(firstRow + values.findLastIndex(breaks));
  }
  return fromAt === null || toAt === null ? null : { fromAt, toAt };
}

function tooFew(id: Named, samples: number): Found {
  return notEnough(`${nameOf(id)}: only ${samples} samples, at least ${LEAST_SAMPLES} are needed`);
}

/** Which series. */
export type Named = Pick<SeriesId, 'stream' | 'key'>;

export function nameOf({ stream, key }: Named): string {
  return key === '' ? stream : `${stream} ${key}`;
}

function unitOf({ stream, column }: ColumnMeasure): Evidence['unit'] {
  const declaration: StreamDeclaration = STREAMS[stream];
  const unit = declaration.columns.find(({ name }) => name === column)?.unit;
  return unit === 'ns' || unit === 's' || unit === 'count' || unit === 'ppb' ? unit : 'none';
}
