/** Carries out the fleet's steps for one run: the edge between decisions and the database and EC2. */
import type { InstanceRecord, RunId } from '../../runs/run.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { ActionMemory } from '../decide/action-memory.ts';
import { verdictWithoutAgent } from '../decide/failure-verdict.ts';
import type { FleetPolicy, InstanceStep, RunStep, Step } from '../decide/fleet-view.ts';
import { FleetError } from '../fleet-error.ts';
import { makeToken } from '../prepare/token.ts';
import { consoleExcerpt } from './console-excerpt.ts';
import { DiagnosisActor } from './diagnosis-actor.ts';
import { giveUp, verdictInScope } from './give-up.ts';
import { KeepActor } from './keep-actor.ts';
import { LaunchActor, type LaunchActorDependencies } from './launch-actor.ts';
import { ResourceActor } from './resource-actor.ts';
import { callOf, pauseIfCredentials } from './run-pause.ts';

export type StepActorDependencies = LaunchActorDependencies;

interface StepActorOptions {
  readonly run: RunId;
  readonly policy: FleetPolicy;
}

type FailStep = Extract<InstanceStep, { kind: 'fail' }>;
type InstanceChange = Parameters<RunRepository['updateInstance']>[2];

export class StepActor {
  readonly memory: ActionMemory;
  readonly #run: RunId;
  readonly #dependencies: StepActorDependencies;
  readonly #launches: LaunchActor;
  readonly #keeps: KeepActor;
  readonly #diagnoses: DiagnosisActor;
  readonly #resources: ResourceActor;

  constructor({ run, policy }: StepActorOptions, dependencies: StepActorDependencies) {
    this.#run = run;
    this.#dependencies = dependencies;
    this.memory = new ActionMemory(dependencies.now());
    const shared = { run, policy, memory: this.memory };
    this.#launches = new LaunchActor(shared, dependencies);
    this.#keeps = new KeepActor(shared, dependencies);
    this.#diagnoses = new DiagnosisActor(shared, dependencies);
    this.#resources = new ResourceActor(shared, dependencies);
  }

  /** Carries the steps out; calls of EC2 go side by side. Throws what is not an expected failure of a call. */
  async perform(steps: readonly Step[]): Promise<void> {
    await Promise.all(steps.filter(isForInstance).map((step) => this.#performForInstance(step)));
    for (const step of steps) if (!isForInstance(step)) await this.#performForRun(step);
  }

  async #performForInstance(step: InstanceStep): Promise<void> {
    const instance = this.#dependencies.repository.instance(this.#run, step.index);
    if (instance !== null && instance.state === step.from) await this.#actOn(instance, step);
  }

  #actOn(instance: InstanceRecord, step: InstanceStep): Promise<void> | void {
    switch (step.kind) {
      case 'launch':
        return this.#launches.launch(instance);
      case 'replan':
        return this.#launches.replan(instance);
      case 'fail':
        return this.#fail(step, instance);
      case 'diagnose':
        return this.#diagnoses.step(instance);
      case 'begin_keep':
        return this.#keeps.begin(instance);
      case 'keep':
        return this.#keeps.step(instance, step.step, step.resources);
      case 'keep_failed':
        return this.#keeps.fail(instance, step.failure.message);
      case 'tell':
        return this.#tell(step, instance);
      default:
        this.#dependencies.repository.updateInstance(this.#run, step.index, this.#changeFor(step, instance));
    }
  }

