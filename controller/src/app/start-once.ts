/** A request to start a run is carried out once, however often it is asked: the caller's answer may have been lost. */
import type { RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';

export class StartOnce {
  readonly #repository: Pick<RunRepository, 'runs'>;
  readonly #starting = new Map<string, Promise<RunId>>();

  constructor(repository: Pick<RunRepository, 'runs'>) {
    this.#repository = repository;
  }

  /** The run of this request, begun now if it has not been. What failed may be asked again. */
  async start(requestId: string | undefined, begin: () => Promise<RunId>): Promise<RunId> {
    if (requestId === undefined) return await begin();
    const known = this.#repository.runs().find(({ spec }) => spec.requestId === requestId);
    if (known !== undefined) return known.id;
    const starting = this.#starting.get(requestId) ?? begin();
    this.#starting.set(requestId, starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(requestId);
    }
  }
}
