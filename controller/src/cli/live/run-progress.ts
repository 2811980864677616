/** Reads how a run stands from the app: repository, connected agents, and the newest PHC offset of each instance from the store. */

import { columnIndex, STREAMS } from '@ptp-tester/measurement';
import type { RunReader } from '../../app/run-reports.ts';
import type { App } from '../../app/start-app.ts';
import { instanceName } from '../../runs/instance-name.ts';
import type { InstanceRecord, RunId } from '../../runs/run.ts';
import { RunsError } from '../../runs/runs-error.ts';
import type { InstanceProgress, RunProgress } from './progress.ts';

const PHC_OFFSET = columnIndex(STREAMS.phc, 'offset_ns');

/** Remembers where each series ended, so that each look reads only what is new. */
export class ProgressReader {
  readonly #app: App;
  readonly #run: RunId;
  readonly #newest = new Map<string, { at: bigint; offsetNs: number }>();
  #reader: RunReader | null = null;

  constructor(app: App, run: RunId) {
    this.#app = app;
    this.#run = run;
  }

  read(now: number): RunProgress {
    const run = this.#app.repository.run(this.#run);
    if (run === null) throw new RunsError('run_unknown', `there is no run ${this.#run}`);
    this.#reader ??= this.#app.openReader(this.#run);
    const samples = new Map<string, number>();
    for (const series of this.#reader?.series() ?? []) {
      samples.set(series.instanceId, (samples.get(series.instanceId) ?? 0) + series.samples);
      if (series.stream === 'phc') this.#readNewest(series.instanceId, series.lastAt);
    }
    const simulated = run.spec.sources.phc?.mode === 'simulated';
    const instances = this.#app.repository
      .instances(this.#run)
      .map((instance) =>
        this.#progressOf(instance, { simulated, samples: samples.get(instance.instanceId ?? '') ?? 0 }),
      );
    return { run, instances, now };
  }

  close(): void {
    this.#reader?.close();
  }

  #progressOf(instance: InstanceRecord, facts: { simulated: boolean; samples: number }): InstanceProgress {
    const id = instance.instanceId ?? '';
    return {
      index: instance.index,
      name: instanceName(instance),
      type: instance.instanceType,
      instanceId: instance.instanceId,
      state: instance.state,
      connected: this.#app.live.get(id)?.connected ?? false,
      samplesStored: facts.samples,
      phcOffsetNs: this.#newest.get(id)?.offsetNs ?? null,
      simulated: facts.simulated,
      failure: instance.failure === null ? null : `${instance.failure.kind}: ${instance.failure.message}`,
    };
  }

  #readNewest(instanceId: string, lastAt: bigint): void {
    if (this.#newest.get(instanceId)?.at === lastAt) return;
    const batches = this.#reader?.batches({ instanceId, stream: 'phc', key: '' }, { fromAt: lastAt }) ?? [];
    for (const { batch } of batches) {
      const offsetNs = Number(batch.columns[PHC_OFFSET]?.[batch.rows - 1]);
      this.#newest.set(instanceId, { at: lastAt, offsetNs });
    }
  }
}
