/** Makes and removes the groups of a run, tells its resources that their controller lives, and looks for what was left. */
import type { RunId } from '../../runs/run.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { isTemporary } from '../aws/classify-error.ts';
import { type ActionMemory, nextTries } from '../decide/action-memory.ts';
import type { FleetPolicy, ResourceTask } from '../decide/fleet-view.ts';
import { type Ec2, type SecurityGroupInfo, TAGS, type TaggedResource } from '../ec2.ts';
import { type FailedCall, FleetError } from '../fleet-error.ts';
import { egressChanges } from '../prepare/egress-rules.ts';
import { type LaunchContext, runTags } from '../prepare/frozen-launch.ts';
import { findLeftovers } from '../remove/find-leftovers.ts';
import { callOf, pauseIfCredentials } from './run-pause.ts';

export interface ResourceActorDependencies {
  readonly repository: RunRepository;
  readonly ec2: Ec2;
  readonly launchContext: Pick<LaunchContext, 'controllerId'>;
  now(): number;
}

/** Already there: another try made it, and EC2 will show it. */
const IS_DUPLICATE = /\.Duplicate$/;
/** Still in use by instances on their way out. */
const IN_USE: ReadonlySet<string> = new Set([
  'DependencyViolation',
  'InvalidPlacementGroup.InUse',
  'InvalidGroup.InUse',
  'ResourceInUse',
]);

function mayPass({ kind, awsCode }: FailedCall): boolean {
  return isTemporary(kind) || kind === 'not_found' || IS_DUPLICATE.test(awsCode) || IN_USE.has(awsCode);
}

export class ResourceActor {
  readonly #run: RunId;
  readonly #policy: FleetPolicy;
  readonly #memory: ActionMemory;
  readonly #dependencies: ResourceActorDependencies;

  constructor(
    { run, policy, memory }: { run: RunId; policy: FleetPolicy; memory: ActionMemory },
    dependencies: ResourceActorDependencies,
  ) {
    this.#run = run;
    this.#policy = policy;
    this.#memory = memory;
    this.#dependencies = dependencies;
  }

  makeSecurityGroup(): Promise<void> {
    return this.#try('security_group', null, async () => {
      const { repository, ec2 } = this.#dependencies;
      const wanted = repository.preparation(this.#run)?.securityGroup;
      if (wanted?.kind !== 'temporary') return;
      const securityGroupId = await ec2.createSecurityGroup({ ...wanted, tags: this.#tags() });
      const placementGroup = repository.run(this.#run)?.resources?.placementGroup ?? null;
      repository.updateRun(this.#run, { resources: { securityGroupId, placementGroup } });
    });
  }

  /** A new group lets everything out: what is needed is added before the rest is taken away. */
  setEgress(group: SecurityGroupInfo): Promise<void> {
    return this.#try('security_group', null, async () => {
      const { repository, ec2 } = this.#dependencies;
      const wanted = repository.preparation(this.#run)?.securityGroup;
      if (wanted?.kind !== 'temporary') return;
      const { add, remove } = egressChanges(group.egress, wanted.egress);
      if (add.length > 0) await ec2.authorizeEgress(group.groupId, add);
      if (remove.length > 0) await ec2.revokeEgress(group.groupId, remove);
    });
  }

  makePlacementGroup(): Promise<void> {
    return this.#try('placement_group', null, async () => {
      const { repository, ec2 } = this.#dependencies;
      const wanted = repository.preparation(this.#run)?.placement;
      if (wanted?.kind !== 'temporary_precision_group') return;
      await ec2.createPrecisionTimeGroup({ name: wanted.name, tags: this.#tags() });
    });
  }

  deleteSecurityGroup(groupId: string): Promise<void> {
    return this.#try('security_group', groupId, () => this.#dependencies.ec2.deleteSecurityGroup(groupId));
  }

  deletePlacementGroup(name: string): Promise<void> {
    return this.#try('placement_group', name, () => this.#dependencies.ec2.deletePlacementGroup(name));
  }

  /** Whether it worked matters little: it is tried again after the same time, and a sweep waits for many of them. */
  async heartbeat(resourceIds: readonly string[]): Promise<void> {
    const { ec2, now } = this.#dependencies;
    this.#memory.heartbeatAt = now();
    const at = new Date(ec2.serverTime()).toISOString();
    try {
      await ec2.createTags(resourceIds, { [TAGS.heartbeat]: at }, { dryRun: false });
    } catch (error) {
      pauseIfCredentials(this.#run, callOf(error), this.#dependencies);
    }
  }

  /** Asks for everything anew: the audit must not believe what was seen before. */
  async audit(): Promise<void> {
    const { repository, ec2, now } = this.#dependencies;
    const at = now();
    const [observed, securityGroups, placementGroups, tagged] = await Promise.all([
      this.#orNull(() => ec2.describeInstances()),
      this.#orNull(() => ec2.securityGroups()),
      this.#orNull(() => ec2.placementGroups()),
      this.#orNull(() => this.#existing(ec2)),
    ]);
    const run = repository.run(this.#run);
    if (run === null || run.pause != null) return;
    const instances = repository.instances(this.#run);
    const groups =
      securityGroups === null || placementGroups === null ? 'unknown' : { securityGroups, placementGroups };
    const troubles = this.#memory.removalTroubles;
    const leftovers = findLeftovers({ run, instances, observed: observed ?? 'unknown', groups, tagged, troubles });
    this.#memory.setAudit(at, leftovers);
  }

  /** EC2 may list the tags of what is gone already. */
  async #existing(ec2: Ec2): Promise<readonly TaggedResource[]> {
    return ec2.existing(await ec2.taggedResources());
  }

  async #orNull<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      if (error.call !== null) {
        pauseIfCredentials(this.#run, { call: error.call, message: error.message }, this.#dependencies);
      }
      return null;
    }
  }

  #tags() {
    const { repository, launchContext } = this.#dependencies;
    const run = repository.run(this.#run);
    const preparation = repository.preparation(this.#run);
    if (run === null || preparation === null) throw new FleetError('not_prepared', `run ${this.#run} was not prepared`);
    return runTags(run, preparation, launchContext.controllerId);
  }

  /** `removing`: the id of what is taken away. */
  async #try(task: ResourceTask, removing: string | null, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      const now = this.#dependencies.now();
      this.#memory.resources.set(task, { count: 0, lastAt: now, nextAt: now, trouble: null });
    } catch (error) {
      const failed = callOf(error);
      if (pauseIfCredentials(this.#run, failed, this.#dependencies)) return;
      const { call, message } = failed;
      if (removing !== null) this.#memory.removalTroubles.set(removing, message);
      const isFinal = removing === null && !mayPass(call);
      const trouble = { failure: { kind: call.kind, message }, call, isFinal };
      const outcome = { now: this.#dependencies.now(), trouble };
      this.#memory.resources.set(task, nextTries(this.#memory.resources.get(task), outcome, this.#policy));
    }
  }
}
