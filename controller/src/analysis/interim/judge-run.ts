/** A run's quality so far: each instance brought up to date and judged, one after the other. */
import type { AxisVerdict, Quality } from '@ptp-tester/measurement';
import type { CriteriaConfig } from '../../config/criteria.ts';
import { parseCriteria, type ResolvedCriteria, resolveCriteria } from '../../config/resolve-criteria.ts';
import type { InstanceRecord, Run } from '../../runs/run.ts';
import type { FollowedEpoch, RecordFollower } from '../../store/follow-records.ts';
import { plannedSoakNs } from '../analyse-instance.ts';
import type { JudgedCriterion, QualityJudgement } from '../quality.ts';
import {
  countVerdicts,
  type DecidedCriteria,
  decidedCriteria,
  leastDecided,
  type OffsetSize,
  type VerdictCounts,
  verdictOf,
  worstQuality,
} from '../verdict.ts';
import { type FoldPlan, leftToReport, makeFoldPlan } from './fold-plan.ts';
import { followInstance, type SavedInstance } from './follow-instance.ts';
import { judgeFold } from './judge-fold.ts';

export interface InterimInstance {
  readonly instanceId: string;
  readonly quality: QualityJudgement;
  /** Criteria that break it; those that only warn are left out. */
  readonly failed: readonly Pick<JudgedCriterion, 'name' | 'key' | 'reason'>[];
}

export interface InterimJudgement {
  readonly quality: AxisVerdict<Quality>;
  readonly counts: VerdictCounts;
  readonly instances: readonly InterimInstance[];
  /** What the weakest of the passes rests on; null: none passes. */
  readonly passRestsOn: DecidedCriteria | null;
  /** Names of criteria that only the report decides. */
  readonly leftToReport: readonly string[];
}

export interface InterimInput {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  /** Other criteria than those that the run was started with; null or absent = those. */
  readonly criteria?: CriteriaConfig | null;
}

/** Where instances are between two judgements. */
export interface SavedInstances {
  load(instanceId: string): SavedInstance | null;
  keep(instanceId: string, saved: SavedInstance): void;
}

/** `reader` null: nothing has been stored yet. Throws `StoreError`, and `ConfigError` for criteria that no run can have. */
export function judgeRun(
  { run, instances, criteria }: InterimInput,
  { reader, saved }: { readonly reader: RecordFollower | null; readonly saved: SavedInstances },
): InterimJudgement {
  const config = parseCriteria(criteria ?? run.spec.criteria ?? {});
  const plans = plansOf(run, config);
  const epochs = Map.groupBy(reader?.epochs() ?? [], ({ instanceId }) => instanceId);
  const judged = instances.map((instance) => {
    const simulated = (instance.ptpStatus?.simulated ?? false) || run.spec.sources.phc?.mode === 'simulated';
    const request = { plans, instance, simulated, epochs: epochs.get(instance.instanceId ?? '') ?? [] };
    return { instance, simulated, quality: judgeInstance(request, { reader, saved }) };
  });
  const verdicts = judged.map(({ instance, simulated, quality }) => {
    const { instanceType, typeIndex } = instance;
    const criteria = decidedCriteria(quality.criteria);
    const verdict = verdictOf(instance, quality);
    return { instanceType, typeIndex, simulated, availabilityZone: null, verdict, criteria, offset: offsetOf(quality) };
  });
  return {
    quality: worstQuality(verdicts),
    counts: countVerdicts(verdicts),
    passRestsOn: leastDecided(
      verdicts.filter(({ verdict }) => verdict.quality.value === 'pass').map(({ criteria: decided }) => decided),
    ),
    leftToReport: leftToReport(resolveCriteria(config)),
    instances: judged.flatMap(({ instance: { instanceId }, quality }) =>
      instanceId === null ? [] : [interimOf(instanceId, quality)],
    ),
  };
}

/** What instances have in common, made once for all of them. */
interface Plans {
  readonly sources: Run['spec']['sources'];
  readonly plannedSoakNs: number;
  plan(simulated: boolean): FoldPlan;
  criteria(maxClockErrorPpm: number | null): ResolvedCriteria;
}

function plansOf(run: Run, config: CriteriaConfig): Plans {
  const { sources } = run.spec;
  const soakNs = plannedSoakNs(run);
  const plans = new Map<boolean, FoldPlan>();
  const resolved = new Map<number | null, ResolvedCriteria>();
  return {
    sources,
    plannedSoakNs: soakNs,
    plan(simulated) {
      const known = plans.get(simulated);
      const plan = known ?? makeFoldPlan({ criteria: config, sources, simulated, plannedSoakNs: soakNs });
      plans.set(simulated, plan);
      return plan;
    },
    criteria(maxClockErrorPpm) {
      const known = resolved.get(maxClockErrorPpm);
      const criteria = known ?? resolveCriteria(config, { maxClockErrorPpm });
      resolved.set(maxClockErrorPpm, criteria);
      return criteria;
    },
  };
}

interface InstanceRequest {
  readonly plans: Plans;
  readonly instance: InstanceRecord;
  readonly simulated: boolean;
  readonly epochs: readonly FollowedEpoch[];
}

const NO_RECORDS: Pick<RecordFollower, 'records' | 'nacks'> = { records: () => [].values(), nacks: () => [] };

function judgeInstance(
  { plans, instance, simulated, epochs }: InstanceRequest,
  { reader, saved }: { readonly reader: RecordFollower | null; readonly saved: SavedInstances },
): QualityJudgement {
  const { instanceId } = instance;
  const { sources, plannedSoakNs: soakNs } = plans;
  const plan = plans.plan(simulated);
  const following = { reader: reader ?? NO_RECORDS, instanceId: instanceId ?? '', plan, epochs };
  const followed = followInstance(following, instanceId === null ? null : saved.load(instanceId));
  if (followed.saved !== null && instanceId !== null) saved.keep(instanceId, followed.saved);
  const criteria = plans.criteria(followed.fold.maxClockErrorPpm);
  return judgeFold(followed.fold, { criteria, sources, simulated, plannedSoakNs: soakNs });
}

/** As far as a criterion on it knows. */
function offsetOf({ criteria }: QualityJudgement): OffsetSize | null {
  const largest = criteria.find(
    ({ kind, stream, column }) => kind === 'max_abs' && stream === 'phc' && column === 'offset_ns',
  );
  return typeof largest?.value === 'number' ? { p99: null, maxAbs: largest.value } : null;
}

function interimOf(instanceId: string, quality: QualityJudgement): InterimInstance {
  const failed = quality.criteria
    .filter(({ status, consequence }) => status === 'fail' && consequence === 'fail')
    .map(({ name, key, reason: why }) => ({ name, key, reason: why }));
  return { instanceId, quality, failed };
}
