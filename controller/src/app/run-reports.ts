/** A run's report at any time, and the final one in the run's directory as soon as it has ended. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RunAnalysis } from '../analysis/analyse-run.ts';
import { type AnalysisProgress, analyseRunInWorkers, type WorkersInput } from '../analysis/analyse-run-in-workers.ts';
import { buildReport } from '../report/build-report.ts';
import type { Report } from '../report/report-schema.ts';
import { reportFilesIn, type WrittenReport, writeReport } from '../report/write-report.ts';
import type { Run, RunId } from '../runs/run.ts';
import type { RunPreparation } from '../runs/run-preparation.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import { RunsError } from '../runs/runs-error.ts';
import { openSampleReader } from '../store/open-sample-reader.ts';
import { foldJournalOf } from '../store/sample-database.ts';
import type { RecordReader, SampleReader } from '../store/sample-store.ts';
import { StoreError } from '../store/store-error.ts';

export interface RunReportsOptions {
  readonly version: string;
  samplesDatabase(run: RunId): string;
}

export type RunReader = SampleReader & RecordReader;

/** The samples of a run, or null where nothing has been stored yet. The caller closes it. */
export function openRunReader(path: string): RunReader | null {
  try {
    return openSampleReader(path);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not_found') return null;
    throw error;
  }
}

export interface ReportContext {
  readonly repository: RunRepository;
  readonly options: RunReportsOptions;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly onProgress?: (progress: AnalysisProgress) => void;
}

/** The report as things stand at `now`; the final one where the samples were removed since. Long runs are analysed on threads of their own, so that agents are served meanwhile. */
export async function reportOfRun(run: Run, context: ReportContext): Promise<Report> {
  if (run.samplesRemoved != null) return await finalReport(run.id, context);
  return reportFrom(await analysisOf(run, context), context);
}

/** Its files, in the run's directory. */
export function finalReportFiles(run: RunId, { samplesDatabase }: Pick<RunReportsOptions, 'samplesDatabase'>) {
  return reportFilesIn(dirname(samplesDatabase(run)));
}

async function finalReport(run: RunId, { options }: ReportContext): Promise<Report> {
  return JSON.parse(await readFile(finalReportFiles(run, options).json, 'utf8')) as Report;
}

/** Throws RunsError `samples_removed`: what needs the samples cannot be had any more. */
export function requireSamples({ id, samplesRemoved = null }: Run): void {
  if (samplesRemoved === null) return;
  const at = new Date(samplesRemoved.at).toISOString();
  const rest = `Its final report is there: ptp-tester report ${id}. A backup from before may have the samples.`;
  throw new RunsError(
    'samples_removed',
    `The samples of ${id} were removed at ${at} (${samplesRemoved.reason}). ${rest}`,
  );
}

/** The analysis of which the report is made. Rejects with RunsError `samples_removed`. */
export async function analysisOf(run: Run, context: ReportContext): Promise<RunAnalysis> {
  const { onProgress } = context;
  requireSamples(run);
  const input = analysisInput(run, context);
  return await analyseRunInWorkers(input, onProgress === undefined ? {} : { onProgress });
}

function analysisInput(run: Run, { repository, options }: ReportContext): WorkersInput {
  const samplesDatabase = options.samplesDatabase(run.id);
  return {
    run,
    instances: repository.instances(run.id),
    controllerEvents: repository.events(run.id),
    awsCalls: repository.awsCallTotals(run.id),
    zoneIds: zoneIdsOf(repository.preparation(run.id)),
    samplesDatabase: existsSync(samplesDatabase) ? samplesDatabase : null,
  };
}

function zoneIdsOf(preparation: RunPreparation | null): ReadonlyMap<string, string> {
  const pairs = (preparation?.subnets ?? []).flatMap(({ availabilityZone, availabilityZoneId }) =>
    availabilityZoneId === null ? [] : [[availabilityZone, availabilityZoneId] as const],
  );
  return new Map(pairs);
}

