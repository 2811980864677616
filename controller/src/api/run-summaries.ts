/** The summaries of all runs for the live socket, every second: those of runs that have ended are made once, until something of them changes. */
import type { RunId } from '../runs/run.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { summariseRun } from './run-routes.ts';
import type { RunSummary } from './schemas.ts';

export class RunSummaries {
  readonly #deps: ApiDependencies;
  readonly #ended = new Map<RunId, RunSummary>();
  #stopListening: () => void = () => undefined;

  constructor(deps: ApiDependencies) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopListening = this.#deps.runs.onChange((run) => this.#ended.delete(run));
  }

  stop(): void {
    this.#stopListening();
  }

  /** Newest first. */
  all(): readonly RunSummary[] {
    return this.#deps.runs.runs().map((run) => {
      const known = this.#ended.get(run.id);
      if (known !== undefined) return known;
      const summary = summariseRun(this.#deps, run);
      // Agents may stay connected for a while after the end.
      if (run.state === 'ended' && summary.agents_connected === 0) this.#ended.set(run.id, summary);
      return summary;
    });
  }
}
