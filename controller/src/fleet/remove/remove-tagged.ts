/** Takes away instances and groups outside of a running run: for sweep and cleanup. Goes on after failures and reports each. */
import { isTemporary } from '../aws/classify-error.ts';
import { callOf } from '../drive/run-pause.ts';
import type { Ec2, TagScope } from '../ec2.ts';
import type { SweptResource } from './judge-sweep.ts';

export interface RemoveDependencies {
  readonly ec2: Pick<Ec2, 'terminate' | 'describeInstances' | 'deleteSecurityGroup' | 'deletePlacementGroup'>;
  readonly sleep: (ms: number) => Promise<void>;
  now(): number;
}

export interface RemoveOptions {
  readonly scope: TagScope;
  /** How long the end of the instances, and then of the groups, is waited for. */
  readonly timeoutMs: number;
}

const LOOK_EVERY_MS = 2000;

/** Why removing failed, by id; what is not in it is gone. */
export type RemoveFailures = Map<string, string>;

/** One that may not be terminated, or is unknown, must not protect the others. */
async function terminateAll(ids: readonly string[], deps: RemoveDependencies, failures: RemoveFailures): Promise<void> {
  try {
    if (ids.length > 0) await deps.ec2.terminate(ids);
  } catch (error) {
    const { message } = callOf(error);
    if (ids.length === 1) failures.set(ids[0] ?? '', message);
    else for (const id of ids) await terminateAll([id], deps, failures);
  }
}

async function waitUntilGone(
  ids: ReadonlySet<string>,
  options: RemoveOptions,
  deps: RemoveDependencies,
): Promise<ReadonlySet<string>> {
  const until = deps.now() + options.timeoutMs;
  for (;;) {
    const seen = await deps.ec2.describeInstances(options.scope);
    const living = seen.filter(({ instanceId, state }) => ids.has(instanceId) && state !== 'terminated');
    if (living.length === 0 || deps.now() >= until) return new Set(living.map(({ instanceId }) => instanceId));
    await deps.sleep(LOOK_EVERY_MS);
  }
}

/** Groups may be in use for a while after their instances are gone. */
async function removeGroup(
  group: SweptResource,
  options: RemoveOptions,
  deps: RemoveDependencies,
): Promise<string | null> {
  const until = deps.now() + options.timeoutMs;
  const act = group.kind === 'security-group' ? deps.ec2.deleteSecurityGroup : deps.ec2.deletePlacementGroup;
  for (;;) {
    try {
      await act(group.id);
      return null;
    } catch (error) {
      const { call, message } = callOf(error);
      if (call.kind === 'not_found') return null;
      const mayPass = isTemporary(call.kind) || /DependencyViolation|InUse/.test(call.awsCode);
      if (!mayPass || deps.now() >= until) return message;
      await deps.sleep(LOOK_EVERY_MS);
    }
  }
}

/** Removes what it is given, instances first. Throws `FleetError` only when EC2 cannot be asked at all. */
export async function removeTagged(
  resources: readonly SweptResource[],
  options: RemoveOptions,
  deps: RemoveDependencies,
): Promise<RemoveFailures> {
  const failures: RemoveFailures = new Map();
  const ids = resources.filter(({ kind }) => kind === 'instance').map(({ id }) => id);
  await terminateAll(ids, deps, failures);
  const ending = new Set(ids.filter((id) => !failures.has(id)));
  const left = ending.size === 0 ? new Set<string>() : await waitUntilGone(ending, options, deps);
  for (const id of left)
    failures.set(id, `it had not ended ${Math.round(options.timeoutMs / 1000)} s after it was told to`);
  for (const group of resources.filter(({ kind }) => kind !== 'instance')) {
    const failure = await removeGroup(group, options, deps);
    if (failure !== null) failures.set(group.id, failure);
  }
  return failures;
}
