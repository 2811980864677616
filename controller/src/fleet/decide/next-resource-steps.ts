/** The security group and the placement group of a run (pure): made before the first launch, removed after the last instance. */
import type { Run } from '../../runs/run.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import type { PlacementGroupInfo, SecurityGroupInfo } from '../ec2.ts';
import { egressChanges } from '../prepare/egress-rules.ts';
import type { FleetView, GroupsSeen, ResourceTask, RunStep } from './fleet-view.ts';
import { isKept } from './next-keep-steps.ts';

/** Whether the run makes groups of its own. */
export function hasOwnGroups(preparation: RunPreparation | null): boolean {
  if (preparation === null) return false;
  return preparation.securityGroup.kind === 'temporary' || preparation.placement.kind === 'temporary_precision_group';
}

/** Not again before EC2 was asked what came of the last time. */
function isResourceDue({ memory, now, groupsSeenAt }: FleetView, task: ResourceTask): boolean {
  const tries = memory.resources.get(task);
  return tries === undefined || (tries.nextAt <= now && groupsSeenAt > tries.lastAt);
}

/** The step towards a usable group; null when it is there and recorded. `wait` when only time helps. */
type Progress = RunStep | 'wait' | null;

function record(run: Run, change: Partial<Run['resources']>): RunStep {
  const known = run.resources ?? { securityGroupId: null, placementGroup: null };
  return { kind: 'record_resources', resources: { ...known, ...change } };
}

function securityGroupProgress(view: FleetView, preparation: RunPreparation, groups: GroupsSeen): Progress {
  const wanted = preparation.securityGroup;
  if (wanted.kind === 'given') return null;
  const found = groups.securityGroups.find(({ name }) => name === wanted.name);
  const recorded = view.run.resources?.securityGroupId ?? null;
  // EC2 may not show yet what it has just made.
  if (found === undefined) return recorded === null ? { kind: 'make_security_group' } : 'wait';
  if (recorded !== found.groupId) return record(view.run, { securityGroupId: found.groupId });
  const { add, remove } = egressChanges(found.egress, wanted.egress);
  return add.length + remove.length === 0 ? null : { kind: 'set_egress', group: found };
}

function placementGroupProgress(view: FleetView, preparation: RunPreparation, groups: GroupsSeen): Progress {
  const wanted = preparation.placement;
  if (wanted.kind !== 'temporary_precision_group') return null;
  const found = groups.placementGroups.find(({ name }) => name === wanted.name);
  if (found === undefined) return { kind: 'make_placement_group' };
  if (found.state !== 'available') return 'wait';
  return view.run.resources?.placementGroup === found.name ? null : record(view.run, { placementGroup: found.name });
}

export interface ResourceState {
  readonly isReady: boolean;
  readonly steps: readonly RunStep[];
}

/** What is still to be made before the first launch. */
export function prepareResources(view: FleetView): ResourceState {
  const { preparation, groups } = view;
  if (preparation === null || !hasOwnGroups(preparation)) return { isReady: true, steps: [] };
  if (groups === 'unknown') return { isReady: false, steps: [] };
  const progress: readonly (readonly [ResourceTask, Progress])[] = [
    ['security_group', securityGroupProgress(view, preparation, groups)],
    ['placement_group', placementGroupProgress(view, preparation, groups)],
  ];
  const steps = progress.flatMap(([task, step]) =>
    step === null || step === 'wait' || !isResourceDue(view, task) ? [] : [step],
  );
  return { isReady: progress.every(([, step]) => step === null), steps };
}

/** Groups of the run that nothing stays in. */
export function unusedGroups(view: FleetView): {
  readonly securityGroups: readonly SecurityGroupInfo[];
  readonly placementGroups: readonly PlacementGroupInfo[];
} {
  const { groups, observed } = view;
  if (groups === 'unknown' || observed === 'unknown') return { securityGroups: [], placementGroups: [] };
  const living = observed.filter(({ state }) => state !== 'terminated');
  const usedIds = new Set(living.flatMap((instance) => instance.securityGroupIds));
  const usedNames = new Set(living.map((instance) => instance.placementGroup));
  return {
    securityGroups: groups.securityGroups.filter(({ groupId, tags }) => !usedIds.has(groupId) && !isKept(tags)),
    placementGroups: groups.placementGroups.filter(({ name, tags }) => !usedNames.has(name) && !isKept(tags)),
  };
}

/** Removes what the run made, once nothing is in it any more. */
export function removeResources(view: FleetView): RunStep[] {
  const { securityGroups, placementGroups } = unusedGroups(view);
  return [
    ...securityGroups
      .filter(() => isResourceDue(view, 'security_group'))
      .map(({ groupId }): RunStep => ({ kind: 'delete_security_group', groupId })),
    ...placementGroups
      .filter(({ state }) => state !== 'deleting' && state !== 'deleted' && isResourceDue(view, 'placement_group'))
      .map(({ name }): RunStep => ({ kind: 'delete_placement_group', name })),
  ];
}
