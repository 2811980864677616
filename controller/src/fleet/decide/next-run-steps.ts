/** When a run goes from one state to the next, and how it ends (pure). */
import { fleetSpecOf } from '../../runs/fleet-spec.ts';
import type { InstanceRecord, Leftover, RunOutcome } from '../../runs/run.ts';
import { describeLeftovers } from '../remove/find-leftovers.ts';
import { isKeepFailed, isSettled } from './fleet-memory.ts';
import type { FleetView, RunStep, Step } from './fleet-view.ts';
import { isKeepable, keepDecisionOf } from './keep-selection.ts';
import { canaryState } from './next-launch-steps.ts';
import { prepareResources, removeResources, unusedGroups } from './next-resource-steps.ts';

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

/** The groups of the run are there, or cannot be made. */
function leaveCreated(view: FleetView): RunStep[] {
  const { run, memory, now } = view;
  const { isReady, steps } = prepareResources(view);
  if (isReady) return [{ kind: 'set_run_state', state: 'launching' }];
  const final = [...memory.resources.values()].find(({ trouble }) => trouble?.isFinal === true);
  if (final?.trouble != null) return [terminate(final.trouble.failure.message)];
  if (now - memory.runStateSince <= run.spec.timeouts.launchS * 1000) return [...steps];
  const last = [...memory.resources.values()].flatMap((tries) => tries.trouble?.failure.message ?? []);
  return [
    terminate(
      `the groups of the run were not there after ${run.spec.timeouts.launchS} s: ${last.join('; ') || 'EC2 does not show them'}`,
    ),
  ];
}

function leaveLaunching(view: FleetView): RunStep[] {
  const { run, instances, now } = view;
  const canary = canaryState(view);
  if (typeof canary === 'object') return [terminate(`the canary failed (${canary.kind}: ${canary.message})`)];
  if (!instances.every(isDecided)) return [];
  if (!instances.some(isHealthy)) return [terminate(`no instance could be measured (${summariseFailures(instances)})`)];
  const soak = { startedAt: now, endsAt: now + run.spec.durationS * 1000 };
  return [{ kind: 'set_run_state', state: 'soaking', soak }];
}

function leaveSoaking({ run, instances, now }: FleetView): RunStep[] {
  if (!instances.some(isHealthy)) return [terminate(`every instance failed (${summariseFailures(instances)})`)];
  return now >= (run.soakEndsAt ?? now) ? [{ kind: 'set_run_state', state: 'finishing' }] : [];
}

/** To the question of what to keep where there is something to keep, otherwise to the end. */
function afterFinishing({ run, instances }: FleetView): RunStep {
  const decision = keepDecisionOf(run);
  const isAsked = decision === null || decision === 'all' || decision.length > 0;
  return isAsked && instances.some(isKeepable) ? { kind: 'set_run_state', state: 'keeping' } : terminate();
}

function leaveFinishing(view: FleetView): Step[] {
  const { run, instances, memory, now } = view;
  const unfinished = instances.filter((instance) => isHealthy(instance) && instance.state !== 'finished');
  if (unfinished.length === 0) return [afterFinishing(view)];
  const { finishS } = run.spec.timeouts;
  if (now - memory.runStateSince <= finishS * 1000) return [];
  const failure = {
    kind: 'finish_timeout',
    message: `the agent had not delivered everything ${finishS} s after the end of the soak`,
  };
  const fail = { kind: 'fail', failure, evidence: [], withConsole: false } as const;
  return [...unfinished.map(({ index, state }): Step => ({ ...fail, index, from: state })), afterFinishing(view)];
}

