/**
 * Quality of one instance against the criteria in force. Each criterion is decided or it is said why not; the verdict is `fail` when one whose
 * consequence is `fail` is broken, else `not_enough_data` when an essential one is undecided, else `pass`. Nothing passes for want of data.
 */
import { ClockstatsError } from '@ptp-tester/clockstats';
import type { AxisVerdict, Quality, StreamName } from '@ptp-tester/measurement';
import type { Measure } from '../config/criteria.ts';
import type { Comparison, Consequence, ResolvedCriterion } from '../config/resolve-criteria.ts';
import {
  type Evidence,
  type Found,
  type Interval,
  isNoEvidence,
  type JudgedBooks,
  type JudgedData,
  type NoEvidence,
  notEnough,
  type Place,
} from './judged-data.ts';
import { measureAbsPercentile, measureCodeShare, measureMaxAbs } from './measure-column.ts';
import { measureSteps, measureTimeToLock, measureWitness } from './measure-events.ts';
import {
  measureMissingShare,
  measureReadErrors,
  measureSoakShare,
  measureUnaccounted,
  percent,
} from './measure-series.ts';
import { measureAgainstMask, measureAtTau, measureFiltered } from './measure-stability.ts';

export type CriterionStatus = 'pass' | 'fail' | 'not_enough_data' | 'not_applicable';

/** One criterion as judged; of a stream with several series the worst. */
export interface JudgedCriterion {
  readonly name: string;
  readonly profile: string | null;
  /** For example that a telecom mask judges the servo only; '' when there is nothing to say. */
  readonly label: string;
  readonly kind: Measure['kind'];
  readonly stream: StreamName;
  readonly key: string;
  readonly column: string | null;
  readonly unit: Evidence['unit'];
  readonly value: number | null;
  /** Null only for a mask that no tau reached. */
  readonly limit: number | null;
  readonly comparison: Comparison;
  readonly status: CriterionStatus;
  readonly pass: boolean;
  readonly consequence: Consequence;
  readonly essential: boolean;
  /** Samples, ticks, readings or terms that the value rests on. */
  readonly samples: number;
  /** Where it was worst, or from the first breach to the last. */
  readonly place: Place | null;
  readonly confidence: Interval | null;
  /** False when the limit lies within the interval: another run might say otherwise. Null without an interval. */
  readonly clear: boolean | null;
  readonly reason: string;
}

export interface QualityJudgement extends AxisVerdict<Quality> {
  readonly criteria: readonly JudgedCriterion[];
}

/** A share needs this many expected breaches at the limit before its own value decides. */
const LEAST_BREACHES = 10;
/** With no breach among N the true share is below 3 / N, at 95 %. */
const RULE_OF_THREE = 3;

export function judgeQuality(data: JudgedData): QualityJudgement {
  return judgeFindings(data, (criterion) => findings(criterion, data));
}

/** The same from whatever finds the evidence of a criterion. */
export function judgeFindings(
  { criteria: { criteria: wanted }, simulated }: Pick<JudgedBooks, 'criteria' | 'simulated'>,
  find: (criterion: ResolvedCriterion) => readonly Found[],
): QualityJudgement {
  const criteria = wanted.map((criterion) => judgeCriterion(criterion, find(criterion)));
  const { value, reason } = overall(criteria);
  const marked = simulated ? `SIMULATED PHC, says nothing about hardware: ${reason}` : reason;
  return { value, reason: marked, criteria };
}

function overall(criteria: readonly JudgedCriterion[]): AxisVerdict<Quality> {
  const failed = criteria.filter(({ status, consequence }) => status === 'fail' && consequence === 'fail');
  if (failed.length > 0) return { value: 'fail', reason: failed.map(({ reason }) => reason).join('; ') };
  const open = criteria.filter(({ status }) => status === 'not_enough_data');
  const needed = open.filter(({ essential }) => essential);
  if (needed.length > 0) {
    return { value: 'not_enough_data', reason: [...new Set(needed.map(({ reason }) => reason))].join('; ') };
  }
  const held = criteria.filter(({ status }) => status === 'pass');
  if (!held.some(({ consequence }) => consequence === 'fail'))
    return { value: 'not_enough_data', reason: 'no criterion could be decided' };
  const broken = criteria.filter(({ status }) => status === 'fail');
  const warned = broken.filter(({ consequence }) => consequence === 'warn');
  return {
    value: 'pass',
    reason: [
      `${broken.length === 0 ? 'all' : `${held.length} of`} ${held.length + broken.length} criteria that could be decided hold`,
      ...(open.length > 0 ? [`not enough data for ${open.map(({ name }) => name).join(', ')}`] : []),
      ...warned.map(({ reason }) => `warning: ${reason}`),
    ].join('; '),
  };
}

/** The worst of the criterion's series. */
function judgeCriterion(criterion: ResolvedCriterion, found: readonly Found[]): JudgedCriterion {
  const judged = found.map((one) => judgeFinding(criterion, one));
  const order: readonly CriterionStatus[] = ['fail', 'not_enough_data', 'pass', 'not_applicable'];
  const worst = judged.toSorted(
    (a, b) => order.indexOf(a.status) - order.indexOf(b.status) || severity(b) - severity(a),
  );
  return worst[0] ?? judgeFinding(criterion, notEnough(`no ${streamOf(criterion.measure)} series is stored`));
}

function severity({ value, limit, comparison }: JudgedCriterion): number {
  if (value === null || limit === null) return 0;
  return comparison === 'at_least' ? limit - value : value - limit;
}

function findings({ measure, limit }: ResolvedCriterion, data: JudgedData): Found[] {
  try {
    return measured(measure, limit, data);
  } catch (error) {
    if (!(error instanceof ClockstatsError)) throw error;
    return [notEnough(`cannot be computed: ${error.message}`)];
  }
}

