/** How often EC2 is asked about a run (pure): every second only while something moves, once a minute while nothing should. */
import type { InstanceRecord, Run } from '../../runs/run.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import { isKeepFailed, isSettled } from '../decide/fleet-memory.ts';
import type { AgentContact, FleetMemory, FleetPolicy, GroupsObservation } from '../decide/fleet-view.ts';
import { keepDecisionOf } from '../decide/keep-selection.ts';
import { hasOwnGroups } from '../decide/next-resource-steps.ts';

export interface CadenceInput {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  readonly agents: ReadonlyMap<string, AgentContact>;
  /** Null: this process has not decided anything for the run yet. */
  readonly memory: FleetMemory | null;
  readonly policy: FleetPolicy;
  readonly now: number;
}

const AT_REST: ReadonlySet<string> = new Set(['measuring', 'finished', 'kept', 'terminated']);

/** The run waits for its soak to end, or for its operator to say what is kept. */
function isWaiting(run: Run): boolean {
  if (run.state === 'soaking') return true;
  return run.state === 'keeping' && run.stopReason === null && keepDecisionOf(run) === null;
}

/** Nothing is on its way, and every agent that should speak does: an end that AWS brings about shows as silence first. */
export function isCalm({ run, instances, agents }: Pick<CadenceInput, 'run' | 'instances' | 'agents'>): boolean {
  if (!isWaiting(run) || run.pause != null) return false;
  return instances.every(({ state, instanceId }) => {
    if (!AT_REST.has(state)) return false;
    return state === 'terminated' || state === 'kept' || agents.get(instanceId ?? '')?.connected === true;
  });
}

/** When an instance, or the run as a whole, last went from one state to another. */
function lastMoveAt({ run, instances, memory, now }: CadenceInput): number {
  if (memory === null || memory.runState !== run.state) return now;
  const ofInstances = instances.flatMap(({ reachedAt }) => Object.values(reachedAt));
  return ofInstances.reduce((last, at) => Math.max(last, at), memory.runStateSince);
}

/** Keeping changes what EC2 shows at each step without a move of its own. */
function isBeingKept(instance: InstanceRecord): boolean {
  return instance.state === 'keeping' && !isKeepFailed(instance);
}

/** How long after the last look at its instances the next one is due, ms. */
export function observeEveryMs(input: CadenceInput): number {
  const { run, instances, policy, now } = input;
  if (run.pause != null) return policy.observeStillEveryMs;
  if (isCalm(input)) return policy.observeCalmEveryMs;
  const moves = instances.some(isBeingKept) || now - lastMoveAt(input) <= policy.stillAfterMs;
  return moves ? policy.observeEveryMs : policy.observeStillEveryMs;
}

/**
 * Whether what is done now is decided by the groups as they are: they are made, or nothing is in them any more. A view of
 * them from before does not do then.
 */
export function groupsMustBeSeen(
  { state }: Pick<Run, 'state'>,
  instances: readonly InstanceRecord[],
  preparation: RunPreparation | null,
): boolean {
  if (!hasOwnGroups(preparation)) return false;
  return state === 'created' || (state === 'terminating' && instances.every(isSettled));
}

/** Otherwise once is enough: which groups the run has, for its sign of life and for what is kept, changes no more. */
export function areGroupsAsked(mustBeSeen: boolean, known: GroupsObservation): boolean {
  return mustBeSeen || known === 'unknown';
}
