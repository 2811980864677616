/** The open sample databases of the worker, one for each run. A failing store is tried again until it works; nothing is given up. */
import type { RunId } from '../runs/run.ts';
import type { SampleWriter, StoreWrite } from '../store/sample-store.ts';
import { StoreError } from '../store/store-error.ts';
import { EpochCursors } from './epoch-cursors.ts';

interface RunStore {
  readonly writer: SampleWriter;
  readonly cursors: EpochCursors;
}

export interface RunStoresDependencies {
  /** Opens or creates the writer of a run; throws `StoreError`. */
  readonly openWriter: (run: RunId) => SampleWriter;
  readonly pause: (ms: number) => Promise<void>;
  /** Called when a store begins to fail and when it works again. */
  readonly onCondition: (run: RunId, condition: { readonly failing: boolean; readonly reason: string }) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

export class RunStores {
  readonly #dependencies: RunStoresDependencies;
  readonly #stores = new Map<RunId, RunStore>();

  constructor(dependencies: RunStoresDependencies) {
    this.#dependencies = dependencies;
  }

  async cursors(run: RunId): Promise<EpochCursors> {
    return (await this.#store(run)).cursors;
  }

  /** Returns once the group is on disk. */
  async commit(run: RunId, group: readonly StoreWrite[]): Promise<void> {
    const { writer } = await this.#store(run);
    await this.#untilItWorks(run, () => writer.commit(group));
  }

  forget(run: RunId): void {
    this.#stores.get(run)?.writer.close();
    this.#stores.delete(run);
  }

  close(): void {
    for (const run of this.#stores.keys()) this.forget(run);
  }

  async #store(run: RunId): Promise<RunStore> {
    const known = this.#stores.get(run);
    if (known !== undefined) return known;
    const writer = await this.#untilItWorks(run, () => this.#dependencies.openWriter(run));
    const store = { writer, cursors: new EpochCursors(writer.cursors()) };
    this.#stores.set(run, store);
    return store;
  }

  async #untilItWorks<T>(run: RunId, work: () => T): Promise<T> {
    const { pause, onCondition } = this.#dependencies;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        const result = work();
        if (pauseMs > FIRST_PAUSE_MS) onCondition(run, { failing: false, reason: 'the store can write again' });
        return result;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (pauseMs === FIRST_PAUSE_MS) onCondition(run, { failing: true, reason: error.message });
      }
      await pause(pauseMs);
    }
  }
}