function leaveKeeping(view: FleetView): RunStep[] {
  const { run, instances, now } = view;
  const isOpen = (one: InstanceRecord) =>
    isHealthy(one) &&
    ((one.state === 'finished' && isKeepable(one)) || (one.state === 'keeping' && !isKeepFailed(one)));
  if (!instances.some(isOpen)) return [terminate()];
  if (keepDecisionOf(run) !== null) return [];
  if (run.stopReason !== null) return [{ kind: 'decide_keep', indexes: [], why: `nothing is kept: ${run.stopReason}` }];
  if (run.keepAskedAt === null || run.keepAskedAt === undefined) return [{ kind: 'ask_keep' }];
  const { keepDecisionS } = fleetSpecOf(run.spec);
  if (now - run.keepAskedAt <= keepDecisionS * 1000) return [];
  return [
    { kind: 'decide_keep', indexes: [], why: `nobody said within ${keepDecisionS} s what to keep: nothing is kept` },
  ];
}

function outcomeOf({ run, instances }: FleetView, leftovers: readonly Leftover[]): RunOutcome {
  if (leftovers.length > 0) return 'left_behind';
  return run.stopReason === null && instances.some(isHealthy) ? 'completed' : 'could_not_complete';
}

function endRun(view: FleetView, leftovers: readonly Leftover[]): RunStep {
  const { stopReason } = view.run;
  const left = leftovers.length === 0 ? null : `left behind: ${describeLeftovers(leftovers)}`;
  const reasons = [stopReason, left].filter((reason) => reason !== null);
  return {
    kind: 'end_run',
    outcome: outcomeOf(view, leftovers),
    stopReason: reasons.length === 0 ? null : reasons.join('; '),
    leftovers,
  };
}

/** Every instance is where it shall be, and so are the groups: what the audit finds now was left behind. */
function isCleared(view: FleetView): boolean {
  const { observed, instances, groups } = view;
  if (observed === 'unknown' || groups === 'unknown' || !instances.every(isSettled)) return false;
  const staying = new Set(instances.filter(({ state }) => state !== 'terminated').map(({ instanceId }) => instanceId));
  const isGone = observed.every(({ state, instanceId }) => state === 'terminated' || staying.has(instanceId));
  const { securityGroups, placementGroups } = unusedGroups(view);
  return isGone && securityGroups.length + placementGroups.length === 0;
}

/** Instances first, then what they were in; then the audit has the last word. Time runs anew once the instances are gone. */
function leaveTerminating(view: FleetView): RunStep[] {
  const { run, memory, policy, now } = view;
  const { terminateS } = run.spec.timeouts;
  const since = Math.max(memory.runStateSince, memory.settledSince ?? 0);
  const isLate = now - since > terminateS * 1000;
  const removing = memory.settledSince === null ? [] : removeResources(view);
  const cleared = isCleared(view);
  if (!cleared && !isLate) return removing;
  const { audit } = memory;
  // A late audit must be newer than the deadline, so that what went meanwhile is not reported.
  const isFresh = audit !== null && (cleared || audit.at >= since + terminateS * 1000);
  if (isFresh && (audit.leftovers.length === 0 || isLate || (cleared && onlyKeepFailures(view, audit.leftovers)))) {
    return [endRun(view, audit.leftovers)];
  }
  const isDue = audit === null || now - audit.at > policy.auditAgainMs || !isFresh;
  return isDue ? [...removing, { kind: 'audit' }] : removing;
}

/** Nothing that time could still clear up: instances that could not be kept stay until somebody acts, and their groups with them. */
function onlyKeepFailures({ instances }: FleetView, leftovers: readonly Leftover[]): boolean {
  const ids = new Set(instances.filter(isKeepFailed).map(({ instanceId }) => instanceId));
  if (ids.size === 0) return false;
  return leftovers.every(({ kind, id }) => kind.endsWith('-group') || (kind === 'instance' && ids.has(id)));
}

/** The step that the run as a whole takes now, if any. */
export function nextRunSteps(view: FleetView): Step[] {
  const { state, stopReason } = view.run;
  if (state === 'ended') return [];
  if (state === 'terminating') return leaveTerminating(view);
  if (state === 'keeping') return leaveKeeping(view);
  if (stopReason !== null) return [terminate()];
  if (state === 'created') return leaveCreated(view);
  if (state === 'launching') return leaveLaunching(view);
  return state === 'soaking' ? leaveSoaking(view) : leaveFinishing(view);
}
