/** When a run goes from one state to the next, and how it ends (pure). */
import type { InstanceRecord, RunOutcome } from '../runs/run.ts';
import type { FleetView, RunStep, Step } from './fleet-view.ts';

function isHealthy(instance: InstanceRecord): boolean {
  return instance.failure === null;
}

/** It measures, has finished, or was given up: nothing to wait for any more. */
function isDecided(instance: InstanceRecord): boolean {
  return !isHealthy(instance) || instance.state === 'measuring' || instance.state === 'finished';
}

function summariseFailures(instances: readonly InstanceRecord[]): string {
  const counts = new Map<string, number>();
  for (const { failure } of instances) {
    if (failure !== null) counts.set(failure.kind, (counts.get(failure.kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} x ${kind}`).join(', ');
}

function terminate(stopReason?: string): RunStep {
  return { kind: 'set_run_state', state: 'terminating', ...(stopReason === undefined ? {} : { stopReason }) };
}

function leaveLaunching({ run, instances, now }: FleetView): RunStep[] {
  if (!instances.every(isDecided)) return [];
  if (!instances.some(isHealthy)) return [terminate(`no instance could be measured (${summariseFailures(instances)})`)];
  const soak = { startedAt: now, endsAt: now + run.spec.durationS * 1000 };
  return [{ kind: 'set_run_state', state: 'soaking', soak }];
}

function leaveSoaking({ run, instances, now }: FleetView): RunStep[] {
  if (!instances.some(isHealthy)) return [terminate(`every instance failed (${summariseFailures(instances)})`)];
  return now >= (run.soakEndsAt ?? now) ? [{ kind: 'set_run_state', state: 'finishing' }] : [];
}

function leaveFinishing({ run, instances, memory, now }: FleetView): Step[] {
  const unfinished = instances.filter((instance) => isHealthy(instance) && instance.state !== 'finished');
  if (unfinished.length === 0) return [terminate()];
  const { finishS } = run.spec.timeouts;
  if (now - memory.runStateSince <= finishS * 1000) return [];
  const failure = {
    kind: 'finish_timeout',
    message: `the agent had not delivered everything ${finishS} s after the end of the soak`,
  };
  return [
    ...unfinished.map(({ index, state }): Step => ({ kind: 'fail', index, from: state, failure, withConsole: false })),
    terminate(),
  ];
}

function outcomeOf({ run, instances }: FleetView): RunOutcome {
  return run.stopReason === null && instances.some(isHealthy) ? 'completed' : 'could_not_complete';
}

/** What may still cost money, in words for people. */
function listLeftBehind({ instances, observed }: FleetView): readonly string[] {
  if (observed === 'unknown') {
    const ids = instances
      .filter(({ state }) => state !== 'terminated')
      .map((it) => it.instanceId ?? `index ${it.index}`);
    return ids.length === 0 ? ['nothing known, but EC2 could not be asked'] : ids;
  }
  const living = observed.filter(({ state }) => state !== 'terminated');
  const unseen = instances.filter(
    (it) => it.state !== 'terminated' && !living.some((seen) => seen.instanceId === it.instanceId),
  );
  return [
    ...living.map((seen) => `${seen.instanceId} (${seen.state})`),
    ...unseen.map((it) => `${it.instanceId ?? `index ${it.index}`} (not shown by EC2)`),
  ];
}

function leaveTerminating(view: FleetView): RunStep[] {
  const { run, instances, observed, memory, now } = view;
  const allRecorded = instances.every(({ state }) => state === 'terminated');
  const allObserved = observed !== 'unknown' && observed.every(({ state }) => state === 'terminated');
  if (allRecorded && allObserved) return [{ kind: 'end_run', outcome: outcomeOf(view), stopReason: run.stopReason }];
  const { terminateS } = run.spec.timeouts;
  if (now - memory.runStateSince <= terminateS * 1000) return [];
  const left = `not verified as terminated after ${terminateS} s: ${listLeftBehind(view).join(', ')}`;
  const stopReason = run.stopReason === null ? left : `${run.stopReason}; ${left}`;
  return [{ kind: 'end_run', outcome: 'left_behind', stopReason }];
}

/** The step that the run as a whole takes now, if any. */
export function nextRunSteps(view: FleetView): Step[] {
  const { state, stopReason } = view.run;
  if (state === 'ended') return [];
  if (state === 'terminating') return leaveTerminating(view);
  if (stopReason !== null) return [terminate()];
  if (state === 'created') return [{ kind: 'set_run_state', state: 'launching' }];
  if (state === 'launching') return leaveLaunching(view);
  return state === 'soaking' ? leaveSoaking(view) : leaveFinishing(view);
}
