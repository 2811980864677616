/** Restores live figures from the store on a thread of its own: of open runs after a restart, of ended ones when somebody looks at them. */
import { Worker } from 'node:worker_threads';
import { InstanceTracker, type SavedTracker } from './instance-tracker.ts';
import type { LiveFigures } from './live-figures.ts';
import type { FromRestoreWorker, RestoreWorkerData, StoredRun } from './restore-worker.ts';
import { packFigures, TRACKED } from './tracked-figures.ts';

export interface FiguresRestorerDependencies {
  readonly figures: LiveFigures;
  /** Hands the past of an open run to the thread that tracks it. */
  readonly restore: (run: string, saved: ReadonlyMap<string, SavedTracker>) => void;
  readonly onFailure: (error: unknown) => void;
}

export class FiguresRestorer {
  readonly #deps: FiguresRestorerDependencies;
  readonly #workers = new Set<Worker>();
  /** Restored before anybody could take it; null: not held any more. */
  #held: [run: string, saved: ReadonlyMap<string, SavedTracker>][] | null = [];
  /** Of ended runs, by run. */
  readonly #prepared = new Map<string, Promise<void>>();

  constructor(deps: FiguresRestorerDependencies) {
    this.#deps = deps;
  }

  /** Restores open runs. Resolves as soon as it is settled up to where they are read: what is stored after that is not read. */
  fix(runs: readonly StoredRun[]): Promise<void> {
    if (runs.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#start(runs, {
        onFixed: resolve,
        onRestored: (run, saved) => {
          if (this.#held === null) this.#deps.restore(run, saved);
          else this.#held.push([run, saved]);
        },
        onEnd: resolve,
      });
    });
  }

  /** From now on the thread that tracks is there to take what was restored. */
  deliver(): void {
    for (const [run, saved] of this.#held ?? []) this.#deps.restore(run, saved);
    this.#held = null;
  }

  /** The figures of a run that has ended; read once, until they are forgotten. */
  prepareEnded(stored: StoredRun): Promise<void> {
    const known = this.#prepared.get(stored.run);
    if (known !== undefined) return known;
    const prepared = new Promise<void>((resolve) => {
      this.#start([stored], {
        onFixed: () => undefined,
        onRestored: (run, saved) => this.#keep(run, saved),
        onEnd: resolve,
      });
    });
    this.#prepared.set(stored.run, prepared);
    return prepared;
  }

  /** The next one who looks at this ended run has it read again. */
  forgetEnded(run: string): void {
    this.#prepared.delete(run);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #start(runs: readonly StoredRun[], on: RestoreListener): void {
    const workerData: RestoreWorkerData = { runs };
    const worker = new Worker(new URL('./restore-worker.ts', import.meta.url), { workerData, name: 'restore' });
    this.#workers.add(worker);
    worker.on('message', (message: FromRestoreWorker) => {
      if (message.kind === 'fixed') on.onFixed();
      else on.onRestored(message.run, message.saved);
    });
    worker.on('error', this.#deps.onFailure);
    worker.on('exit', () => {
      this.#workers.delete(worker);
      on.onEnd();
    });
  }

  #keep(run: string, saved: ReadonlyMap<string, SavedTracker>): void {
    const values = new Float64Array(saved.size * TRACKED.length);
    for (const [row, one] of [...saved.values()].entries()) {
      const tracker = new InstanceTracker();
      tracker.restore(one);
      packFigures(tracker.figures(one.newest.lastReceivedAtMs ?? 0), { values, row });
    }
    this.#deps.figures.takeRows({ run, instanceIds: [...saved.keys()], values });
    this.#deps.figures.keepHeat(run, new Map([...saved].map(([id, { heat }]) => [id, heat])));
  }
}

interface RestoreListener {
  readonly onFixed: () => void;
  readonly onRestored: (run: string, saved: ReadonlyMap<string, SavedTracker>) => void;
  readonly onEnd: () => void;
}
