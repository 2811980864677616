/** Works by the plan: opens its sources, runs the sampling loop, and begins anew when the plan changes. */
import { NS_PER_MS, type StreamName } from '@ptp-tester/measurement';
import type { Plan, Status } from '@ptp-tester/wire';
import type { Machine } from './machine.ts';
import type { Recorder } from './recorder.ts';
import { SamplingLoop } from './sampling-loop.ts';
import type { SetTimer } from './timer.ts';
import { Watch, type WatchDependencies } from './watch/watch.ts';

export interface MeasuringDependencies {
  readonly machine: Pick<Machine, 'clocks' | 'openSources' | 'readPhc'>;
  readonly recorder: Recorder;
  readonly setTimer: SetTimer;
  readonly askForRestart: WatchDependencies['askForRestart'];
}

export class Measuring {
  readonly #deps: MeasuringDependencies;
  #plan: Plan | null = null;
  #loop: SamplingLoop | null = null;
  #phase: Status['phase'] = 'starting';
  #missedByEarlierLoops = 0;

  constructor(dependencies: MeasuringDependencies) {
    this.#deps = dependencies;
  }

  get plan(): Plan | null {
    return this.#plan;
  }

  /** 0 before the first plan. */
  get generation(): number {
    return this.#plan?.generation ?? 0;
  }

  get phase(): Status['phase'] {
    return this.#phase;
  }

  /** Since the epoch began, all streams. */
  get missedTicks(): number {
    return this.#missedByEarlierLoops + (this.#loop?.missedTicks ?? 0);
  }

  /** Reaches the plan. After `finish` the sources are closed and everything sampled is in the spool's hands. */
  async apply(plan: Plan): Promise<void> {
    const { machine, recorder, setTimer, askForRestart } = this.#deps;
    const wasMeasuring = this.#loop !== null;
    const untold = await this.stop();
    this.#plan = plan;
    recorder.setRules({
      generation: plan.generation,
      maxSamples: plan.batch.max_samples,
      maxAgeNs: plan.batch.max_age_ms * NS_PER_MS,
    });
    recorder.record('plan_reached', { generation: plan.generation, phase: plan.phase });
    if (plan.phase === 'finish') {
      this.#phase = 'finishing';
      if (wasMeasuring) recorder.record('measuring_finished', { missed_ticks: untold });
      return;
    }
    const planned = await machine.openSources(plan.sources);
    const output = new Watch({ output: recorder, readPhc: () => machine.readPhc(), askForRestart });
    this.#loop = new SamplingLoop(planned, { clocks: machine.clocks, setTimer, output });
    this.#phase = 'measuring';
    this.#loop.start();
  }

  /** Stops sampling; ticks that no batch will tell are returned by stream. */
  async stop(): Promise<Partial<Record<StreamName, number>>> {
    const loop = this.#loop;
    if (loop === null) return {};
    await loop.stop();
    this.#missedByEarlierLoops += loop.missedTicks;
    this.#loop = null;
    return this.#deps.recorder.closeBatches();
  }
}