function measured(measure: Measure, limit: number, data: JudgedData): Found[] {
  switch (measure.kind) {
    case 'max_abs':
      return measureMaxAbs(data, measure);
    case 'abs_percentile':
      return measureAbsPercentile(data, { ...measure, limit });
    case 'mtie':
    case 'tdev':
      return measureAtTau(data, { ...measure, kind: measure.kind });
    case 'mtie_mask':
      return measureAgainstMask(data, { ...measure, kind: 'mtie' });
    case 'tdev_mask':
      return measureAgainstMask(data, { ...measure, kind: 'tdev' });
    case 'constant_te':
    case 'low_pass_max_abs':
    case 'low_pass_mtie':
    case 'low_pass_tdev':
    case 'high_pass_peak_to_peak':
      return measureFiltered(data, { ...measure, kind: measure.kind });
    case 'code_share':
      return measureCodeShare(data, measure);
    case 'witness_outside_share':
      return measureWitness(data);
    default:
      return measureBooks(measure, limit, data);
  }
}

/** What needs no single samples. */
type BooksMeasure = Extract<
  Measure,
  { kind: 'missing_share' | 'unaccounted_ticks' | 'soak_share' | 'read_error_share' | 'time_to_lock' | 'steps' }
>;

export function measureBooks(measure: BooksMeasure, limit: number, data: JudgedBooks): Found[] {
  switch (measure.kind) {
    case 'missing_share':
      return measureMissingShare(data, measure.stream);
    case 'unaccounted_ticks':
      return measureUnaccounted(data, { ...measure, limit });
    case 'soak_share':
      return measureSoakShare(data, { ...measure, limit });
    case 'read_error_share':
      return measureReadErrors(data);
    case 'time_to_lock':
      return measureTimeToLock(data);
    case 'steps':
      return measureSteps(data);
  }
}

function judgeFinding(criterion: ResolvedCriterion, found: Found): JudgedCriterion {
  const { name, profile, label, measure, comparison, consequence, essential } = criterion;
  const base = {
    name,
    profile,
    label,
    kind: measure.kind,
    stream: streamOf(measure),
    column: 'column' in measure ? measure.column : null,
    comparison,
    consequence,
    essential,
  };
  if (isNoEvidence(found)) return { ...base, ...noValue(criterion, found) };
  const limit = found.limit ?? criterion.limit;
  const status = statusOf(criterion, found, limit);
  const { value, key, unit, samples, place, confidence } = found;
  const undecided = status === 'not_enough_data' ? `; ${found.undecided ?? 'too few samples to decide'}` : '';
  const wrong = found.alsoWrong === undefined ? '' : `; ${found.alsoWrong}`;
  const wanted = `${WORDS[comparison]} ${quantity(limit, unit)} wanted`;
  return {
    ...base,
    key,
    unit,
    value,
    limit,
    status,
    pass: status === 'pass',
    samples,
    place,
    confidence,
    clear: confidence === null ? null : limit < confidence.low || limit > confidence.high,
    reason: `${found.text} ${quantity(value, unit)}, ${wanted}${undecided}${wrong}`,
  };
}

const WORDS: Readonly<Record<Comparison, string>> = { at_most: 'at most', at_least: 'at least', below: 'less than' };

function noValue({ limit }: ResolvedCriterion, { missing, reason }: NoEvidence) {
  return {
    key: '',
    unit: 'none' as const,
    value: null,
    limit: Number.isNaN(limit) ? null : limit,
    status: missing,
    pass: false,
    samples: 0,
    place: null,
    confidence: null,
    clear: null,
    reason,
  };
}

function statusOf(criterion: ResolvedCriterion, evidence: Evidence, limit: number): CriterionStatus {
  const isMet = meets(evidence.value, limit, criterion.comparison);
  if (evidence.alsoWrong !== undefined) return 'fail';
  if (evidence.undecided !== undefined && isMet) return 'not_enough_data';
  if (evidence.bad !== undefined && !isShareDecided(criterion, { ...evidence, bad: evidence.bad, limit, isMet })) {
    return 'not_enough_data';
  }
  if (criterion.minSamples !== null && evidence.samples < criterion.minSamples) return 'not_enough_data';
  return isMet ? 'pass' : 'fail';
}

function meets(value: number, limit: number, comparison: Comparison): boolean {
  if (comparison === 'at_least') return value >= limit;
  return comparison === 'below' ? value < limit : value <= limit;
}

/** Enough samples for ten breaches at the limit; or ten breaches already; or so many without one that the limit is kept at 95 %. */
function isShareDecided(
  { comparison, minSamples }: ResolvedCriterion,
  { samples, bad, limit, isMet }: { samples: number; bad: number; limit: number; isMet: boolean },
): boolean {
  if (minSamples !== null) return samples >= minSamples;
  const allowed = comparison === 'at_least' ? 1 - limit : limit;
  if (samples * allowed >= LEAST_BREACHES - 1e-9) return true;
  if (isMet) return bad === 0 && RULE_OF_THREE / samples <= allowed;
  return bad >= LEAST_BREACHES;
}

function streamOf(measure: Measure): StreamName {
  if ('stream' in measure) return measure.stream as StreamName;
  return measure.kind === 'witness_outside_share' ? 'chrony_source' : 'phc';
}

function quantity(value: number, unit: Evidence['unit']): string {
  if (unit === 'share') return percent(value);
  if (unit === 'none' || unit === 'count') return String(Number(value.toPrecision(6)));
  return `${Number(value.toPrecision(6))} ${unit}`;
}
