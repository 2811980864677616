/** The view with its observation indexed, so that a fleet of thousands is decided in one pass (pure). */
import type { InstanceRecord } from '../../runs/run.ts';
import { agentTimeoutS, launchTimeoutS } from '../../runs/run-bound.ts';
import type { ObservedInstance } from '../ec2.ts';
import type { FleetView } from './fleet-view.ts';

export interface IndexedView extends FleetView {
  readonly seenById: ReadonlyMap<string, ObservedInstance>;
  /** The living one of an index, if any, otherwise one that ended. */
  readonly seenByIndex: ReadonlyMap<number, ObservedInstance>;
}

export function indexView(view: FleetView): IndexedView {
  const observed = view.observed === 'unknown' ? [] : view.observed;
  const seenByIndex = new Map<number, ObservedInstance>();
  for (const seen of observed) {
    const known = seen.index === null ? undefined : seenByIndex.get(seen.index);
    const isBetter = known === undefined || (known.state === 'terminated' && seen.state !== 'terminated');
    if (seen.index !== null && isBetter) seenByIndex.set(seen.index, seen);
  }
  return { ...view, seenById: new Map(observed.map((seen) => [seen.instanceId, seen])), seenByIndex };
}

/** What EC2 shows for a record: by id once it has one, otherwise by its index. */
export function seenFor(view: IndexedView, { instanceId, index }: InstanceRecord): ObservedInstance | null {
  return (instanceId === null ? view.seenByIndex.get(index) : view.seenById.get(instanceId)) ?? null;
}

/** EC2 has not shown it for so long that it is not there. */
export function isAbsent(view: FleetView, instance: InstanceRecord): boolean {
  const since = view.memory.absentSince.get(instance.index);
  return view.observed !== 'unknown' && since !== undefined && view.now - since > view.policy.absentMs;
}

function sinceReached(view: FleetView, instance: InstanceRecord, state: 'launching' | 'running' | 'enrolled'): number {
  // A controller that was away must first give the others the chance to show where they are.
  const reached = instance.reachedAt[state] ?? view.now;
  return view.now - Math.max(reached, view.memory.startedAt);
}

export function launchTimedOut(view: FleetView, instance: InstanceRecord): boolean {
  const timeoutS = launchTimeoutS(view.run.spec, instance.instanceType);
  return instance.reachedAt.launching !== undefined && sinceReached(view, instance, 'launching') > timeoutS * 1000;
}

export function agentTimedOut(view: FleetView, instance: InstanceRecord): boolean {
  const running = instance.reachedAt.running === undefined ? 'enrolled' : 'running';
  return sinceReached(view, instance, running) > agentTimeoutS(view.run.spec, instance.instanceType) * 1000;
}

/** What the status checks say of an instance, when that is not plain "ok"; empty otherwise. */
export function healthEvidence(view: FleetView, instance: InstanceRecord): readonly string[] {
  const health = view.health.get(instance.instanceId ?? '');
  if (health === undefined || (health.systemStatus === 'ok' && health.instanceStatus === 'ok')) return [];
  return [`EC2 status checks: system ${health.systemStatus}, instance ${health.instanceStatus}`];
}
