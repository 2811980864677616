/** Carries out the steps of keeping an instance, and says what became of each. */
import type { InstanceRecord, KeepStep, RunId } from '../../runs/run.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { isTemporary } from '../aws/classify-error.ts';
import { type ActionMemory, nextTries } from '../decide/action-memory.ts';
import type { FleetPolicy } from '../decide/fleet-view.ts';
import { TEMPORARY_TAGS } from '../decide/next-keep-steps.ts';
import { type Ec2, TAGS } from '../ec2.ts';
import { removalCommand } from '../remove/find-leftovers.ts';
import { callOf, pauseIfCredentials } from './run-pause.ts';

export interface KeepActorDependencies {
  readonly repository: RunRepository;
  readonly ec2: Ec2;
  now(): number;
}

const NEXT: Readonly<Record<KeepStep, KeepStep>> = {
  check: 'disarm',
  disarm: 'set_stop',
  set_stop: 'retag',
  retag: 'verify',
  verify: 'done',
  done: 'done',
};

const AT_ITS_BOUND = 'it ends by itself at its bound';

/** What becomes of an instance that could not be kept, by the step that failed: its switches are armed again while that helps. */
const REMAINS: Readonly<Record<KeepStep, string>> = {
  check: AT_ITS_BOUND,
  disarm: AT_ITS_BOUND,
  set_stop: `${AT_ITS_BOUND}: it terminates, or stops if that was set after all`,
  retag: 'it runs until somebody ends it',
  verify: 'it runs until somebody ends it',
  done: 'it is kept',
};

export class KeepActor {
  readonly #run: RunId;
  readonly #policy: FleetPolicy;
  readonly #memory: ActionMemory;
  readonly #dependencies: KeepActorDependencies;

  constructor(
    { run, policy, memory }: { run: RunId; policy: FleetPolicy; memory: ActionMemory },
    dependencies: KeepActorDependencies,
  ) {
    this.#run = run;
    this.#policy = policy;
    this.#memory = memory;
    this.#dependencies = dependencies;
  }

  begin({ index }: InstanceRecord): void {
    const { repository, now } = this.#dependencies;
    repository.updateInstance(this.#run, index, {
      state: 'keeping',
      keep: { step: 'check', since: now(), failure: null },
    });
  }

  async step(instance: InstanceRecord, step: KeepStep, resources: readonly string[]): Promise<void> {
    const { index } = instance;
    try {
      const next = await this.#carryOut(instance, step, resources);
      this.#memory.keeps.delete(index);
      this.#advance(index, next);
    } catch (error) {
      const failed = callOf(error);
      if (pauseIfCredentials(this.#run, failed, this.#dependencies)) return;
      const { call, message } = failed;
      const failure = { kind: 'keep_failed', message };
      // Not shown yet is not gone: EC2 is eventually consistent.
      const isFinal = !isTemporary(call.kind) && call.kind !== 'not_found';
      const trouble = { failure, call, isFinal };
      const now = this.#dependencies.now();
      this.#memory.keeps.set(index, nextTries(this.#memory.keeps.get(index), { now, trouble }, this.#policy));
      if (isFinal) this.fail(instance, `at the step ${step}: ${message}`);
    }
  }

  /** It could not be kept: it is left alone, and whoever wanted it learns what to do. */
  fail({ index }: InstanceRecord, message: string): void {
    const { repository, now } = this.#dependencies;
    const current = repository.instance(this.#run, index);
    const region = repository.run(this.#run)?.spec.region ?? '';
    if (current === null || current.state !== 'keeping' || current.keep == null) return;
    const { step } = current.keep;
    repository.updateInstance(this.#run, index, {
      keep: { ...current.keep, failure: { kind: 'keep_failed', message } },
    });
    const { instanceId } = current;
    const detail = {
      index,
      step,
      reason: message,
      remains: REMAINS[step],
      remove: removalCommand(region, 'instance', instanceId ?? ''),
    };
    repository.addEvent({ run: this.#run, instanceId, event: 'keep_failed', at: now(), detail });
  }

  /** Returns the step that is due after this one. */
  async #carryOut(instance: InstanceRecord, step: KeepStep, resources: readonly string[]): Promise<KeepStep> {
    const { ec2 } = this.#dependencies;
    const id = instance.instanceId ?? '';
    switch (step) {
      case 'check':
        await ec2.stopOnShutdown(id, { dryRun: true });
        await ec2.createTags([id], { [TAGS.kept]: 'true' }, { dryRun: true });
        await ec2.deleteTags([id], TEMPORARY_TAGS, { dryRun: true });
        break;
      case 'set_stop':
        await ec2.stopOnShutdown(id, { dryRun: false });
        if ((await ec2.shutdownBehaviour(id)) !== 'stop') return 'set_stop';
        break;
      case 'retag':
        await ec2.createTags(resources, { [TAGS.kept]: 'true' }, { dryRun: false });
        await ec2.deleteTags(resources, TEMPORARY_TAGS, { dryRun: false });
        break;
      case 'verify':
        // The tags, the agent's word and the state were seen before this step was asked for.
        if ((await ec2.shutdownBehaviour(id)) !== 'stop') return 'set_stop';
        break;
      default:
    }
    return NEXT[step];
  }

  #advance(index: number, step: KeepStep): void {
    const { repository, now } = this.#dependencies;
    const current = repository.instance(this.#run, index);
    if (current === null || current.state !== 'keeping' || current.keep == null) return;
    const keep = { ...current.keep, step };
    repository.updateInstance(this.#run, index, step === 'done' ? { state: 'kept', keep } : { keep });
    if (step !== 'done') return;
    const { instanceId } = current;
    repository.addEvent({ run: this.#run, instanceId, event: 'instance_kept', at: now(), detail: { index } });
  }
}
