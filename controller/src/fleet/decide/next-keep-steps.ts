/**
 * Keeping (pure): who is kept, and the next step of the protocol for each.
 *
 *   finished --chosen--> keeping: check -> disarm -> set_stop -> retag -> verify --verified--> kept
 *
 * A step is done again until it is seen to have worked. What cannot be kept is left alone and reported.
 */
import { fleetSpecOf } from '../../runs/fleet-spec.ts';
import type { InstanceRecord, KeepStep } from '../../runs/run.ts';
import { type ObservedInstance, TAGS, type Tags } from '../ec2.ts';
import { isKeepFailed } from './fleet-memory.ts';
import type { FleetView, InstanceStep } from './fleet-view.ts';
import { type IndexedView, seenFor } from './indexed-view.ts';
import { isKeepable, keepDecisionOf } from './keep-selection.ts';

export function isKept(tags: Tags): boolean {
  return tags[TAGS.kept] === 'true';
}

/** Tags that an instance of ours has only while it is ours. */
export const TEMPORARY_TAGS = [TAGS.expiresAt, TAGS.temporary, TAGS.heartbeat] as const;

function isRetagged(tags: Tags): boolean {
  return isKept(tags) && TEMPORARY_TAGS.every((name) => tags[name] === undefined);
}

/** The instance and what stays with it: its disks and interfaces, and those of the run's own groups that it is in. */
function staysWith({ groups }: FleetView, seen: ObservedInstance): readonly string[] {
  const own = groups === 'unknown' ? { securityGroups: [], placementGroups: [] } : groups;
  return [
    seen.instanceId,
    ...seen.volumeIds,
    ...seen.networkInterfaceIds,
    ...own.securityGroups
      .filter(({ groupId }) => seen.securityGroupIds.includes(groupId))
      .map(({ groupId }) => groupId),
    ...own.placementGroups.filter(({ name }) => seen.placementGroup === name).map(({ groupId }) => groupId),
  ];
}

/** Whether everything that this step waits for is there. */
function isReady(step: KeepStep, view: FleetView, seen: ObservedInstance): boolean {
  if (step === 'check') return true;
  // Which groups stay with it must be known before it is given its tags for good.
  if (step === 'retag') return view.groups !== 'unknown';
  const disarmed = view.agents.get(seen.instanceId)?.disarmed ?? false;
  if (step === 'verify') return disarmed && seen.state === 'running' && isRetagged(seen.tags);
  return disarmed;
}

const WAITED_FOR: Readonly<Record<KeepStep, string>> = {
  check: 'the dry runs of ModifyInstanceAttribute, CreateTags and DeleteTags',
  disarm: "the agent to confirm that lease and dead-man's switch are off",
  set_stop: 'ModifyInstanceAttribute to make shutting down mean stopping',
  retag: 'the tags to be changed',
  verify: 'EC2 to show the changed tags',
  done: 'nothing',
};

function keepTimeout(view: FleetView, instance: InstanceRecord, step: KeepStep): InstanceStep {
  const { keepS } = fleetSpecOf(view.run.spec);
  const trouble = view.memory.keeps.get(instance.index)?.trouble?.failure.message;
  const message = `not kept after ${keepS} s: waited for ${WAITED_FOR[step]}${trouble === undefined ? '' : ` (${trouble})`}`;
  return {
    kind: 'keep_failed',
    index: instance.index,
    from: instance.state,
    failure: { kind: 'keep_failed', message },
  };
}

function continueKeep(view: IndexedView, instance: InstanceRecord): InstanceStep[] {
  const { keep = null, index, state } = instance;
  if (keep === null || isKeepFailed(instance)) return [];
  const begunAt = Math.max(keep.since, view.memory.startedAt);
  if (view.now - begunAt > fleetSpecOf(view.run.spec).keepS * 1000) return [keepTimeout(view, instance, keep.step)];
  const seen = seenFor(view, instance);
  const isDue = (view.memory.keeps.get(index)?.nextAt ?? 0) <= view.now;
  if (seen === null || !isDue || !isReady(keep.step, view, seen)) return [];
  return [{ kind: 'keep', index, from: state, step: keep.step, resources: staysWith(view, seen) }];
}

/** What keeping asks of an instance that is up and has not failed; `retire` when it is not to be kept. */
export function pursueKeep(view: IndexedView, instance: InstanceRecord): InstanceStep[] | 'retire' {
  if (instance.state === 'keeping') return continueKeep(view, instance);
  if (view.run.state !== 'keeping') return [];
  if (!isKeepable(instance)) return 'retire';
  const decision = keepDecisionOf(view.run);
  if (decision === null) return [];
  if (decision !== 'all' && !decision.includes(instance.index)) return 'retire';
  return [{ kind: 'begin_keep', index: instance.index, from: instance.state }];
}
