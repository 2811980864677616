/** Removes the samples of ended runs by the rules of retention, or because an operator says so. Reports and everything else about a run stay. */
import { existsSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  choosePrunable,
  type KeptSamples,
  type PrunedRun,
  type RetentionRules,
  type StoredRun,
  whyNotPrunable,
} from '../runs/choose-prunable.ts';
import type { DataDirectory } from '../runs/data-directory.ts';
import type { Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import { RunsError } from '../runs/runs-error.ts';

export interface PrunerDependencies {
  readonly repository: RunRepository;
  readonly data: Pick<DataDirectory, 'runDirectory' | 'samplesDatabase'>;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Lets go of what is in memory of its samples, and counts it. */
  readonly onRemoved?: (pruned: PrunedRun) => void;
  /** Calls back after `ms`; the returned function takes that back. */
  readonly schedule: (callback: () => void, ms: number) => () => void;
  readonly now: () => number;
  /** By how much the clock was set ahead since the start, ms: nothing gets old by that. */
  readonly aheadMs?: () => number;
}

export interface PruneRequest {
  readonly rules: RetentionRules;
  /** Named by an operator: these go however young they are. */
  readonly named: readonly RunId[];
  readonly dryRun: boolean;
}

export interface PruneResult {
  readonly pruned: readonly PrunedRun[];
  readonly kept: readonly KeptSamples[];
  /** What all samples take afterwards, or would. */
  readonly storedBytes: number;
}

/** SQLITE_FULL, sqlite3.h. */
const SQLITE_FULL = 13;
/** Agents that come in after a start are served first. */
const FIRST_LOOK_MS = 60_000;
const LOOK_EVERY_MS = 3_600_000;

export class SamplePruner {
  readonly #rules: RetentionRules;
  readonly #deps: PrunerDependencies;
  #cancel: () => void = () => undefined;
  #working: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(rules: RetentionRules, dependencies: PrunerDependencies) {
    this.#rules = rules;
    this.#deps = dependencies;
  }

  /** Looks every hour, where there are rules. */
  start(): void {
    this.#cancel = this.#deps.schedule(() => this.#look(), FIRST_LOOK_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#working;
  }

  /** One after the other. Throws RunsError `run_unknown`, or `prune_refused` for a named run that must keep its samples. */
  async prune(request: PruneRequest): Promise<PruneResult> {
    const pruning = this.#working.then(() => this.#prune(request));
    this.#working = pruning.catch(() => undefined);
    return await pruning;
  }

  /** What the samples of all runs take. */
  storedBytes(): number {
    return this.#stored().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #look(): void {
    const request = { rules: this.#rules, named: [], dryRun: false };
    this.prune(request)
      .catch((err: unknown) => this.#deps.log.error({ err }, 'samples could not be removed; tried again in an hour'))
      .finally(() => {
        if (!this.#closed) this.#cancel = this.#deps.schedule(() => this.#look(), LOOK_EVERY_MS);
      });
  }

  async #prune({ rules, named, dryRun }: PruneRequest): Promise<PruneResult> {
    for (const run of named) this.#refuse(run);
    const stored = this.#stored();
    const { pruned, kept, beyondBytes } = choosePrunable(stored, { rules, named }, this.#oldestNow());
    const total = stored.reduce((sum, { bytes }) => sum + bytes, 0);
    const storedBytes = pruned.reduce((left, { bytes }) => left - bytes, total);
    if (dryRun) return { pruned, kept, storedBytes };
    await this.#finishRemovals();
    for (const one of pruned) await this.#remove(one);
    if (beyondBytes > 0) {
      const fields = { bytes: storedBytes, beyond_bytes: beyondBytes };
      this.#deps.log.warn(fields, 'samples take more than --retain-size, and nothing more of them may be removed');
    }
    return { pruned, kept, storedBytes };
  }

  #oldestNow(): number {
    return this.#deps.now() - (this.#deps.aheadMs?.() ?? 0);
  }

  #refuse(id: RunId): void {
    const run = this.#deps.repository.run(id);
    if (run === null) throw new RunsError('run_unknown', `There is no run ${id}. ptp-tester status lists them.`);
    const reason = whyNotPrunable({ run, hasReport: this.#hasReport(id) });
    if (reason !== null) throw new RunsError('prune_refused', `The samples of ${id} cannot be removed: ${reason}.`);
  }

  #stored(): StoredRun[] {
    return this.#deps.repository.runs().map((run: Run) => ({
      run,
      bytes: this.#files(run.id).reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0),
      hasReport: this.#hasReport(run.id),
    }));
  }

  #hasReport(run: RunId): boolean {
    return existsSync(join(this.#deps.data.runDirectory(run), 'report.json'));
  }

  #files(run: RunId): string[] {
    const database = this.#deps.data.samplesDatabase(run);
    return [database, `${database}-wal`, `${database}-shm`];
  }

  /** Of a controller that was killed between saying so and doing it. */
  async #finishRemovals(): Promise<void> {
    for (const { run } of this.#stored().filter(({ run, bytes }) => run.samplesRemoved != null && bytes > 0))
      await this.#removeFiles(run.id);
  }

  /** On record first: a kill in between leaves files that the next look removes, never a run that lost its samples without a word. */
  async #remove(pruned: PrunedRun): Promise<void> {
    const { repository, log, now, onRemoved } = this.#deps;
    const { run, bytes, reason } = pruned;
    const record = () => repository.removeSamples(run, { at: now(), bytes, reason });
    const isRecorded = unlessDiskIsFull(record);
    if (!isRecorded) log.warn({ run, bytes, reason }, 'the disk is full: samples are removed before that is on record');
    await this.#removeFiles(run);
    if (!isRecorded) record();
    onRemoved?.(pruned);
    log.info({ run, bytes, reason }, 'samples removed; the report stays');
  }

  async #removeFiles(run: RunId): Promise<void> {
    for (const path of this.#files(run)) await rm(path, { force: true });
  }
}

/** False: there was no room for it. */
function unlessDiskIsFull(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL) return false;
    throw error;
  }
}
