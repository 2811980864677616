/** Observe, decide, act, for one run: each round takes the run one step nearer to its end. */
import type { InstanceRecord, Run, RunId } from '../../runs/run.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import { newFleetMemory, remember } from '../decide/fleet-memory.ts';
import type {
  AgentContact,
  FleetMemory,
  FleetPolicy,
  FleetView,
  GroupsObservation,
  Observation,
  Step,
} from '../decide/fleet-view.ts';
import { hasOwnGroups } from '../decide/next-resource-steps.ts';
import { nextSteps } from '../decide/next-steps.ts';
import type { InstanceHealth } from '../ec2.ts';
import { FleetError } from '../fleet-error.ts';
import { areGroupsAsked, groupsMustBeSeen, isCalm, observeEveryMs } from './observe-cadence.ts';
import { pauseIfCredentials, resumeRun } from './run-pause.ts';
import { StepActor, type StepActorDependencies } from './step-actor.ts';

export interface RunLoopOptions {
  readonly run: RunId;
  readonly policy: FleetPolicy;
}

export interface RunLoopDependencies extends StepActorDependencies {
  /** By instance id: what is known of the run's agents now. */
  readonly agentsOf: (run: RunId) => ReadonlyMap<string, AgentContact>;
}

const WATCHED: ReadonlySet<string> = new Set(['running', 'enrolled', 'measuring', 'finished', 'keeping']);
const NO_GROUPS: GroupsObservation = { securityGroups: [], placementGroups: [] };

/** `soon`: what was just done is looked at before anything else. */
export type NextRound = 'never' | 'soon' | 'later';

/** Steps whose effect the run waits for. */
const LOOKED_AFTER: ReadonlySet<Step['kind']> = new Set([
  'make_security_group',
  'set_egress',
  'make_placement_group',
  'delete_security_group',
  'delete_placement_group',
  'keep',
]);

export class RunLoop {
  readonly #options: RunLoopOptions;
  readonly #dependencies: RunLoopDependencies;
  #actor: StepActor;
  #memory: FleetMemory | null = null;
  #preparation: RunPreparation | null = null;
  #observed: Observation = 'unknown';
  #groups: GroupsObservation = 'unknown';
  #health: ReadonlyMap<string, InstanceHealth> = new Map();
  #groupsMustBeSeen = false;
  #groupsSeenAt = Number.NEGATIVE_INFINITY;
  #observedAt = Number.NEGATIVE_INFINITY;
  #healthAt = Number.NEGATIVE_INFINITY;

  constructor(options: RunLoopOptions, dependencies: RunLoopDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#actor = new StepActor(options, dependencies);
  }

  /** One round. Returns when the next is due. */
  async round(): Promise<NextRound> {
    const { repository, now } = this.#dependencies;
    const { run: id } = this.#options;
    const before = repository.run(id);
    if (before === null || before.state === 'ended') return 'never';
    this.#preparation ??= repository.preparation(id);
    await this.#observe(before, repository.instances(id));
    // Before the run is read: when the clock was set, asking it changes the run's deadlines.
    const at = now();
    // Read again: agents and operators move on while EC2 is asked.
    const run = repository.run(id);
    if (run === null || run.state === 'ended') return 'never';
    const steps = this.#decide({ run, instances: repository.instances(id), now: at });
    await this.#actor.perform(steps);
    if (repository.run(id)?.state === 'ended') return 'never';
    const isWaited = steps.some(({ kind }) => LOOKED_AFTER.has(kind));
    if (isWaited) this.#observedAt = Number.NEGATIVE_INFINITY;
    return isWaited ? 'soon' : 'later';
  }