function reportFrom(analysis: RunAnalysis, { options, now, repository }: ReportContext): Report {
  const preparation = repository.preparation(analysis.run.id);
  return buildReport(analysis, { toolVersion: options.version, generatedAt: now, preparation });
}

export interface RunFinisherOptions extends RunReportsOptions {
  runDirectory(run: RunId): string;
}

export interface RunFinisherDependencies {
  readonly repository: RunRepository;
  readonly now: () => number;
  readonly onFailure: (run: RunId, error: unknown) => void;
  /** Calls back after `ms`; the returned function takes that back. */
  readonly schedule: (callback: () => void, ms: number) => () => void;
}

/** A report that could not be made, as on a full disk, is tried again. */
const AGAIN_MS = 3_600_000;

export type ReportProgressListener = (run: RunId, progress: AnalysisProgress) => void;

/** Judges ended runs and leaves `report.json` and `report.md` in their directories. */
export class RunFinisher {
  readonly #options: RunFinisherOptions;
  readonly #dependencies: RunFinisherDependencies;
  readonly #finished = new Map<RunId, Promise<WrittenReport | null>>();
  readonly #atWork = new Set<RunId>();
  readonly #listeners = new Set<ReportProgressListener>();
  readonly #again = new Map<RunId, () => void>();
  #stopListening: () => void = () => undefined;

  constructor(options: RunFinisherOptions, dependencies: RunFinisherDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Also takes up runs that ended while no controller was there to report on them. */
  start(): void {
    const { repository } = this.#dependencies;
    this.#stopListening = repository.onChange((id) => this.#look(repository.run(id)));
    for (const run of repository.runs()) this.#look(run);
  }

  /** The final report's files; null when the run has not ended or the report failed. */
  async filesOf(run: RunId): Promise<WrittenReport | null> {
    return (await this.#finished.get(run)) ?? null;
  }

  /** The report of this run is being made. */
  isAtWork(run: RunId): boolean {
    return this.#atWork.has(run);
  }

  /** Tells how far reports are; returns how to stop that. */
  onProgress(listener: ReportProgressListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stopListening();
    await Promise.all(this.#finished.values());
    for (const cancel of this.#again.values()) cancel();
  }

  #look(run: Run | null): void {
    if (run === null || run.state !== 'ended' || this.#finished.has(run.id)) return;
    // A run that ended long ago changes too, as when its samples are removed.
    if (existsSync(finalReportFiles(run.id, this.#options).json)) return;
    this.#atWork.add(run.id);
    const finishing = this.#finish(run)
      .catch((error: unknown) => {
        this.#dependencies.onFailure(run.id, error);
        this.#lookAgain(run.id);
        return null;
      })
      .finally(() => this.#atWork.delete(run.id));
    this.#finished.set(run.id, finishing);
  }

  #lookAgain(id: RunId): void {
    const { repository, schedule } = this.#dependencies;
    const look = () => {
      this.#finished.delete(id);
      this.#look(repository.run(id));
    };
    this.#again.set(id, schedule(look, AGAIN_MS));
  }

  async #finish(run: Run): Promise<WrittenReport> {
    const { repository, now } = this.#dependencies;
    const onProgress = (progress: AnalysisProgress) => {
      for (const listener of this.#listeners) listener(run.id, progress);
    };
    const context = { repository, options: this.#options, now: now(), onProgress };
    const analysis = await analysisOf(run, context);
    const failed = run.outcome === 'completed' && analysis.quality.value === 'fail';
    const judged = failed ? repository.updateRun(run.id, { outcome: 'quality_failed' }) : run;
    const report = reportFrom({ ...analysis, run: judged }, context);
    const samples = this.#options.samplesDatabase(run.id);
    const reader = openRunReader(samples);
    try {
      return await writeReport(this.#options.runDirectory(run.id), report, { reader });
    } finally {
      reader?.close();
      this.#fold(run.id, samples);
    }
  }

  /** The samples are all in one file from now on. At the end of the run somebody may still have been reading. */
  #fold(run: RunId, samples: string): void {
    try {
      foldJournalOf(samples);
    } catch (error) {
      this.#dependencies.onFailure(run, error);
    }
  }
}
