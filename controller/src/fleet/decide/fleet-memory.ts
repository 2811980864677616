/** What a process remembers of a run between two looks (pure). */
import type { InstanceRecord, Run } from '../../runs/run.ts';
import type { ObservedInstance } from '../ec2.ts';
import type { FleetMemory, FleetView } from './fleet-view.ts';

/** The memory at the start of a process, of a run, or after a pause. */
export function newFleetMemory(run: Run, now: number): FleetMemory {
  return {
    startedAt: now,
    runState: run.state,
    runStateSince: now,
    settledSince: null,
    absentSince: new Map(),
    launches: new Map(),
    terminateSentAt: new Map(),
    removalTroubles: new Map(),
    resources: new Map(),
    keeps: new Map(),
    diagnoses: new Map(),
    audit: null,
    heartbeatAt: now,
    told: new Set(),
  };
}

/** It is gone, it is kept, or it could not be kept and is left alone. */
export function isSettled({ state, keep = null }: InstanceRecord): boolean {
  return state === 'terminated' || state === 'kept' || isKeepFailed({ state, keep });
}

export function isKeepFailed({ state, keep = null }: Pick<InstanceRecord, 'state' | 'keep'>): boolean {
  return state === 'keeping' && keep !== null && keep.failure !== null;
}

type Seen = Pick<FleetView, 'run' | 'instances' | 'observed' | 'memory' | 'now'>;

/** What was remembered and what is seen now. */
export function remember(seen: Seen): FleetMemory {
  const { memory, run, instances, observed, now } = seen;
  const sameState = memory.runState === run.state;
  return {
    ...memory,
    runState: run.state,
    runStateSince: sameState ? memory.runStateSince : now,
    settledSince: instances.every(isSettled) ? (memory.settledSince ?? now) : null,
    absentSince: observed === 'unknown' ? memory.absentSince : rememberAbsent(seen, observed),
  };
}

function rememberAbsent(
  { memory, instances, now }: Seen,
  observed: readonly ObservedInstance[],
): ReadonlyMap<number, number> {
  const shown = new Set(observed.map((instance) => instance.instanceId));
  const absent = instances.filter(({ instanceId }) => instanceId !== null && !shown.has(instanceId));
  return new Map(absent.map(({ index }) => [index, memory.absentSince.get(index) ?? now]));
}
