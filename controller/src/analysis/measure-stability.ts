/** Measures over tau: MTIE and TDEV at a tau or against a mask, and the filtered errors of G.8273.2. */
import {
  largestFactor,
  mtie,
  octaveFactors,
  type RegularSeries,
  type StabilityPoint,
  splitAt,
  tdev,
  toGrid,
} from '@ptp-tester/clockstats';
import type { StreamName } from '@ptp-tester/measurement';
import { maskLimit } from '../config/criteria-masks.ts';
import {
  type Evidence,
  type Found,
  isNoEvidence,
  type JudgedData,
  type JudgedRows,
  judgedRows,
  keptOf,
  maskOf,
  notEnough,
  type Place,
  placeAt,
  streamProblem,
} from './judged-data.ts';
import { firstRowFrom } from './kept-columns.ts';
import { largestMean } from './largest-mean.ts';
import { nameOf } from './measure-column.ts';
import type { StabilityFigures } from './stability-figures.ts';

interface Wanted {
  readonly stream: StreamName;
  readonly column: string;
}

type Curve = 'mtie' | 'tdev';

/** At the tau of the curve that is nearest, which the analysis computed for this criterion. */
export function measureAtTau(data: JudgedData, wanted: Wanted & { kind: Curve; tau_s: number }): Found[] {
  return perFigures(data, wanted, (figures) => {
    const m = Math.max(1, Math.round(wanted.tau_s / figures.tau0));
    const point = figures[wanted.kind].find((candidate) => candidate.m === m);
    if (point === undefined) return notEnough(`${textOf(figures)}: too short for ${wanted.kind} at ${wanted.tau_s} s`);
    return evidenceOf(figures, point, wanted);
  });
}

/** At the tau where the curve comes nearest to the mask, or exceeds it most. */
export function measureAgainstMask(data: JudgedData, wanted: Wanted & { kind: Curve; mask: string }): Found[] {
  const mask = maskOf(data, wanted.mask);
  return perFigures(data, wanted, (figures) => {
    let worst: { point: StabilityPoint; limit: number } | null = null;
    for (const point of figures[wanted.kind]) {
      const limit = maskLimit(mask, point.tau);
      if (limit === null) continue;
      if (worst === null || point.value * worst.limit > worst.point.value * limit) worst = { point, limit };
    }
    if (worst === null)
      return notEnough(`${textOf(figures)}: no tau of ${wanted.kind} lies in the mask ${wanted.mask}`);
    const { point, limit } = worst;
    return { ...evidenceOf(figures, point, wanted), limit };
  });
}

function perFigures(
  data: JudgedData,
  { stream, column }: Wanted,
  measure: (figures: StabilityFigures) => Found,
): Found[] {
  const problem = streamProblem(data, stream);
  if (problem !== null) return [problem];
  if (data.transient.judgedFrom === null && data.planned.has('phc')) {
    return [notEnough('the start-up transient had not ended')];
  }
  const found = data.stability.filter((figures) => figures.stream === stream && figures.column === column);
  return found.length === 0 ? [notEnough(`${stream}: too few samples for ${column} over tau`)] : found.map(measure);
}

function evidenceOf(
  figures: StabilityFigures,
  point: StabilityPoint,
  { kind, column }: Wanted & { kind: Curve },
): Evidence {
  const confidence = 'confidence' in point ? (point.confidence as Evidence['confidence']) : null;
  return {
    value: point.value,
    unit: 'ns',
    key: figures.key,
    samples: point.terms,
    place: 'place' in point ? (point.place as Place) : null,
    confidence: confidence === null ? null : { level: confidence.level, low: confidence.low, high: confidence.high },
    text: `${textOf(figures)}: ${kind.toUpperCase()} of ${column} at ${tidy(point.tau)} s (${point.terms} terms) is`,
  };
}

export type FilteredKind =
  | 'constant_te'
  | 'low_pass_max_abs'
  | 'low_pass_mtie'
  | 'low_pass_tdev'
  | 'high_pass_peak_to_peak';

