/**
 * The heart of the fleet (pure): from what the run wants, what is recorded and what EC2 shows, the steps to do now.
 * It remembers nothing and may be asked again at any time; a step that was done is not asked for again.
 *
 *   planned -> launching -> running -> [ingest: enrolled -> measuring -> finished] -> terminating -> terminated
 *
 * `launching` without an id means: a launch was sent and nobody knows what became of it. It is sent again with the same
 * ClientToken, or found by its tag; it is given up only when its instance had time enough to appear.
 */
import type { InstanceRecord } from '../runs/run.ts';
import type { ObservedInstance } from './ec2.ts';
import type { FleetView, InstanceStep, RunStep, Step } from './fleet-view.ts';
import { nextRunSteps } from './next-run-steps.ts';

const ENDED_OR_ENDING: ReadonlySet<string> = new Set(['shutting-down', 'terminated', 'stopping', 'stopped']);

/** The view with its observation indexed, so that a fleet of thousands is decided in one pass. */
interface IndexedView extends FleetView {
  readonly seenById: ReadonlyMap<string, ObservedInstance>;
  /** The living one of an index, if any, otherwise one that ended. */
  readonly seenByIndex: ReadonlyMap<number, ObservedInstance>;
}

function indexView(view: FleetView): IndexedView {
  const observed = view.observed === 'unknown' ? [] : view.observed;
  const seenByIndex = new Map<number, ObservedInstance>();
  for (const seen of observed) {
    const known = seen.index === null ? undefined : seenByIndex.get(seen.index);
    const isBetter = known === undefined || (known.state === 'terminated' && seen.state !== 'terminated');
    if (seen.index !== null && isBetter) seenByIndex.set(seen.index, seen);
  }
  return { ...view, seenById: new Map(observed.map((seen) => [seen.instanceId, seen])), seenByIndex };
}

function sinceReached(view: FleetView, instance: InstanceRecord, state: 'launching' | 'running' | 'enrolled'): number {
  // A controller that was away must first give the others the chance to show where they are.
  const reached = instance.reachedAt[state] ?? view.now;
  return view.now - Math.max(reached, view.memory.startedAt);
}

/** What EC2 shows for a record: by id once it has one, otherwise by its index. */
function seenFor(view: IndexedView, { instanceId, index }: InstanceRecord): ObservedInstance | null {
  return (instanceId === null ? view.seenByIndex.get(index) : view.seenById.get(instanceId)) ?? null;
}

function isAbsent(view: FleetView, instance: InstanceRecord): boolean {
  const since = view.memory.absentSince.get(instance.index);
  return view.observed !== 'unknown' && since !== undefined && view.now - since > view.policy.absentMs;
}

function launchTimedOut(view: FleetView, instance: InstanceRecord): boolean {
  const { launchS } = view.run.spec.timeouts;
  return instance.reachedAt.launching !== undefined && sinceReached(view, instance, 'launching') > launchS * 1000;
}

function failLaunch(view: FleetView, instance: InstanceRecord): InstanceStep {
  const { launchS } = view.run.spec.timeouts;
  const trouble = view.memory.launches.get(instance.index)?.trouble ?? null;
  const failure = {
    kind: trouble?.kind ?? 'launch_timeout',
    message: `not running ${launchS} s after the first launch${trouble === null ? '' : `: ${trouble.message}`}`,
  };
  return { kind: 'fail', index: instance.index, from: instance.state, failure, withConsole: false };
}

function failLost(instance: InstanceRecord, seen: ObservedInstance | null): InstanceStep {
  const reason = seen?.stateReason ?? null;
  const state =
    seen === null ? 'is no longer shown by EC2' : `is ${seen.state}${reason === null ? '' : ` (${reason})`}`;
  const message = `the instance ended before the run did: ${instance.instanceId ?? 'it'} ${state}`;
  const withConsole = instance.reachedAt.enrolled === undefined && seen !== null;
  return { kind: 'fail', index: instance.index, from: instance.state, failure: { kind: 'lost', message }, withConsole };
}

