/** Writes down that an instance has failed, with the verdict that follows: not tested, never "unsupported". */
import type { InstanceFailure, InstanceRecord, RunId } from '../../runs/run.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { isMachineFailure } from '../decide/explain-failure.ts';
import { verdictWithoutAgent } from '../decide/failure-verdict.ts';
import type { FleetLog } from '../fleet-log.ts';

interface GiveUpDependencies {
  readonly repository: Pick<RunRepository, 'updateInstance' | 'addEvent'>;
  readonly log: FleetLog;
  now(): number;
}

export interface Failed {
  readonly failure: InstanceFailure;
  readonly evidence: readonly string[];
}

/** A `planned` instance that fails was never launched: there is nothing to terminate. */
export function giveUp(instance: InstanceRecord, failed: Failed, { repository, log, now }: GiveUpDependencies): void {
  const { failure, evidence } = failed;
  const { run, index, instanceId } = instance;
  repository.updateInstance(run, index, {
    failure,
    evidence: [...(instance.evidence ?? []), ...evidence],
    verdict: instance.verdict ?? verdictWithoutAgent(failure),
    state: instance.state === 'planned' ? 'terminated' : 'terminating',
  });
  log.warn({ run, index, kind: failure.kind }, 'instance failed');
  if (!isMachineFailure(failure)) return;
  const detail = { index, kind: failure.kind, reason: failure.message };
  repository.addEvent({ run, instanceId, event: 'instance_lost', at: now(), detail });
}

/** The failure of an instance that was launched by no one we know of. */
export function neverPrepared(run: RunId): Failed {
  return { failure: { kind: 'other', message: `run ${run} was never prepared for this launch` }, evidence: [] };
}

/** The verdict with what the placement and the API say about an "unsupported" (docs: ENA PHC scope). */
export function verdictInScope(
  instance: InstanceRecord,
  preparation: RunPreparation | null,
): InstanceRecord['verdict'] {
  const { verdict, instanceType } = instance;
  const type = preparation?.types.find((one) => one.type === instanceType);
  if (verdict === null || type === undefined || verdict.capability.value !== 'unsupported') return verdict;
  const prior = type.phcSupport === 'supported' ? 'DescribeInstanceTypes says PhcSupport "supported"' : null;
  const notes = [type.scopeWarning, prior].filter((note) => note !== null && !verdict.capability.reason.includes(note));
  if (notes.length === 0) return verdict;
  const reason = `${verdict.capability.reason} (but ${notes.join('; ')})`;
  return { ...verdict, capability: { value: 'unsupported', reason } };
}
