/** Whether a resource with our tags may be removed by a sweep (pure). Every time is AWS's: tags and LaunchTime were made by it. */
import type { RunId } from '../../runs/run.ts';
import { isKept } from '../decide/next-keep-steps.ts';
import { type ObservedInstance, type PlacementGroupInfo, type SecurityGroupInfo, TAGS, type Tags } from '../ec2.ts';

export interface SweepPolicy {
  /** A heartbeat that is not older than this: somebody looks after the run. */
  readonly aliveMs: number;
  /** Without a sign of life for this long, a resource is nobody's. */
  readonly orphanedMs: number;
}

/** The heartbeat comes every ten minutes; agents power their instances off after a day without a controller. */
export const SWEEP_POLICY: SweepPolicy = { aliveMs: 30 * 60_000, orphanedMs: 24 * 3_600_000 };

export interface SweptResource {
  readonly kind: 'instance' | 'security-group' | 'placement-group';
  /** What the API calls it by: the id, and for placement groups the name. */
  readonly id: string;
  readonly run: RunId;
  readonly tags: Tags;
  /** Ms since 1970; null for what has no LaunchTime. */
  readonly launchedAt: number | null;
  /** The groups that an instance is in, by what the API calls them. */
  readonly groups: readonly string[];
}

export interface SweepVerdict {
  readonly remove: boolean;
  readonly reason: string;
}

export function sweptInstance(instance: ObservedInstance): SweptResource {
  const { instanceId, tags, launchedAt, securityGroupIds, placementGroup } = instance;
  const groups = [...securityGroupIds, ...(placementGroup === null ? [] : [placementGroup])];
  return { kind: 'instance', id: instanceId, run: tags[TAGS.run] ?? '', tags, launchedAt, groups };
}

export function sweptSecurityGroup({ groupId, tags }: SecurityGroupInfo): SweptResource {
  return { kind: 'security-group', id: groupId, run: tags[TAGS.run] ?? '', tags, launchedAt: null, groups: [] };
}

export function sweptPlacementGroup({ name, tags }: PlacementGroupInfo): SweptResource {
  return { kind: 'placement-group', id: name, run: tags[TAGS.run] ?? '', tags, launchedAt: null, groups: [] };
}

/** Null when the tag is missing or is no time. */
function instantOf(tags: Tags, name: string): number | null {
  const at = Date.parse(tags[name] ?? '');
  return Number.isFinite(at) ? at : null;
}

/** When each run's controller was last known to live, by any of the run's resources. */
export function heartbeatsOf(resources: readonly SweptResource[]): ReadonlyMap<RunId, number> {
  const latest = new Map<RunId, number>();
  for (const { run, tags } of resources) {
    const at = instantOf(tags, TAGS.heartbeat);
    if (at !== null) latest.set(run, Math.max(at, latest.get(run) ?? at));
  }
  return latest;
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}

interface SweepMoment {
  readonly awsNow: number;
  readonly heartbeats: ReadonlyMap<RunId, number>;
  readonly policy: SweepPolicy;
}

/** A verdict on each; a group stays with the instances that stay in it. */
export function judgeAll(
  resources: readonly SweptResource[],
  moment: Omit<SweepMoment, 'heartbeats'>,
): readonly (SweepVerdict & { readonly resource: SweptResource })[] {
  const heartbeats = heartbeatsOf(resources);
  const judged = resources.map((resource) => ({ resource, ...judgeSweep(resource, { ...moment, heartbeats }) }));
  const staying = judged.filter(({ remove }) => !remove);
  const needed = new Map(staying.flatMap(({ resource }) => resource.groups.map((group) => [group, resource.id])));
  return judged.map((one) => {
    const user = needed.get(one.resource.id);
    return user === undefined || !one.remove ? one : { ...one, remove: false, reason: `${user} stays, and is in it` };
  });
}

export function judgeSweep({ run, tags, launchedAt }: SweptResource, moment: SweepMoment): SweepVerdict {
  const { awsNow, heartbeats, policy } = moment;
  if (isKept(tags)) return { remove: false, reason: 'its operator keeps it' };
  const heartbeatAt = heartbeats.get(run) ?? null;
  if (heartbeatAt !== null && awsNow - heartbeatAt <= policy.aliveMs) {
    return { remove: false, reason: `its controller lived at ${at(heartbeatAt)}` };
  }
  const expiresAt = instantOf(tags, TAGS.expiresAt);
  if (expiresAt !== null && expiresAt < awsNow) return { remove: true, reason: `expired at ${at(expiresAt)}` };
  const lastSignAt = heartbeatAt ?? launchedAt;
  if (lastSignAt !== null && awsNow - lastSignAt > policy.orphanedMs) {
    return { remove: true, reason: `orphaned: no sign of its controller since ${at(lastSignAt)}` };
  }
  return {
    remove: false,
    reason: expiresAt === null ? 'nothing tells how old it is' : `not expired before ${at(expiresAt)}`,
  };
}