  #decide({ run, instances, now }: Pick<FleetView, 'run' | 'instances' | 'now'>): Step[] {
    const { agentsOf } = this.#dependencies;
    const last = this.#memory ?? newFleetMemory(run, now);
    const memory = { ...last, ...this.#actor.memory.snapshot() };
    const seen = { run, instances, observed: this.#observed, memory, now };
    this.#memory = remember(seen);
    return nextSteps({
      ...seen,
      preparation: this.#preparation,
      groups: this.#groups,
      groupsSeenAt: this.#groupsSeenAt,
      health: this.#health,
      agents: agentsOf(run.id),
      memory: this.#memory,
      policy: this.#options.policy,
    });
  }

  async #observe(run: Run, instances: readonly InstanceRecord[]): Promise<void> {
    const { now, agentsOf } = this.#dependencies;
    const { policy } = this.#options;
    const mustSeeGroups = groupsMustBeSeen(run, instances, this.#preparation);
    // What was seen of the groups before it mattered is no ground for what is done now.
    if (mustSeeGroups && !this.#groupsMustBeSeen) this.#observedAt = Number.NEGATIVE_INFINITY;
    this.#groupsMustBeSeen = mustSeeGroups;
    const cadence = { run, instances, agents: agentsOf(run.id), memory: this.#memory, policy, now: now() };
    if (!isDue(now() - this.#observedAt, observeEveryMs(cadence))) return;
    this.#observedAt = now();
    this.#observed = (await this.#ask(() => this.#dependencies.ec2.describeInstances())) ?? 'unknown';
    if (this.#observed === 'unknown') {
      this.#groups = 'unknown';
      return;
    }
    if (resumeRun(run.id, this.#dependencies)) this.beginAnew();
    await this.#observeGroups(mustSeeGroups);
    const healthEveryMs = isCalm(cadence) ? policy.healthCalmEveryMs : policy.healthEveryMs;
    if (isDue(now() - this.#healthAt, healthEveryMs)) await this.#observeHealth(instances);
  }

  /** Nothing that went by during a pause or a jump of the clock counts: every time-out begins anew, as after a restart. */
  beginAnew(): void {
    this.#memory = null;
    this.#actor = new StepActor(this.#options, this.#dependencies);
  }

  /** Without groups of its own there is nothing to ask. */
  async #observeGroups(mustBeSeen: boolean): Promise<void> {
    if (!hasOwnGroups(this.#preparation)) {
      this.#groups = NO_GROUPS;
      return;
    }
    if (!areGroupsAsked(mustBeSeen, this.#groups)) return;
    const { ec2 } = this.#dependencies;
    const hasPlacement = this.#preparation?.placement.kind === 'temporary_precision_group';
    const hasSecurity = this.#preparation?.securityGroup.kind === 'temporary';
    const [securityGroups, placementGroups] = await Promise.all([
      hasSecurity ? this.#ask(() => ec2.securityGroups()) : [],
      hasPlacement ? this.#ask(() => ec2.placementGroups()) : [],
    ]);
    this.#groupsSeenAt = this.#dependencies.now();
    const isKnown = securityGroups !== null && placementGroups !== null;
    this.#groups = isKnown ? { securityGroups, placementGroups } : 'unknown';
  }

  async #observeHealth(instances: readonly InstanceRecord[]): Promise<void> {
    const ids = instances.flatMap(({ state, instanceId }) => (WATCHED.has(state) ? (instanceId ?? []) : []));
    if (ids.length === 0) return;
    this.#healthAt = this.#dependencies.now();
    const seen = await this.#ask(() => this.#dependencies.ec2.describeHealth(ids));
    if (seen !== null) this.#health = new Map(seen.map((health) => [health.instanceId, health]));
  }

  /** Null when the call failed, which never means that anything is gone. */
  async #ask<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof FleetError) || error.call === null) throw error;
      pauseIfCredentials(this.#options.run, { call: error.call, message: error.message }, this.#dependencies);
      return null;
    }
  }
}

/** Also when the controller's own clock was set back. */
function isDue(elapsedMs: number, everyMs: number): boolean {
  return elapsedMs < 0 || elapsedMs >= everyMs;
}
