/** Measures of one column after the start-up transient: the largest value, a percentile, the share of a code. */
import { isPublishable, nearestRank, samplesNeeded } from '@ptp-tester/clockstats';
import { STREAMS, type StreamDeclaration, type StreamName } from '@ptp-tester/measurement';
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

export function measureMaxAbs(data: JudgedData, wanted: ColumnMeasure): Found[] {
  return perSeries(data, wanted, (series, rows) => {
    const parts = rows.map(largestOf);
    const samples = parts.reduce((sum, part) => sum + part.samples, 0);
    const missing = parts.reduce((sum, part) => sum + part.missing, 0);
    if (samples < LEAST_SAMPLES) return tooFew(series, samples);
    const worst = parts.reduce((best, part) => (part.value > best.value ? part : best));
    const gone = missing > (samples + missing) * MOST_MISSING_SHARE;
    return {
      value: worst.value,
      unit: unitOf(wanted),
      key: series.id.key,
      samples,
      place: worst.at === null ? null : placeAt(worst.at),
      confidence: null,
      text: `${nameOf(series)}: the largest |${wanted.column}| of ${samples} samples is`,
      ...(gone ? { undecided: `${missing} of ${samples + missing} samples have no ${wanted.column}` } : {}),
    };
  });
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

export function measureAbsPercentile(data: JudgedData, wanted: ColumnMeasure & { p: number; limit: number }): Found[] {
  const { p, limit } = wanted;
  return perSeries(data, wanted, (series, rows) => {
    const ascending = sortedSizes(series, wanted.column, rows);
    const count = ascending.length;
    const percent = `p${Math.round(p * 1e6) / 1e4}`;
    if (!isPublishable(p, count)) {
      return notEnough(`${nameOf(series)}: ${percent} needs ${samplesNeeded(p)} samples, there are ${count}`);
    }
    const ranks = quantileRanks(p, count);
    const value = ascending[nearestRank(p, count) - 1] ?? 0;
    return {
      value,
      unit: unitOf(wanted),
      key: series.id.key,
      samples: count,
      place: value > limit ? placeOfBreaches(rows, (sample) => Math.abs(sample) > limit) : null,
      confidence: { level: 0.95, low: ascending[ranks.low] ?? 0, high: ascending[ranks.high] ?? 0 },
      text: `${nameOf(series)}: ${percent} of |${wanted.column}| of ${count} samples is`,
    };
  });
}

export function measureCodeShare(data: JudgedData, wanted: ColumnMeasure & { code: string }): Found[] {
  const declaration: StreamDeclaration = STREAMS[wanted.stream];
  const labels = declaration.columns.find(({ name }) => name === wanted.column)?.labels ?? [];
  const code = labels.indexOf(wanted.code);
  return perSeries(data, wanted, (series, rows): Found => {
    const samples = rows.reduce((sum, { values }) => sum + values.length, 0);
    if (samples < LEAST_SAMPLES) return tooFew(series, samples);
    const bad = rows.reduce((sum, { values }) => sum + values.filter((value) => value !== code).length, 0);
    return {
      value: (samples - bad) / samples,
      unit: 'share',
      key: series.id.key,
      samples,
      bad,
      place: bad === 0 ? null : placeOfBreaches(rows, (value) => value !== code),
      confidence: shareInterval(samples - bad, samples),
      text: `${nameOf(series)}: ${wanted.column} is ${wanted.code} in ${samples - bad} of ${samples} samples,`,
    };
  });
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

function tooFew(series: KeptSeries, samples: number): Found {
  return notEnough(`${nameOf(series)}: only ${samples} samples, at least ${LEAST_SAMPLES} are needed`);
}

export function nameOf({ id }: Pick<KeptSeries, 'id'>): string {
  return id.key === '' ? id.stream : `${id.stream} ${id.key}`;
}

function unitOf({ stream, column }: ColumnMeasure): Evidence['unit'] {
  const declaration: StreamDeclaration = STREAMS[stream];
  const unit = declaration.columns.find(({ name }) => name === column)?.unit;
  return unit === 'ns' || unit === 's' || unit === 'count' || unit === 'ppb' ? unit : 'none';
}
