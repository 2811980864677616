/**
 * The heart of the fleet (pure): from what the run wants, what is recorded and what EC2 shows, the steps to do now.
 * It remembers nothing and may be asked again at any time; a step that was done is not asked for again.
 * The moves of an instance are in `runs/instance-states.ts`.
 *
 * `launching` without an id means: a launch was sent and nobody knows what became of it. It is sent again with the same
 * ClientToken, or found by its tag; it is given up only when its instance had time enough to appear.
 */
import type { InstanceRecord } from '../../runs/run.ts';
import { agentTimeoutS } from '../../runs/run-bound.ts';
import type { ObservedInstance } from '../ec2.ts';
import { explainEnd } from './explain-failure.ts';
import type { FleetView, InstanceStep, RunStep, Step } from './fleet-view.ts';
import {
  agentTimedOut,
  healthEvidence,
  type IndexedView,
  indexView,
  isAbsent,
  launchTimedOut,
  seenFor,
} from './indexed-view.ts';
import { diagnoseFailedSetup, nextDiagnosis } from './next-diagnosis.ts';
import { isKept, pursueKeep } from './next-keep-steps.ts';
import { failLaunch, pursueLaunch } from './next-launch-steps.ts';
import { nextRunSteps } from './next-run-steps.ts';
import { nextUpkeepSteps, watchContact } from './next-upkeep-steps.ts';

const ENDED_OR_ENDING: ReadonlySet<string> = new Set(['shutting-down', 'terminated', 'stopping', 'stopped']);

function failEnded(view: FleetView, instance: InstanceRecord, seen: ObservedInstance | null): InstanceStep {
  return {
    kind: 'fail',
    index: instance.index,
    from: instance.state,
    failure: explainEnd(instance, seen),
    evidence: [
      ...(seen?.stateReason == null ? [] : [`state reason: ${seen.stateReason}`]),
      ...healthEvidence(view, instance),
    ],
    withConsole: instance.reachedAt.enrolled === undefined && seen !== null,
  };
}

function watchForAgent(view: FleetView, instance: InstanceRecord): InstanceStep[] {
  if (!agentTimedOut(view, instance)) return [];
  const diagnosis = nextDiagnosis(view, instance);
  if (diagnosis !== null) return [diagnosis];
  const timeoutS = agentTimeoutS(view.run.spec, instance.instanceType);
  const heard = instance.state === 'enrolled' ? 'enrolled but stored no sample' : 'did not appear';
  const failure = { kind: 'agent_timeout', message: `the agent ${heard} within ${timeoutS} s after the instance ran` };
  const evidence = healthEvidence(view, instance);
  const withConsole = instance.state === 'running';
  return [{ kind: 'fail', index: instance.index, from: instance.state, failure, evidence, withConsole }];
}

/** An instance that has an id and is wanted. */
function pursueInstance(view: IndexedView, instance: InstanceRecord): InstanceStep[] {
  const seen = seenFor(view, instance);
  const ended = seen === null ? isAbsent(view, instance) : ENDED_OR_ENDING.has(seen.state);
  // One that has delivered may go: unless it was to be kept, nothing is lost by it.
  const isNeeded = instance.state !== 'finished' || view.run.state === 'keeping';
  if (ended && isNeeded) return [failEnded(view, instance, seen)];
  switch (instance.state) {
    case 'launching':
      if (seen?.state === 'running') return [{ kind: 'mark_running', index: instance.index, from: instance.state }];
      return launchTimedOut(view, instance) ? [failLaunch(view, instance)] : [];
    case 'running':
    case 'enrolled':
      return watchForAgent(view, instance);
    case 'measuring':
      return [...diagnoseFailedSetup(view, instance), ...watchContact(view, instance)];
    default:
      return [];
  }
}

function isTerminateDue(view: FleetView, instanceId: string): boolean {
  const sentAt = view.memory.terminateSentAt.get(instanceId);
  return sentAt === undefined || view.now - sentAt > view.policy.terminateAgainMs;
}

/** Whether a launch whose outcome is unknown can still bring an instance to light. */
function mayStillAppear(view: FleetView, instance: InstanceRecord): boolean {
  const lastAt = view.memory.launches.get(instance.index)?.lastAt ?? view.memory.startedAt;
  return view.observed === 'unknown' || view.now - lastAt <= view.policy.settleMs;
}