function isLaunchDue(view: FleetView, instance: InstanceRecord): boolean {
  return (view.memory.launches.get(instance.index)?.nextAt ?? 0) <= view.now;
}

/** planned, or launching without an id. */
function pursueLaunch(view: FleetView, instance: InstanceRecord): InstanceStep[] {
  if (launchTimedOut(view, instance)) return [failLaunch(view, instance)];
  if (view.run.state !== 'launching' || !isLaunchDue(view, instance)) return [];
  return [{ kind: 'launch', index: instance.index, from: instance.state }];
}

function watchForAgent(view: FleetView, instance: InstanceRecord): InstanceStep[] {
  const { agentS } = view.run.spec.timeouts;
  const running = instance.reachedAt.running === undefined ? 'enrolled' : 'running';
  if (sinceReached(view, instance, running) <= agentS * 1000) return [];
  const heard = instance.state === 'enrolled' ? 'enrolled but stored no sample' : 'did not appear';
  const failure = { kind: 'agent_timeout', message: `the agent ${heard} within ${agentS} s after the instance ran` };
  const withConsole = instance.state === 'running';
  return [{ kind: 'fail', index: instance.index, from: instance.state, failure, withConsole }];
}

/** An instance that has an id and is wanted. */
function pursueInstance(view: IndexedView, instance: InstanceRecord): InstanceStep[] {
  const seen = seenFor(view, instance);
  const lost = seen === null ? isAbsent(view, instance) : ENDED_OR_ENDING.has(seen.state);
  if (lost && instance.state !== 'finished') return [failLost(instance, seen)];
  if (instance.state === 'launching') {
    if (seen?.state === 'running') return [{ kind: 'mark_running', index: instance.index, from: instance.state }];
    return launchTimedOut(view, instance) ? [failLaunch(view, instance)] : [];
  }
  return instance.state === 'running' || instance.state === 'enrolled' ? watchForAgent(view, instance) : [];
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

function stepsForInstance(view: IndexedView, instance: InstanceRecord): Step[] {
  if (instance.state === 'terminated') return [];
  if (instance.instanceId === null) {
    const seen = seenFor(view, instance);
    if (seen !== null) {
      return [{ kind: 'adopt', index: instance.index, from: instance.state, instanceId: seen.instanceId }];
    }
  }
  if (instance.failure !== null || view.run.state === 'terminating') return retireInstance(view, instance);
  return instance.instanceId === null ? pursueLaunch(view, instance) : pursueInstance(view, instance);
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
      !wanted.has(seen.instanceId) &&
      !(seen.index !== null && open.has(seen.index)) &&
      isTerminateDue(view, seen.instanceId),
  );
  return strays.length === 0 ? [] : [{ kind: 'terminate', instanceIds: strays.map((seen) => seen.instanceId) }];
}

/** One call for all, and no more launches in one round than the policy allows. */
function bundle(steps: readonly Step[], launchesPerRound: number): Step[] {
  const ids = steps.flatMap((step) => (step.kind === 'terminate' ? step.instanceIds : []));
  const launches = steps.filter((step) => step.kind === 'launch').slice(0, launchesPerRound);
  const others = steps.filter((step) => step.kind !== 'terminate' && step.kind !== 'launch');
  const terminate: Step[] = ids.length === 0 ? [] : [{ kind: 'terminate', instanceIds: [...new Set(ids)] }];
  return [...launches, ...others, ...terminate];
}

/** What to do now. In order; each step may be lost with the process and is then found again. */
export function nextSteps(view: FleetView): Step[] {
  if (view.run.state === 'ended') return [];
  const indexed = indexView(view);
  const forInstances = view.instances.flatMap((instance) => stepsForInstance(indexed, instance));
  return [...bundle([...forInstances, ...terminateStrays(view)], view.policy.launchesPerRound), ...nextRunSteps(view)];
}
