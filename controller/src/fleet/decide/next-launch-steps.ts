/** Launching (pure): who may be launched now, who is given up, and what becomes of a launch whose outcome is unknown. */
import { hasCanary } from '../../runs/fleet-spec.ts';
import type { InstanceFailure, InstanceRecord } from '../../runs/run.ts';
import { launchTimeoutS } from '../../runs/run-bound.ts';
import type { FleetView, InstanceStep, LaunchTries } from './fleet-view.ts';
import { launchTimedOut } from './indexed-view.ts';
import { isOfPlace } from './launch-attempts.ts';

const MEASURED: ReadonlySet<string> = new Set(['measuring', 'finished', 'keeping', 'kept']);

/** Failures before there was an instance: they say nothing about agent, network or image. */
const NEVER_LAUNCHED: ReadonlySet<string> = new Set([
  'capacity',
  'quota',
  'unsupported_by_api',
  'throttling',
  'network',
]);

/** How the one that goes before the others fares; `none`: the run has no canary. */
export function canaryState({ run, instances }: FleetView): 'none' | 'waiting' | 'passed' | InstanceFailure {
  const canary = instances[0];
  if (canary === undefined || !hasCanary(run.spec)) return 'none';
  if (canary.failure !== null) return NEVER_LAUNCHED.has(canary.failure.kind) ? 'none' : canary.failure;
  return MEASURED.has(canary.state) ? 'passed' : 'waiting';
}

function isHeldBack(view: FleetView, instance: InstanceRecord): boolean {
  const canary = canaryState(view);
  return instance.index !== view.instances[0]?.index && canary !== 'none' && canary !== 'passed';
}

export function failLaunch(view: FleetView, instance: InstanceRecord): InstanceStep {
  const timeoutS = launchTimeoutS(view.run.spec, instance.instanceType);
  const trouble = view.memory.launches.get(instance.index)?.trouble?.failure ?? null;
  const failure = {
    kind: trouble?.kind ?? 'launch_timeout',
    message: `not running ${timeoutS} s after the first launch${trouble === null ? '' : `: ${trouble.message}`}`,
  };
  return { kind: 'fail', index: instance.index, from: instance.state, failure, evidence: [], withConsole: false };
}

/** The token was taken by another request, or the place has nothing: a lost answer had time enough to come to light. */
function canReplan(view: FleetView, instance: InstanceRecord, tries: LaunchTries | undefined): boolean {
  if (instance.state !== 'launching' || view.observed === 'unknown' || tries?.trouble == null) return false;
  const { call } = tries.trouble;
  const since = Math.max(tries.unknownAt ?? 0, view.memory.startedAt);
  return view.now - since > view.policy.settleMs && (isOfPlace(call) || call.kind === 'idempotency');
}

/** planned, or launching without an id. */
export function pursueLaunch(view: FleetView, instance: InstanceRecord): InstanceStep[] {
  const step = { index: instance.index, from: instance.state };
  const tries = view.memory.launches.get(instance.index);
  if (launchTimedOut(view, instance)) return [failLaunch(view, instance)];
  if (view.run.state !== 'launching' || (tries?.nextAt ?? 0) > view.now || isHeldBack(view, instance)) return [];
  if (canReplan(view, instance, tries)) return [{ kind: 'replan', ...step }];
  return [{ kind: 'launch', ...step }];
}
