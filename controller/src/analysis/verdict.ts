/** The verdict on three axes, for an instance, a type and the run. Counts beside the worst: no mean that hides an instance. */

import type { AxisVerdict, Capability, Quality, Setup, Verdict } from '@ptp-tester/measurement';
import { instanceName } from '../runs/instance-name.ts';
import type { InstanceRecord } from '../runs/run.ts';

/**
 * - `supported`: a PHC was found and read, and nothing went wrong with setting it up
 * - `unsupported`: positive evidence that there is none
 * - `setup_failed`: there is one, but it could not be put to use
 * - `not_tested`: nobody knows
 */
export type Outcome = 'supported' | 'unsupported' | 'setup_failed' | 'not_tested';

export interface VerdictCounts {
  readonly total: number;
  readonly supported: number;
  readonly unsupported: number;
  readonly setupFailed: number;
  readonly notTested: number;
  readonly qualityPass: number;
  readonly qualityFail: number;
  readonly qualityNotEnoughData: number;
}

/** An instance as far as verdicts are concerned. */
export interface JudgedInstance {
  readonly instanceType: string;
  readonly typeIndex: number;
  readonly verdict: Verdict;
  readonly simulated: boolean;
  /** Null when the instance never reported. Within one account, names of zones stand for zone ids one to one. */
  readonly availabilityZone: string | null;
  readonly criteria: DecidedCriteria;
  /** Of system - PHC; null where nothing of it is stored. */
  readonly offset: OffsetSize | null;
}

/** How many criteria the word of an instance rests on. */
export interface DecidedCriteria {
  readonly decided: number;
  readonly total: number;
}

/** Of |offset|, ns. */
export interface OffsetSize {
  /** Null: too few samples. */
  readonly p99: number | null;
  readonly maxAbs: number;
}

export interface TypeVerdict {
  readonly instanceType: string;
  readonly counts: VerdictCounts;
  readonly worstQuality: AxisVerdict<Quality>;
  /** For the type as a whole; the reason says how many instances and zones it rests on. */
  readonly capability: AxisVerdict<Capability>;
  /** `c7i.large: 2/3 supported` and what else matters. */
  readonly sentence: string;
}

/** Capability and setup as the agent reported them; without a report the failure says why it was not tested. */
export function verdictOf(instance: InstanceRecord, quality: AxisVerdict<Quality>): Verdict {
  const { verdict, failure } = instance;
  const why = failure === null ? 'the agent never reported' : `${failure.kind}: ${failure.message}`;
  return {
    capability: verdict?.capability ?? { value: 'not_tested', reason: why },
    setup: verdict?.setup ?? { value: 'not_attempted', reason: why },
    quality: { value: quality.value, reason: quality.reason },
  };
}

const SETUP_USABLE: Readonly<Record<Setup, boolean>> = {
  locked: true,
  not_attempted: true,
  failed: false,
  rolled_back: false,
};

/** The one word for an instance that the seed report's `supported` counts. */
export function outcomeOf(verdict: Verdict): Outcome {
  if (verdict.capability.value !== 'supported') return verdict.capability.value;
  return SETUP_USABLE[verdict.setup.value] ? 'supported' : 'setup_failed';
}

export function countVerdicts(instances: readonly JudgedInstance[]): VerdictCounts {
  const outcomes = instances.map(({ verdict }) => outcomeOf(verdict));
  const qualities = instances.map(({ verdict }) => verdict.quality.value);
  return {
    total: instances.length,
    supported: count(outcomes, 'supported'),
    unsupported: count(outcomes, 'unsupported'),
    setupFailed: count(outcomes, 'setup_failed'),
    notTested: count(outcomes, 'not_tested'),
    qualityPass: count(qualities, 'pass'),
    qualityFail: count(qualities, 'fail'),
    qualityNotEnoughData: count(qualities, 'not_enough_data'),
  };
}

const FROM_WORST: readonly Quality[] = ['fail', 'not_enough_data', 'pass'];

/** The quality of the worst instance, named in the reason; among equal words the one with the largest offset. */
export function worstQuality(instances: readonly JudgedInstance[]): AxisVerdict<Quality> {
  for (const value of FROM_WORST) {
    const equal = instances.filter(({ verdict }) => verdict.quality.value === value);
    const by = equal.every(({ offset }) => offset === null || offset.p99 !== null) ? 'p99' : 'maxAbs';
    const size = ({ offset }: JudgedInstance) => offset?.[by] ?? -1;
    const [worst] = equal.toSorted((a, b) => size(b) - size(a) || (b.offset?.maxAbs ?? -1) - (a.offset?.maxAbs ?? -1));
    if (worst === undefined) continue;
    const why = worst.verdict.quality.reason;
    const isAll = value === 'pass' && equal.length === instances.length && equal.length > 1;
    if (!isAll || worst.offset === null) return { value, reason: `${instanceName(worst)}: ${why}` };
    const largest = by === 'p99' ? 'largest p99 of |offset|' : 'largest offset';
    return {
      value,
      reason: `all pass; ${largest} ${instanceName(worst)}, ${Number(size(worst).toPrecision(6))} ns: ${why}`,
    };
  }
  return { value: 'not_enough_data', reason: 'the run has no instance' };
}

