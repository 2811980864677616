/** The leak audit (pure): what carries the run's tag and is not meant to stay, each with the command that removes it. */
import type { InstanceRecord, Leftover, RunId, RunSpec } from '../../runs/run.ts';
import { isKeepFailed } from '../decide/fleet-memory.ts';
import type { GroupsObservation, Observation } from '../decide/fleet-view.ts';
import { isKept } from '../decide/next-keep-steps.ts';
import type { ObservedInstance, TaggedResource } from '../ec2.ts';

export interface LeftoverFacts {
  readonly run: { readonly id: RunId; readonly spec: Pick<RunSpec, 'region'> };
  readonly instances: readonly InstanceRecord[];
  readonly observed: Observation;
  readonly groups: GroupsObservation;
  /** Everything with the run's tag; null when that could not be asked. */
  readonly tagged: readonly TaggedResource[] | null;
  /** Why removing a resource failed, by its id. */
  readonly troubles: ReadonlyMap<string, string>;
}

const COMMANDS: Readonly<Record<Exclude<Leftover['kind'], 'unknown'>, string>> = {
  instance: 'terminate-instances --instance-ids',
  volume: 'delete-volume --volume-id',
  'network-interface': 'delete-network-interface --network-interface-id',
  'security-group': 'delete-security-group --group-id',
  'placement-group': 'delete-placement-group --group-name',
};

function isKnownKind(type: string): type is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, type);
}

/** The command of the AWS command line that removes it; empty for what has none of ours. */
export function removalCommand(region: string, type: string, id: string): string {
  return isKnownKind(type) ? `aws ec2 ${COMMANDS[type]} ${id} --region ${region}` : '';
}

function leftover(region: string, what: { kind: Leftover['kind']; id: string; reason: string }): Leftover {
  return { ...what, command: removalCommand(region, what.kind, what.id) };
}

function livingInstances(
  { run, instances, troubles }: LeftoverFacts,
  observed: readonly ObservedInstance[],
): Leftover[] {
  const records = new Map(instances.map((instance) => [instance.instanceId, instance]));
  return observed
    .filter(({ instanceId, state }) => state !== 'terminated' && records.get(instanceId)?.state !== 'kept')
    .map((seen) => {
      const record = records.get(seen.instanceId);
      const failure = record !== undefined && isKeepFailed(record) ? record.keep?.failure : null;
      const why = failure?.message ?? troubles.get(seen.instanceId) ?? `it is ${seen.state}`;
      const reason =
        failure == null ? `${seen.state}: ${why}` : `to be kept, but ${why}; finish it by hand, or remove it`;
      return leftover(run.spec.region, { kind: 'instance', id: seen.instanceId, reason });
    });
}

/** What was launched and is not seen to have ended, when EC2 does not show it or cannot be asked. */
function unseenInstances({ run, instances, observed }: LeftoverFacts): Leftover[] {
  const shown = new Set(observed === 'unknown' ? [] : observed.map(({ instanceId }) => instanceId));
  return instances
    .filter(
      ({ state, instanceId }) =>
        state !== 'terminated' && state !== 'planned' && state !== 'kept' && !shown.has(instanceId ?? ''),
    )
    .map(({ instanceId, index, state }) => {
      const reason =
        observed === 'unknown' ? `${state} when EC2 could last be asked` : `${state}, and not shown by EC2`;
      if (instanceId !== null) return leftover(run.spec.region, { kind: 'instance', id: instanceId, reason });
      const command = `aws ec2 describe-instances --region ${run.spec.region} --filters Name=tag:ptp-tester:run,Values=${run.id}`;
      return {
        kind: 'unknown',
        id: `instance ${index}`,
        reason: `its launch has an unknown outcome (${reason})`,
        command,
      };
    });
}

/** Ids of everything that belongs to an instance that still lives: it goes, or stays, with it. */
function attachedTo(observed: readonly ObservedInstance[]): ReadonlySet<string> {
  const living = observed.filter(({ state }) => state !== 'terminated');
  return new Set(
    living.flatMap((one) => [one.instanceId, ...one.volumeIds, ...one.networkInterfaceIds, ...one.securityGroupIds]),
  );
}

function ownGroups(
  { run, groups, instances, troubles }: LeftoverFacts,
  observed: readonly ObservedInstance[],
): Leftover[] {
  if (groups === 'unknown') return [];
  const keptIds = new Set(instances.filter(({ state }) => state === 'kept').map(({ instanceId }) => instanceId));
  const kept = observed.filter(({ instanceId, state }) => keptIds.has(instanceId) && state !== 'terminated');
  const keptGroups = new Set(kept.flatMap((one) => one.securityGroupIds));
  const keptNames = new Set(kept.map((one) => one.placementGroup));
  const reasonOf = (id: string) => troubles.get(id) ?? 'it could not be deleted yet: something was still in it';
  const { region } = run.spec;
  return [
    ...groups.securityGroups
      .filter(({ groupId, tags }) => !keptGroups.has(groupId) && !isKept(tags))
      .map(({ groupId }) => leftover(region, { kind: 'security-group', id: groupId, reason: reasonOf(groupId) })),
    ...groups.placementGroups
      .filter(({ name, tags, state }) => !keptNames.has(name) && !isKept(tags) && state !== 'deleted')
      .map(({ name }) => leftover(region, { kind: 'placement-group', id: name, reason: reasonOf(name) })),
  ];
}

/** Volumes, interfaces and whatever else carries the tag without an instance. Instances and groups are looked at themselves. */
function loose({ run, tagged, groups }: LeftoverFacts, observed: readonly ObservedInstance[]): Leftover[] {
  const attached = attachedTo(observed);
  const skipped = new Set(['instance', ...(groups === 'unknown' ? [] : ['security-group', 'placement-group'])]);
  return (tagged ?? [])
    .filter(({ id, type }) => !skipped.has(type) && !attached.has(id))
    .map(({ id, type }) => {
      const kind = isKnownKind(type) ? type : 'unknown';
      const reason = `a ${type} with the tag of the run, of no living instance`;
      return { kind, id, reason, command: removalCommand(run.spec.region, type, id) };
    });
}

function unanswered({ run, observed, tagged }: LeftoverFacts): Leftover[] {
  if (observed !== 'unknown' && tagged !== null) return [];
  const reason = 'EC2 could not be asked what still carries the tag of the run';
  const command = `aws ec2 describe-tags --region ${run.spec.region} --filters Name=key,Values=ptp-tester:run Name=value,Values=${run.id}`;
  return [{ kind: 'unknown', id: run.id, reason, command }];
}

/** Everything that should not be there. Empty: nothing is left behind, and that was seen. */
export function findLeftovers(facts: LeftoverFacts): readonly Leftover[] {
  const observed = facts.observed === 'unknown' ? [] : facts.observed;
  return [
    ...livingInstances(facts, observed),
    ...unseenInstances(facts),
    ...ownGroups(facts, observed),
    ...loose(facts, observed),
    ...unanswered(facts),
  ];
}

/** One line for a stop reason. */
export function describeLeftovers(leftovers: readonly Leftover[]): string {
  return leftovers.map(({ id, reason }) => `${id} (${reason})`).join(', ');
}
