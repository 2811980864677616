/** Judges runs while they soak, at a bounded share of one core: the dashboard, metrics and notifications read the newest judgement. */
import type { RunAnalysis } from '../analysis/analyse-run.ts';
import type { FailedCriterion } from '../notify/situation.ts';
import type { Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';

/** One instance as it was judged last. */
export interface InstanceJudgement {
  readonly quality: RunAnalysis['quality']['value'];
  /** Names of the criteria that fail it. */
  readonly failing: readonly string[];
}

export interface Judgement {
  /** Milliseconds since 1970. */
  readonly judgedAt: number;
  readonly quality: RunAnalysis['quality']['value'];
  readonly counts: RunAnalysis['counts'];
  /** Criteria that fail an instance; those that only warn are left out. */
  readonly failed: readonly FailedCriterion[];
  /** By instance id. */
  readonly instances: ReadonlyMap<string, InstanceJudgement>;
}

export interface InterimJudgeDependencies {
  readonly repository: Pick<RunRepository, 'run' | 'runs'>;
  /** Of the samples that are stored now, on one thread of its own. Rejects when `signal` is aborted. */
  analyse(run: Run, signal: AbortSignal): Promise<RunAnalysis>;
  /** Null: of none, the runs could not be read. */
  readonly onFailure: (run: RunId | null, error: unknown) => void;
  schedule(callback: () => void, ms: number): () => void;
  /** Milliseconds since 1970. */
  now(): number;
}

const LOOK_EVERY_MS = 5000;
/** No run is judged more often than this, nor before it has soaked for so long. */
const SHORTEST_MS = 20_000;
/** The next judgement waits this many times as long as the last one took: 5 % of one core. */
const REST = 20;

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
  }

  async #turn(): Promise<void> {
    const { now } = this.#deps;
    for (const run of this.#runs()) {
      if (this.#ending.signal.aborted) return;
      if (run.state !== 'soaking' || now() < this.#dueAt(run)) continue;
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
      const { quality, counts, instances } = await analyse(run, this.#ending.signal);
      const failed = instances.flatMap(failedCriteria);
      const byInstance = new Map(instances.flatMap(judgedInstance));
      const judgement = { judgedAt: startedAt, quality: quality.value, counts, failed, instances: byInstance };
      this.#judgements.set(run.id, judgement);
    } catch (error) {
      if (!this.#ending.signal.aborted) onFailure(run.id, error);
    }
    const took = Math.max(0, now() - startedAt);
    this.#nextAt.set(run.id, now() + Math.max(SHORTEST_MS, REST * took));
  }
}

function failedCriteria({ instance, quality }: RunAnalysis['instances'][number]): FailedCriterion[] {
  const { instanceId } = instance;
  if (instanceId === null) return [];
  return quality.criteria
    .filter(({ status, consequence }) => status === 'fail' && consequence === 'fail')
    .map(({ name, key, reason }) => ({ instanceId, name, key, reason }));
}

function judgedInstance(analysis: RunAnalysis['instances'][number]): [string, InstanceJudgement][] {
  const { instanceId } = analysis.instance;
  if (instanceId === null) return [];
  const failing = [...new Set(failedCriteria(analysis).map(({ name }) => name))];
  return [[instanceId, { quality: analysis.quality.value, failing }]];
}
