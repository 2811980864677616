/** Carries out the fleet's steps for one run: the edge between decisions and the database and EC2. */

import type { InstanceFailure, InstanceRecord, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import { isTemporary } from './classify-error.ts';
import { consoleExcerpt } from './console-excerpt.ts';
import type { Ec2 } from './ec2.ts';
import { verdictWithoutAgent } from './failure-verdict.ts';
import { type FailedCall, FleetError } from './fleet-error.ts';
import type { FleetLog } from './fleet-log.ts';
import type { FleetMemory, FleetPolicy, InstanceStep, LaunchTries, RunStep, Step } from './fleet-view.ts';
import { requestOf } from './frozen-launch.ts';
import { makeToken } from './token.ts';

export interface StepActorDependencies {
  readonly repository: RunRepository;
  readonly ec2: Ec2;
  readonly controllerKey: Uint8Array;
  readonly log: FleetLog;
  now(): number;
}

interface StepActorOptions {
  readonly run: RunId;
  readonly policy: FleetPolicy;
}

type FailStep = Extract<InstanceStep, { kind: 'fail' }>;
type InstanceChange = Parameters<RunRepository['updateInstance']>[2];

export class StepActor {
  readonly #run: RunId;
  readonly #policy: FleetPolicy;
  readonly #dependencies: StepActorDependencies;
  readonly #launches = new Map<number, LaunchTries>();
  readonly #terminateSentAt = new Map<string, number>();

  constructor({ run, policy }: StepActorOptions, dependencies: StepActorDependencies) {
    this.#run = run;
    this.#policy = policy;
    this.#dependencies = dependencies;
  }

  /** What it has tried so far, for the next decision. */
  tries(): Pick<FleetMemory, 'launches' | 'terminateSentAt'> {
    return { launches: this.#launches, terminateSentAt: this.#terminateSentAt };
  }

  /** Carries the steps out; calls of EC2 go side by side. Throws what is not an expected failure of a call. */
  async perform(steps: readonly Step[]): Promise<void> {
    await Promise.all(steps.filter(isForInstance).map((step) => this.#performForInstance(step)));
    for (const step of steps) if (!isForInstance(step)) await this.#performForRun(step);
  }

  async #performForInstance(step: InstanceStep): Promise<void> {
    const { repository } = this.#dependencies;
    const instance = repository.instance(this.#run, step.index);
    if (instance === null || instance.state !== step.from) return;
    if (step.kind === 'launch') await this.#launch(instance);
    else if (step.kind === 'fail') await this.#fail(step, instance);
    else repository.updateInstance(this.#run, step.index, changeFor(step, instance));
  }

  async #performForRun(step: RunStep): Promise<void> {
    const { repository, now } = this.#dependencies;
    if (step.kind === 'terminate') {
      await this.#terminate(step.instanceIds);
      return;
    }
    if (step.kind === 'end_run') {
      const { outcome, stopReason } = step;
      repository.updateRun(this.#run, { state: 'ended', endedAt: now(), outcome, stopReason });
      return;
    }
    const stopReason = repository.run(this.#run)?.stopReason ?? step.stopReason ?? null;
    const soak = step.soak === undefined ? {} : { soakStartedAt: step.soak.startedAt, soakEndsAt: step.soak.endsAt };
    repository.updateRun(this.#run, { state: step.state, stopReason, ...soak });
  }

  /** `launching` is on the disk before the call goes out: from then on an instance may exist. */
  async #launch(before: InstanceRecord): Promise<void> {
    const { repository, ec2 } = this.#dependencies;
    const { index, attempt } = before;
    const frozen = repository.launch(this.#run, index, attempt);
    if (frozen === null) {
      this.#giveUp(before, { kind: 'other', message: 'the launch of this instance was never prepared' });
      return;
    }
    repository.updateInstance(this.#run, index, { state: 'launching' });
    const count = (this.#launches.get(index)?.count ?? 0) + 1;
    try {
      const instanceId = await ec2.runInstances(requestOf(frozen));
      repository.updateInstance(this.#run, index, { instanceId });
      this.#launches.set(index, { count, ...this.#instants(count), trouble: null });
    } catch (error) {
      if (!(error instanceof FleetError) || error.call === null) throw error;
      const trouble = troubleOf(error.call, error.message);
      this.#launches.set(index, { count, ...this.#instants(count), trouble });
      this.#afterFailedLaunch(before, error.call, trouble);
    }
  }

  #instants(count: number): { lastAt: number; nextAt: number } {
    const { launchPauseMs, launchPauseMaxMs } = this.#policy;
    const lastAt = this.#dependencies.now();
    return { lastAt, nextAt: lastAt + Math.min(launchPauseMs * 2 ** Math.min(count - 1, 20), launchPauseMaxMs) };
  }

  /**
   * Back to `planned` only when this was the first try since then and the service refused it: an instance may exist
   * from an earlier try whose answer was lost, and a later refusal says nothing about that one.
   */
  #afterFailedLaunch(before: InstanceRecord, call: FailedCall, trouble: InstanceFailure): void {
    const { repository } = this.#dependencies;
    const current = repository.instance(this.#run, before.index);
    // While the call was out its agent may have enrolled, or the instance may have been found: it was launched then.
    if (current === null || current.state !== 'launching' || current.instanceId !== null) return;
    const nothingLaunched = before.state === 'planned' && call.refused;
    if (!isTemporary(call.kind))
      this.#giveUp({ ...current, state: nothingLaunched ? 'planned' : 'launching' }, trouble);
    else if (nothingLaunched) repository.updateInstance(this.#run, before.index, { state: 'planned' });
  }

  async #fail(step: FailStep, instance: InstanceRecord): Promise<void> {
    const printed = step.withConsole && instance.instanceId !== null ? await this.#readConsole(instance) : '';
    const current = this.#dependencies.repository.instance(this.#run, step.index);
    // While the console was read, the agent may have come after all.
    if (current === null || current.state !== step.from) return;
    const message = printed === '' ? step.failure.message : `${step.failure.message}. Its console ends:\n${printed}`;
    this.#giveUp(current, { kind: step.failure.kind, message });
  }

  #giveUp(instance: InstanceRecord, failure: InstanceFailure): void {
    const { repository, now } = this.#dependencies;
    repository.updateInstance(this.#run, instance.index, {
      failure,
      verdict: instance.verdict ?? verdictWithoutAgent(failure),
      state: instance.state === 'planned' ? 'terminated' : 'terminating',
    });
    this.#dependencies.log.warn({ run: this.#run, index: instance.index, kind: failure.kind }, 'instance failed');
    if (failure.kind !== 'lost') return;
    const detail = { index: instance.index, reason: failure.message };
    const { instanceId } = instance;
    repository.addEvent({ run: this.#run, instanceId, event: 'instance_lost', at: now(), detail });
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

  /** One unknown id fails the whole call, so the others are then terminated one by one. */
  async #terminate(instanceIds: readonly string[]): Promise<void> {
    const { ec2, now } = this.#dependencies;
    for (const id of instanceIds) this.#terminateSentAt.set(id, now());
    try {
      await ec2.terminate(instanceIds);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      if (instanceIds.length === 1 || error.call?.kind !== 'not_found') return;
      for (const id of instanceIds) await this.#terminate([id]);
    }
  }
}

/** The token of an instance that has ended already: it was launched, and is lost. */
function troubleOf(call: FailedCall, message: string): InstanceFailure {
  return { kind: call.awsCode === 'IdempotentInstanceTerminated' ? 'lost' : call.kind, message };
}

function isForInstance(step: Step): step is InstanceStep {
  return 'index' in step;
}

function changeFor(step: Exclude<InstanceStep, { kind: 'launch' | 'fail' }>, instance: InstanceRecord): InstanceChange {
  switch (step.kind) {
    case 'adopt':
      return { instanceId: step.instanceId, state: instance.state === 'planned' ? 'launching' : instance.state };
    case 'mark_running':
      return { state: 'running' };
    case 'mark_terminating':
      return { state: 'terminating' };
    case 'mark_terminated':
      return { state: 'terminated', verdict: instance.verdict ?? verdictWithoutAgent(instance.failure) };
  }
}