  #performForRun(step: RunStep): Promise<void> | void {
    switch (step.kind) {
      case 'terminate':
        return this.#terminate(step.instanceIds);
      case 'make_security_group':
        return this.#resources.makeSecurityGroup();
      case 'set_egress':
        return this.#resources.setEgress(step.group);
      case 'make_placement_group':
        return this.#resources.makePlacementGroup();
      case 'delete_security_group':
        return this.#resources.deleteSecurityGroup(step.groupId);
      case 'delete_placement_group':
        return this.#resources.deletePlacementGroup(step.name);
      case 'heartbeat':
        return this.#resources.heartbeat(step.resourceIds);
      case 'audit':
        return this.#resources.audit();
      default:
        this.#record(step);
    }
  }

  /** Steps that only write. */
  #record(
    step: Extract<RunStep, { kind: 'record_resources' | 'ask_keep' | 'decide_keep' | 'set_run_state' | 'end_run' }>,
  ): void {
    const { repository, now } = this.#dependencies;
    const at = now();
    switch (step.kind) {
      case 'record_resources':
        repository.updateRun(this.#run, { resources: step.resources });
        return;
      case 'ask_keep':
        repository.updateRun(this.#run, { keepAskedAt: at });
        repository.addEvent({ run: this.#run, instanceId: null, event: 'keep_asked', at, detail: {} });
        return;
      case 'decide_keep': {
        repository.updateRun(this.#run, { keepDecision: step.indexes });
        const detail = { indexes: step.indexes, reason: step.why };
        repository.addEvent({ run: this.#run, instanceId: null, event: 'keep_decided', at, detail });
        return;
      }
      case 'set_run_state': {
        const stopReason = repository.run(this.#run)?.stopReason ?? step.stopReason ?? null;
        const { soak } = step;
        const times = soak === undefined ? {} : { soakStartedAt: soak.startedAt, soakEndsAt: soak.endsAt };
        repository.updateRun(this.#run, { state: step.state, stopReason, ...times });
        return;
      }
      case 'end_run':
        this.#end(step, at);
    }
  }

  #end({ outcome, stopReason, leftovers }: Extract<RunStep, { kind: 'end_run' }>, at: number): void {
    const { repository } = this.#dependencies;
    if (leftovers.length > 0) {
      const detail = { leftovers: leftovers.map((one) => ({ ...one })) };
      repository.addEvent({ run: this.#run, instanceId: null, event: 'left_behind', at, detail });
    }
    repository.updateRun(this.#run, { state: 'ended', endedAt: at, outcome, stopReason, leftovers });
  }

  #tell(step: Extract<InstanceStep, { kind: 'tell' }>, { instanceId }: InstanceRecord): void {
    const { repository, now } = this.#dependencies;
    this.memory.told.add(step.key);
    repository.addEvent({ run: this.#run, instanceId, event: step.event, at: now(), detail: step.detail });
  }

  async #fail(step: FailStep, instance: InstanceRecord): Promise<void> {
    const printed = step.withConsole && instance.instanceId !== null ? await this.#readConsole(instance) : '';
    const current = this.#dependencies.repository.instance(this.#run, step.index);
    // While the console was read, the agent may have come after all.
    if (current === null || current.state !== step.from) return;
    const { kind, message } = step.failure;
    const withConsole = printed === '' ? message : `${message}. Its console ends:\n${printed}`;
    giveUp(current, { failure: { kind, message: withConsole }, evidence: step.evidence }, this.#dependencies);
  }

  async #readConsole(instance: InstanceRecord): Promise<string> {
    const { ec2, controllerKey } = this.#dependencies;
    try {
      const output = await ec2.consoleOutput(instance.instanceId ?? '');
      return consoleExcerpt(output, makeToken(controllerKey, instance));
    } catch (error) {
      if (error instanceof FleetError) return `(it could not be read: ${error.call?.awsCode ?? error.code})`;
      throw error;
    }
  }

  /** One that is unknown, or may not be terminated, fails the whole call: the others are then terminated one by one. */
  async #terminate(instanceIds: readonly string[]): Promise<void> {
    const { ec2, now } = this.#dependencies;
    for (const id of instanceIds) this.memory.terminateSentAt.set(id, now());
    try {
      await ec2.terminate(instanceIds);
      for (const id of instanceIds) this.memory.removalTroubles.delete(id);
    } catch (error) {
      const failed = callOf(error);
      if (pauseIfCredentials(this.#run, failed, this.#dependencies)) return;
      for (const id of instanceIds) this.memory.removalTroubles.set(id, failed.message);
      if (instanceIds.length === 1 || !failed.call.refused || failed.call.kind === 'throttling') return;
      for (const id of instanceIds) await this.#terminate([id]);
    }
  }

  #changeFor(
    step: Extract<InstanceStep, { kind: 'adopt' | `mark_${string}` }>,
    instance: InstanceRecord,
  ): InstanceChange {
    switch (step.kind) {
      case 'adopt':
        return { instanceId: step.instanceId, state: instance.state === 'planned' ? 'launching' : instance.state };
      case 'mark_running':
        return { state: 'running' };
      case 'mark_terminating':
        return { state: 'terminating' };
      case 'mark_terminated': {
        const verdict = verdictInScope(instance, this.#dependencies.repository.preparation(this.#run));
        return { state: 'terminated', verdict: verdict ?? verdictWithoutAgent(instance.failure) };
      }
    }
  }
}

function isForInstance(step: Step): step is InstanceStep {
  return 'index' in step;
}
