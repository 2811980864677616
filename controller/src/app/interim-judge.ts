/** Judges runs while they soak, at a bounded share of one core: the dashboard, metrics and notifications read the newest judgement. */
import type { InterimInstanceVerdict, InterimVerdict } from '../analysis/interim/interim-worker.ts';
import type { FailedCriterion } from '../notify/situation.ts';
import type { Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';

/** One instance as it was judged last. */
export interface InstanceJudgement {
  readonly quality: InterimInstanceVerdict['value'];
  /** Names of the criteria that fail it. */
  readonly failing: readonly string[];
}

export interface Judgement {
  /** Milliseconds since 1970. */
  readonly judgedAt: number;
  readonly quality: InterimVerdict['quality']['value'];
  readonly counts: InterimVerdict['counts'];
  readonly passRestsOn: InterimVerdict['passRestsOn'];
  /** Criteria that fail an instance; those that only warn are left out. */
  readonly failed: readonly FailedCriterion[];
  /** By instance id. */
  readonly instances: ReadonlyMap<string, InstanceJudgement>;
  /** Criteria that only the report decides. */
  readonly leftToReport: readonly string[];
}

export interface InterimJudgeDependencies {
  readonly repository: Pick<RunRepository, 'run' | 'runs'>;
  /** From what is stored now, on a thread of its own. Rejects when `signal` is aborted. */
  analyse(run: Run, signal: AbortSignal): Promise<InterimVerdict>;
  /** No run soaks: what was held to go on from can go. */
  rest(): Promise<void>;
  /** Null: of none, the runs could not be read. */
  readonly onFailure: (run: RunId | null, error: unknown) => void;
  schedule(callback: () => void, ms: number): () => void;
  /** Milliseconds since 1970. */
  now(): number;
}

const LOOK_EVERY_MS = 5000;
/** No run is judged more often than this, nor before it has soaked for so long. */
const SHORTEST_MS = 20_000;
/** The next judgement waits this many times as long as the last one took, 5 % of one core, */
const REST = 20;
/** but not for longer than this: a judgement that had to begin anew says little of the next. */
const LONGEST_MS = 180_000;

export class InterimJudge {
  readonly #deps: InterimJudgeDependencies;
  readonly #judgements = new Map<RunId, Judgement>();
  readonly #nextAt = new Map<RunId, number>();
  readonly #ending = new AbortController();
  #cancel: () => void = () => undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(dependencies: InterimJudgeDependencies) {
    this.#deps = dependencies;
  }

  start(): void {
    this.#cancel = this.#deps.schedule(() => {
      this.#working = this.#turn();
    }, LOOK_EVERY_MS);
  }

  /** Null: not judged yet. The last one of a run that has ended stays until it is forgotten. */
  of(run: RunId): Judgement | null {
    return this.#judgements.get(run) ?? null;
  }

  forget(run: RunId): void {
    this.#judgements.delete(run);
    this.#nextAt.delete(run);
  }

  async close(): Promise<void> {
    this.#cancel();
    this.#ending.abort(new Error('the controller ends'));
    await this.#working;
    await this.#deps.rest();
  }

  async #turn(): Promise<void> {
    const { now } = this.#deps;
    const soaking = this.#runs().filter(({ state }) => state === 'soaking');
    if (soaking.length === 0) await this.#deps.rest();
    for (const run of soaking) {
      if (this.#ending.signal.aborted) return;
      if (now() < this.#dueAt(run)) continue;
      await this.#judge(run);
    }
    if (!this.#ending.signal.aborted) this.start();
  }

  /** Nobody is above a turn: what it threw would end the controller. */
  #runs(): readonly Run[] {
    try {
      return this.#deps.repository.runs();
    } catch (error) {
      this.#deps.onFailure(null, error);
      return [];
    }
  }

  #dueAt({ id, soakStartedAt, createdAt }: Run): number {
    return this.#nextAt.get(id) ?? (soakStartedAt ?? createdAt) + SHORTEST_MS;
  }

  async #judge(run: Run): Promise<void> {
    const { now, analyse, onFailure } = this.#deps;
    const startedAt = now();
    try {
      const { quality, counts, instances, passRestsOn, leftToReport } = await analyse(run, this.#ending.signal);
      const failed = instances.flatMap(failedCriteria);
      const byInstance = new Map(instances.map(judgedInstance));
      const judged = { quality: quality.value, counts, failed, instances: byInstance, passRestsOn, leftToReport };
      const judgement = { judgedAt: startedAt, ...judged };
      this.#judgements.set(run.id, judgement);
    } catch (error) {
      if (!this.#ending.signal.aborted) onFailure(run.id, error);
    }
    const took = Math.max(0, now() - startedAt);
    this.#nextAt.set(run.id, now() + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, REST * took)));
  }
}

function failedCriteria({ instanceId, failed }: InterimInstanceVerdict): FailedCriterion[] {
  return failed.map(({ name, key, reason }) => ({ instanceId, name, key, reason }));
}

function judgedInstance({ instanceId, value, failed }: InterimInstanceVerdict): [string, InstanceJudgement] {
  return [instanceId, { quality: value, failing: [...new Set(failed.map(({ name }) => name))] }];
}
