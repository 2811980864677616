/**
 * The analysis of a run on as many threads as it is worth, one instance at a time on each: the same result as `analyseRun`, without blocking
 * the caller for longer than a fraction of a second.
 */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { openSampleReader } from '../store/open-sample-reader.ts';
import { analyseInstance, type InstanceAnalysis } from './analyse-instance.ts';
import { type RunAnalysis, type RunInput, runData, summariseRun } from './analyse-run.ts';
import type { AnalysisMessage, AnalysisResult, AnalysisWorkerData } from './analysis-worker.ts';
import { storedBytes, threadsForWork } from './threads-for-work.ts';

export interface WorkersOptions {
  /** 0: none but the caller's. Absent: by the amount of stored samples, as many as there are cores and four at most. */
  readonly threads?: number;
  /** Called with each instance that is done. */
  readonly onProgress?: (progress: AnalysisProgress) => void;
  /** Ends the threads; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface AnalysisProgress {
  readonly done: number;
  readonly total: number;
}

/** As `RunInput`, with the file in place of the open reader; null when the run never stored anything. */
export interface WorkersInput extends Omit<RunInput, 'reader'> {
  readonly samplesDatabase: string | null;
}

/** Rejects with the first error of a thread, for example a StoreError. */
export async function analyseRunInWorkers(input: WorkersInput, options: WorkersOptions = {}): Promise<RunAnalysis> {
  const { instances } = input;
  const bytes = storedBytes(input.samplesDatabase);
  const worth = () => threadsForWork({ bytes, instances: instances.length, cores: availableParallelism() });
  const threads = Math.min(options.threads ?? worth(), instances.length);
  const results: (InstanceAnalysis | undefined)[] = instances.map(() => undefined);
  const pool = new AnalysisPool(input, options, results);
  await (threads > 0 ? pool.run(threads) : pool.runHere());
  return summariseRun(
    input,
    results.filter((analysis) => analysis !== undefined),
  );
}

class AnalysisPool {
  readonly #input: WorkersInput;
  readonly #options: WorkersOptions;
  readonly #results: (InstanceAnalysis | undefined)[];
  #next = 0;
  #done = 0;

  constructor(input: WorkersInput, options: WorkersOptions, results: (InstanceAnalysis | undefined)[]) {
    this.#input = input;
    this.#options = options;
    this.#results = results;
  }

  async run(threads: number): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const { run, criteria } = runData({ ...this.#input, reader: null });
    const workerData: AnalysisWorkerData = { run, criteria, samplesDatabase: this.#input.samplesDatabase };
    const url = new URL('./analysis-worker.ts', import.meta.url);
    const workers = Array.from(
      { length: threads },
      (_, index) =>
        new Worker(url, { workerData, name: `analysis-${index}`, resourceLimits: { maxYoungGenerationSizeMb: 16 } }),
    );
    const end = () => void Promise.all(workers.map((worker) => worker.terminate()));
    signal?.addEventListener('abort', end, { once: true });
    try {
      await Promise.all(workers.map((worker) => this.#serve(worker)));
    } finally {
      signal?.removeEventListener('abort', end);
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    signal?.throwIfAborted();
  }

  /** On the caller's thread, which gets its turn after each instance. */
  async runHere(): Promise<void> {
    const { samplesDatabase, instances } = this.#input;
    this.#options.signal?.throwIfAborted();
    const reader = samplesDatabase === null ? null : openSampleReader(samplesDatabase);
    try {
      const data = runData({ ...this.#input, reader });
      for (const [place, instance] of instances.entries()) {
        await setImmediate();
        this.#options.signal?.throwIfAborted();
        this.#take({ place, analysis: analyseInstance(instance, data) });
      }
    } finally {
      reader?.close();
    }
  }

  /** Gives the thread one task after another until none is left. */
  #serve(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      worker.on('message', (result: AnalysisResult) => {
        this.#take(result);
        this.#give(worker);
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
      this.#give(worker);
    });
  }

  #give(worker: Worker): void {
    const { instances, controllerEvents } = this.#input;
    const place = this.#next;
    const instance = instances[place];
    this.#next += 1;
    const message: AnalysisMessage =
      instance === undefined
        ? null
        : {
            place,
            instance,
            controllerEvents: controllerEvents.filter((event) => event.instanceId === instance.instanceId),
          };
    worker.postMessage(message);
  }

  #take({ place, analysis }: AnalysisResult): void {
    this.#results[place] = analysis;
    this.#done += 1;
    this.#options.onProgress?.({ done: this.#done, total: this.#results.length });
  }
}
