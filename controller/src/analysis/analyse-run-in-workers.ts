/** The analysis of a run on several threads, one instance at a time on each: the same result as `analyseRun`, without blocking the caller. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { InstanceAnalysis } from './analyse-instance.ts';
import { type RunAnalysis, type RunInput, runData, summariseRun } from './analyse-run.ts';
import type { AnalysisMessage, AnalysisResult, AnalysisWorkerData } from './analysis-worker.ts';

export interface WorkersOptions {
  /** Absent: as many as there are cores, four at most. */
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

const MOST_THREADS = 4;

/** Rejects with the first error of a thread, for example a StoreError. */
export async function analyseRunInWorkers(input: WorkersInput, options: WorkersOptions = {}): Promise<RunAnalysis> {
  const { instances } = input;
  const wanted = options.threads ?? Math.min(MOST_THREADS, availableParallelism());
  const threads = Math.max(1, Math.min(wanted, instances.length));
  const results: (InstanceAnalysis | undefined)[] = instances.map(() => undefined);
  const pool = new AnalysisPool(input, options, results);
  await pool.run(instances.length === 0 ? 0 : threads);
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
