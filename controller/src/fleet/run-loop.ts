/** Observe, decide, act, for one run: each round takes the run one step nearer to its end. */
import type { InstanceRecord, Run, RunId } from '../runs/run.ts';
import { FleetError } from './fleet-error.ts';
import {
  type FleetMemory,
  type FleetPolicy,
  newFleetMemory,
  type Observation,
  remember,
  type Step,
} from './fleet-view.ts';
import { nextSteps } from './next-steps.ts';
import { StepActor, type StepActorDependencies } from './step-actor.ts';

export interface RunLoopOptions {
  readonly run: RunId;
  readonly policy: FleetPolicy;
}

function isQuiet(run: Run, instances: readonly InstanceRecord[]): boolean {
  return run.state === 'soaking' && instances.every(({ state }) => state === 'measuring' || state === 'terminated');
}

export class RunLoop {
  readonly #options: RunLoopOptions;
  readonly #dependencies: StepActorDependencies;
  readonly #actor: StepActor;
  #memory: FleetMemory | null = null;
  #observed: Observation = 'unknown';
  #observedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RunLoopOptions, dependencies: StepActorDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#actor = new StepActor(options, dependencies);
  }

  /** One round. Returns whether the run goes on. */
  async round(): Promise<boolean> {
    const { repository } = this.#dependencies;
    const { run: id } = this.#options;
    const before = repository.run(id);
    if (before === null || before.state === 'ended') return false;
    await this.#observe(before, repository.instances(id));
    // Read again: agents and operators move on while EC2 is asked.
    const run = repository.run(id);
    if (run === null || run.state === 'ended') return false;
    await this.#actor.perform(this.#decide(run, repository.instances(id)));
    return repository.run(id)?.state !== 'ended';
  }

  #decide(run: Run, instances: readonly InstanceRecord[]): Step[] {
    const now = this.#dependencies.now();
    const last = this.#memory ?? newFleetMemory(run, now);
    const memory = { ...last, ...this.#actor.tries() };
    const view = { run, instances, observed: this.#observed, memory, now };
    this.#memory = remember(view);
    return nextSteps({ ...view, memory: this.#memory, policy: this.#options.policy });
  }

  async #observe(run: Run, instances: readonly InstanceRecord[]): Promise<void> {
    const { ec2, now } = this.#dependencies;
    const { observeEveryMs, observeQuietEveryMs } = this.#options.policy;
    const everyMs = isQuiet(run, instances) ? observeQuietEveryMs : observeEveryMs;
    const elapsedMs = now() - this.#observedAt;
    // Negative: the controller's own clock was set back.
    if (elapsedMs >= 0 && elapsedMs < everyMs) return;
    this.#observedAt = now();
    try {
      this.#observed = await ec2.describeRun();
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      this.#observed = 'unknown';
    }
  }
}
