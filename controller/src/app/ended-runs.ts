/**
 * Which ended runs are still held in memory: those that ended or were looked at last. Of the others everything lies in the store, and is read
 * again when somebody looks: a controller that serves for months must not hold the figures of every run it ever had (pure).
 */
import type { RunId } from '../runs/run.ts';

/** A run of 500 instances takes some 5 MB. */
const MOST_HELD = 20;

export class EndedRuns {
  readonly #forget: (run: RunId) => void;
  /** In order of use. */
  readonly #held = new Set<RunId>();

  /** `forget` lets go of everything that is in memory of a run. */
  constructor(dependencies: { readonly forget: (run: RunId) => void }) {
    this.#forget = dependencies.forget;
  }

  /** It has just ended, or somebody looks at it. */
  use(run: RunId): void {
    this.#held.delete(run);
    this.#held.add(run);
    const [oldest] = this.#held;
    if (this.#held.size <= MOST_HELD || oldest === undefined) return;
    this.#held.delete(oldest);
    this.#forget(oldest);
  }
}