/** An instance that is no longer wanted, on its way to `terminated`. */
function retireInstance(view: IndexedView, instance: InstanceRecord): Step[] {
  const marked = { index: instance.index, from: instance.state };
  if (instance.state === 'planned') return [{ kind: 'mark_terminated', ...marked }];
  if (instance.state !== 'terminating') return [{ kind: 'mark_terminating', ...marked }];
  if (instance.instanceId === null) {
    return mayStillAppear(view, instance) ? [] : [{ kind: 'mark_terminated', ...marked }];
  }
  const seen = seenFor(view, instance);
  if (seen?.state === 'terminated' || isAbsent(view, instance)) return [{ kind: 'mark_terminated', ...marked }];
  if (seen?.state === 'shutting-down' || !isTerminateDue(view, instance.instanceId)) return [];
  return [{ kind: 'terminate', instanceIds: [instance.instanceId] }];
}

/** What was chosen to be kept goes on even when the run ends around it. */
function isRetired(view: FleetView, instance: InstanceRecord): boolean {
  if (instance.failure !== null || instance.state === 'terminating') return true;
  return view.run.state === 'terminating' && instance.state !== 'keeping';
}

function stepsForInstance(view: IndexedView, instance: InstanceRecord): Step[] {
  if (instance.state === 'terminated' || instance.state === 'kept') return [];
  const seen = instance.instanceId === null ? seenFor(view, instance) : null;
  if (seen !== null)
    return [{ kind: 'adopt', index: instance.index, from: instance.state, instanceId: seen.instanceId }];
  if (isRetired(view, instance)) return retireInstance(view, instance);
  if (instance.instanceId === null) return pursueLaunch(view, instance);
  const steps = pursueInstance(view, instance);
  if (steps.length > 0) return steps;
  const keeping = pursueKeep(view, instance);
  return keeping === 'retire' ? retireInstance(view, instance) : keeping;
}

/** Living instances with the run's tags that no record wants: a second one for an index, or one of a record that ended. */
function terminateStrays(view: FleetView): RunStep[] {
  if (view.observed === 'unknown') return [];
  const wanted = new Set(view.instances.filter(({ state }) => state !== 'terminated').map((it) => it.instanceId));
  const open = new Set(
    view.instances.filter((it) => it.instanceId === null && it.state !== 'terminated').map((it) => it.index),
  );
  const strays = view.observed.filter(
    (seen) =>
      seen.state !== 'terminated' &&
      seen.state !== 'shutting-down' &&
      !isKept(seen.tags) &&
      !wanted.has(seen.instanceId) &&
      !(seen.index !== null && open.has(seen.index)) &&
      isTerminateDue(view, seen.instanceId),
  );
  return strays.length === 0 ? [] : [{ kind: 'terminate', instanceIds: strays.map((seen) => seen.instanceId) }];
}

/** One call for all, and no more launches (or keeping) in one round than the policy allows. */
function bundle(steps: readonly Step[], launchesPerRound: number): Step[] {
  const ids = steps.flatMap((step) => (step.kind === 'terminate' ? step.instanceIds : []));
  const isCostly = ({ kind }: Step) => kind === 'launch' || kind === 'keep';
  const launches = steps.filter(isCostly).slice(0, launchesPerRound);
  const others = steps.filter((step) => step.kind !== 'terminate' && !isCostly(step));
  const terminate: Step[] = ids.length === 0 ? [] : [{ kind: 'terminate', instanceIds: [...new Set(ids)] }];
  return [...launches, ...others, ...terminate];
}

/**
 * What to do now. In order; each step may be lost with the process and is then found again. A paused run only goes from
 * soaking to finishing: that needs no AWS, and agents must learn when they are done.
 */
export function nextSteps(view: FleetView): Step[] {
  const { run } = view;
  if (run.state === 'ended') return [];
  if (run.pause !== null && run.pause !== undefined) return run.state === 'soaking' ? nextRunSteps(view) : [];
  const indexed = indexView(view);
  const forInstances = view.instances.flatMap((instance) => stepsForInstance(indexed, instance));
  const steps = [...forInstances, ...terminateStrays(view), ...nextUpkeepSteps(view)];
  return [...bundle(steps, view.policy.launchesPerRound), ...nextRunSteps(view)];
}
