/**
 * The instances of the runs that were asked for last, as they are in the control database: reading 500 of them with what their agents found
 * takes some 50 ms, and a run that soaks asks for them every second (pure).
 */
import type { InstanceRecord, RunId } from './run.ts';

const MOST_RUNS = 8;

export class RecentInstances {
  readonly #known = new Map<RunId, readonly InstanceRecord[]>();

  of(run: RunId, read: () => readonly InstanceRecord[]): readonly InstanceRecord[] {
    const instances = this.#known.get(run) ?? read();
    this.#known.delete(run);
    this.#known.set(run, instances);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_RUNS && oldest !== undefined) this.#known.delete(oldest);
    return instances;
  }

  forget(run: RunId): void {
    this.#known.delete(run);
  }

  /** One of them was written. */
  changed(written: InstanceRecord): void {
    const known = this.#known.get(written.run);
    if (known === undefined) return;
    this.#known.set(
      written.run,
      known.map((instance) => (instance.index === written.index ? written : instance)),
    );
  }
}
