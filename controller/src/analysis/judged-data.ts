/** What criteria are judged from: the kept samples, the books and the start-up transient of one instance. */
import type { StreamName } from '@ptp-tester/measurement';
import type { MaskDefinition } from '../config/criteria.ts';
import type { ResolvedCriteria } from '../config/resolve-criteria.ts';
import type { SeriesAnalysis } from './analyse-series.ts';
import type { DerivedEvent } from './derive-events.ts';
import { type KeptSegment, type KeptSeries, keptColumn } from './kept-columns.ts';
import type { StabilityFigures } from './stability-figures.ts';
import { isJudged, type StartTransient } from './start-transient.ts';

/** What is judged without single samples. */
export interface JudgedBooks {
  readonly criteria: ResolvedCriteria;
  /** Streams that the plan asks for. */
  readonly planned: ReadonlySet<StreamName>;
  readonly plannedSoakNs: number;
  readonly simulated: boolean;
  readonly series: readonly JudgedSeries[];
  readonly transient: StartTransient;
  readonly clockEvents: readonly DerivedEvent[];
}

/** What criteria ask of the books of a series. */
export type JudgedSeries = Pick<
  SeriesAnalysis,
  'stream' | 'key' | 'firstAt' | 'lastAt' | 'account' | 'gaps' | 'figures' | 'problems'
>;

export interface JudgedData extends JudgedBooks {
  readonly kept: readonly KeptSeries[];
  readonly stability: readonly StabilityFigures[];
}

/** A place in time on the instance's system clock, ns UTC. */
export interface Place {
  readonly fromAt: bigint;
  readonly toAt: bigint;
}

export interface Interval {
  /** Probability with which the true value lies within, for independent samples. */
  readonly level: number;
  readonly low: number;
  readonly high: number;
}

/** What a measure found. */
export interface Evidence {
  readonly value: number;
  /** Where the limit follows from the data: a mask at the worst tau, a share of the ticks. */
  readonly limit?: number;
  readonly unit: 'ns' | 's' | 'count' | 'share' | 'ppb' | 'none';
  readonly key: string;
  readonly samples: number;
  readonly place: Place | null;
  readonly confidence: Interval | null;
  /** Before the limit: `phc: p99 of |offset_ns| is 912 ns`. */
  readonly text: string;
  /** Samples that break the limit, for shares. */
  readonly bad?: number;
  /** Why it cannot be decided although there is a value; for example fewer samples than the quantile needs. */
  readonly undecided?: string;
  /** A breach that no number shows, for example samples out of order. */
  readonly alsoWrong?: string;
}

/** Why there is no evidence: nobody asked for it, or nobody has it. */
export interface NoEvidence {
  readonly missing: 'not_applicable' | 'not_enough_data';
  readonly reason: string;
}

export type Found = Evidence | NoEvidence;

export function notApplicable(reason: string): NoEvidence {
  return { missing: 'not_applicable', reason };
}

export function notEnough(reason: string): NoEvidence {
  return { missing: 'not_enough_data', reason };
}

/** The kept series of a stream; a stream with keys has several. */
export function keptOf(data: JudgedData, stream: StreamName, key?: string): KeptSeries[] {
  return data.kept.filter(({ id }) => id.stream === stream && (key === undefined || id.key === key));
}

/** Why a stream cannot be judged at all, or null. */
export function streamProblem(data: JudgedBooks, stream: StreamName): NoEvidence | null {
  if (!data.planned.has(stream)) return notApplicable(`the plan does not measure ${stream}`);
  if (data.simulated && (stream === 'chrony' || stream === 'chrony_source')) {
    return notApplicable('the PHC is simulated, and chronyd does not follow it');
  }
  const stored = data.series.filter((one) => one.stream === stream).reduce((sum, one) => sum + one.account.stored, 0);
  return stored === 0 ? notEnough(`no ${stream} sample is stored`) : null;
}

/** Rows of a segment that the limits apply to. */
export interface JudgedRows {
  readonly segment: KeptSegment;
  readonly firstRow: number;
  readonly values: Float64Array;
}

/** Why no sample can be judged yet, or null. */
export function transientProblem({ transient, planned }: JudgedBooks): NoEvidence | null {
  const { judgedFrom, state } = transient;
  if (judgedFrom !== null || !planned.has('phc')) return null;
  return notEnough(state === 'no_data' ? 'no phc sample is stored' : 'the start-up transient had not ended');
}

/** The samples after the start-up transient; a reason where it had not ended. */
export function judgedRows(data: JudgedData, series: KeptSeries, column: string): readonly JudgedRows[] | NoEvidence {
  const problem = transientProblem(data);
  if (problem !== null) return problem;
  const { judgedFrom } = data.transient;
  return series.segments.flatMap((segment) => {
    const firstRow = judgedFrom === null ? 0 : isJudged(segment, judgedFrom).firstRow;
    const values = keptColumn(segment, column).subarray(firstRow);
    return values.length === 0 ? [] : [{ segment, firstRow, values }];
  });
}

export function isNoEvidence<T extends object>(found: T | NoEvidence): found is NoEvidence {
  return 'missing' in found && 'reason' in found;
}

/** Both ends at one sample. */
export function placeAt(at: bigint): Place {
  return { fromAt: at, toAt: at };
}

export function maskOf(data: JudgedData, name: string): MaskDefinition {
  const mask = data.criteria.masks.get(name);
  if (mask === undefined) throw new RangeError(`no mask is called ${name}`);
  return mask;
}

const Z95 = 1.959_963_984_540_054;
const LEVEL = 0.95;

/** Wilson's score interval of a share, 95 %. */
export function shareInterval(count: number, of: number): Interval | null {
  if (of <= 0) return null;
  const share = count / of;
  const z2 = Z95 * Z95;
  const centre = (share + z2 / (2 * of)) / (1 + z2 / of);
  const half = (Z95 / (1 + z2 / of)) * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of * of));
  return { level: LEVEL, low: count === 0 ? 0 : Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Ranks (from 0) between which the true quantile lies in 95 %, for independent samples. */
export function quantileRanks(p: number, count: number): { readonly low: number; readonly high: number } {
  const half = Z95 * Math.sqrt(count * p * (1 - p));
  const clamp = (rank: number) => Math.min(count - 1, Math.max(0, rank));
  return { low: clamp(Math.floor(p * count - half) - 1), high: clamp(Math.ceil(p * count + half) - 1) };
}
