/** The open sample databases of the worker, one for each run. A failing store is tried again until it works; nothing is given up. */
import type { RunId } from '../runs/run.ts';
import type { SampleWriter, StoredNack, StoreWrite } from '../store/sample-store.ts';
import { StoreError } from '../store/store-error.ts';
import { EpochCursors } from './epoch-cursors.ts';

interface RunStore {
  readonly writer: SampleWriter;
  readonly cursors: EpochCursors;
}

export interface RunStoresDependencies {
  /** Opens or creates the writer of a run; throws `StoreError`. */
  readonly openWriter: (run: RunId) => SampleWriter;
  /** Throws `StoreError` `full` where samples would take the last of the disk. */
  readonly checkRoom: () => void;
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

  /** The cursors of a run, whose database is opened if need be. Throws `StoreError` when it cannot be opened. */
  cursors(run: RunId): EpochCursors {
    return this.#store(run).cursors;
  }

  /** What was nacked of an epoch from this sequence on. Throws `StoreError`. */
  nacks(
    run: RunId,
    instanceId: string,
    epoch: { readonly epoch: string; readonly first: number },
  ): readonly StoredNack[] {
    return this.#store(run).writer.nacks(instanceId, epoch.epoch, epoch.first);
  }

  /** Returns once the group is on disk, however often that must be tried. */
  async commit(run: RunId, group: readonly StoreWrite[]): Promise<void> {
    await this.#untilItWorks(run, () => {
      this.#dependencies.checkRoom();
      this.#store(run).writer.commit(group);
    });
  }

  forget(run: RunId): void {
    this.#stores.get(run)?.writer.close();
    this.#stores.delete(run);
  }

  close(): void {
    for (const run of this.#stores.keys()) this.forget(run);
  }

  #store(run: RunId): RunStore {
    const known = this.#stores.get(run);
    if (known !== undefined) return known;
    const writer = this.#dependencies.openWriter(run);
    const store = { writer, cursors: new EpochCursors(writer.cursors()) };
    this.#stores.set(run, store);
    return store;
  }

  async #untilItWorks(run: RunId, work: () => void): Promise<void> {
    const { pause, onCondition } = this.#dependencies;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        work();
        if (pauseMs > FIRST_PAUSE_MS) onCondition(run, { failing: false, reason: 'the store can write again' });
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (pauseMs === FIRST_PAUSE_MS) onCondition(run, { failing: true, reason: error.message });
      }
      await pause(pauseMs);
    }
  }
}