/** Passed or failed; the others want data or do not apply. */
export function decidedCriteria(criteria: readonly { readonly status: string }[]): DecidedCriteria {
  const decided = criteria.filter(({ status }) => status === 'pass' || status === 'fail').length;
  return { decided, total: criteria.length };
}

/** One verdict for each instance type, in the order of first appearance. */
export function verdictsByType(instances: readonly JudgedInstance[]): TypeVerdict[] {
  const types = [...new Set(instances.map(({ instanceType }) => instanceType))];
  return types.map((instanceType) => {
    const ofType = instances.filter((instance) => instance.instanceType === instanceType);
    const counts = countVerdicts(ofType);
    const simulated = ofType.some((instance) => instance.simulated);
    return {
      instanceType,
      counts,
      worstQuality: worstQuality(ofType),
      capability: typeCapability(ofType),
      sentence: `${simulated ? 'SIMULATED ' : ''}${instanceType}: ${describeCounts(ofType)}`,
    };
  });
}

/** "Unsupported" of a type needs two instances in two zones: one instance may have landed on older hardware. */
function typeCapability(instances: readonly JudgedInstance[]): AxisVerdict<Capability> {
  const of = (value: Capability) => instances.filter(({ verdict }) => verdict.capability.value === value);
  const supported = of('supported');
  const unsupported = of('unsupported');
  const [first] = unsupported;
  if (supported.length > 0) {
    const others =
      unsupported.length > 0 ? `; ${unsupported.length} were not: ${first?.verdict.capability.reason}` : '';
    return { value: 'supported', reason: `a PHC was read on ${supported.length} of ${instances.length}${others}` };
  }
  if (first === undefined) {
    const reason = instances[0]?.verdict.capability.reason ?? 'no instance';
    return { value: 'not_tested', reason };
  }
  return { value: 'unsupported', reason: `${first.verdict.capability.reason}; ${basisOf(unsupported)}` };
}

function basisOf(unsupported: readonly JudgedInstance[]): string {
  const zones = new Set(unsupported.flatMap(({ availabilityZone }) => availabilityZone ?? []));
  const enough = 'two in two availability zones are needed to say it of the type';
  if (unsupported.length < 2) return `rests on one instance, ${enough}`;
  if (zones.size < 2) return `rests on ${unsupported.length} instances in one availability zone, ${enough}`;
  return `${unsupported.length} instances in ${zones.size} availability zones agree`;
}

/** `2/3 supported, 1 not tested; quality: 1 pass (10 of 19 criteria decided), 1 fail, 1 not enough data` */
export function describeCounts(instances: readonly JudgedInstance[]): string {
  const counts = countVerdicts(instances);
  const capability = [
    `${counts.supported}/${counts.total} supported`,
    ...some(counts.unsupported, 'unsupported'),
    ...some(counts.setupFailed, 'setup failed'),
    ...some(counts.notTested, 'not tested'),
  ];
  const passed = instances.filter(({ verdict }) => verdict.quality.value === 'pass');
  const quality = [
    ...some(counts.qualityPass, `pass${decidedText(passed.map(({ criteria }) => criteria))}`),
    ...some(counts.qualityFail, 'fail'),
    ...some(counts.qualityNotEnoughData, 'not enough data'),
  ];
  return `${capability.join(', ')}; quality: ${quality.join(', ') || 'no instance'}`;
}

/** Of the one that has decided the fewest; null: there is none. */
export function leastDecided(instances: readonly DecidedCriteria[]): DecidedCriteria | null {
  return instances.toSorted((a, b) => a.decided - b.decided)[0] ?? null;
}

/** ` (10 of 19 criteria decided)`: what a pass rests on, of several instances the least. Empty when all were decided. */
export function decidedText(instances: readonly DecidedCriteria[]): string {
  const least = leastDecided(instances);
  if (least === null || least.decided === least.total) return '';
  const differ = instances.some(({ decided }) => decided !== least.decided);
  return ` (${differ ? 'at least ' : ''}${least.decided} of ${least.total} criteria decided)`;
}

function some(number: number, word: string): string[] {
  return number > 0 ? [`${number} ${word}`] : [];
}

function count<T extends Outcome | Capability | Quality>(values: readonly T[], wanted: T): number {
  return values.filter((value) => value === wanted).length;
}