/** The longest stretch of one boot is filtered; the class limits are for constant temperature and 1000 s. */
export function measureFiltered(data: JudgedData, wanted: Wanted & { kind: FilteredKind }): Found[] {
  const problem = streamProblem(data, wanted.stream);
  if (problem !== null) return [problem];
  return keptOf(data, wanted.stream).map((series) => {
    const rows = judgedRows(data, series, wanted.column);
    if (isNoEvidence(rows)) return rows;
    const longest = rows.toSorted((a, b) => b.values.length - a.values.length)[0];
    const found = longest === undefined ? null : filtered(longest, wanted.kind);
    if (found === null || longest === undefined)
      return notEnough(`${nameOf(series.id)}: shorter than 1000 s without a gap`);
    return {
      value: found.value,
      unit: 'ns',
      key: series.id.key,
      samples: longest.values.length,
      place: found.place,
      confidence: null,
      text: `${nameOf(series.id)}: ${wanted.kind.replaceAll('_', ' ')} of ${wanted.column} is`,
    };
  });
}

const LEAST_S = 1000;
/** Parts slow from fast in G.8273.2. */
const CORNER_HZ = 0.1;

interface FilteredValue {
  readonly value: number;
  readonly place: Place | null;
}

function filtered({ segment, firstRow, values }: JudgedRows, kind: FilteredKind): FilteredValue | null {
  const intervalNs = segment.intervalNsAt(firstRow);
  const timeNs = segment.timeNs.subarray(firstRow);
  const lengthNs = (timeNs.at(-1) ?? 0) - (timeNs[0] ?? 0) + intervalNs;
  if (intervalNs <= 0 || lengthNs < LEAST_S * 1e9) return null;
  const grid = toGrid({ timeNs, values }, intervalNs);
  const at = (tick: number) => {
    const row = firstRowFrom(timeNs, grid.originNs + (tick - 0.5) * intervalNs);
    return segment.atOf(firstRow + Math.min(row, timeNs.length - 1));
  };
  if (kind !== 'constant_te') return filteredValue(grid, kind, at);
  const mean = largestMean(grid);
  if (mean === null) return null;
  return { value: Math.abs(mean.mean), place: { fromAt: at(mean.start), toAt: at(mean.start + mean.ticks - 1) } };
}

function filteredValue(
  grid: RegularSeries,
  kind: Exclude<FilteredKind, 'constant_te'>,
  at: (tick: number) => bigint,
): FilteredValue | null {
  const { low: lowPass, high: highPass } = splitAt(CORNER_HZ, grid);
  const slow = { values: lowPass, tau0: grid.tau0 };
  const factors = (metric: Curve) =>
    octaveFactors(Math.min(largestFactor(metric, lowPass.length), LEAST_S / grid.tau0));
  switch (kind) {
    case 'low_pass_max_abs': {
      const tick = largestIndex(lowPass);
      return tick < 0 ? null : { value: Math.abs(lowPass[tick] ?? 0), place: placeAt(at(tick)) };
    }
    case 'high_pass_peak_to_peak': {
      const finite = highPass.filter(Number.isFinite);
      return finite.length === 0 ? null : { value: rangeOf(finite), place: null };
    }
    case 'low_pass_mtie':
      return largestPoint(mtie(slow, factors('mtie')).points);
    case 'low_pass_tdev':
      return largestPoint(tdev(slow, factors('tdev')).points);
  }
}

function largestPoint(points: readonly StabilityPoint[]): { value: number; place: null } | null {
  return points.length === 0
    ? null
    : { value: points.reduce((most, { value }) => Math.max(most, value), 0), place: null };
}

function largestIndex(values: Float64Array): number {
  let best = -1;
  for (let tick = 0; tick < values.length; tick += 1) {
    const size = Math.abs(values[tick] as number);
    if (size > (best < 0 ? -1 : Math.abs(values[best] as number))) best = tick;
  }
  return best;
}

function rangeOf(values: Float64Array): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low;
}

function textOf(figures: StabilityFigures): string {
  return nameOf(figures);
}

function tidy(value: number): string {
  return String(Number(value.toPrecision(6)));
}
