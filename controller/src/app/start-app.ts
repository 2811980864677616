/** The controller as one thing: data directory, two listeners, fleet, reports. `main` and the commands build on this. */
import type { VerdictSoFar } from '../api/schemas.ts';
import type { RunDriver } from '../fleet/drive/run-driver.ts';
import type { LiveFigures } from '../live/live-figures.ts';
import type { Report } from '../report/report-schema.ts';
import type { WrittenReport } from '../report/write-report.ts';
import type { DataDirectory } from '../runs/data-directory.ts';
import type { LiveAgents } from '../runs/live-agents.ts';
import type { Leftover, RunId, RunSpec } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import { type AppDependencies, type AppOptions, type AppParts, type Closers, openParts } from './app-parts.ts';
import type { InstanceJudgement } from './interim-judge.ts';
import { openRunReader, type ReportProgressListener, type RunReader } from './run-reports.ts';
import {
  holdEndedRuns,
  startFleet,
  startIngest,
  startJudge,
  startNotifier,
  startOperators,
  startPruner,
  verdictsOf,
} from './start-parts.ts';

export interface App {
  /** Where agents connect. */
  readonly publicUrl: string;
  readonly operatorUrl: string;
  readonly dataDirectory: DataDirectory;
  readonly repository: RunRepository;
  readonly live: LiveAgents;
  readonly liveFigures: LiveFigures;
  /** What the quality of a run looks like now, or was at its end; null: not judged yet. */
  verdictSoFar(run: RunId): VerdictSoFar | null;
  /** One instance as it was judged last while the run soaked. */
  judged(run: RunId, instanceId: string): InstanceJudgement | null;
  /** Runs that were taken up again. */
  readonly resumed: readonly RunId[];
  startRun(spec: RunSpec): Promise<RunId>;
  requestStop(run: RunId, reason: string): void;
  /** Says which instances stay: `all`, `none`, `1,3,5-7`. Throws FleetError `keep_invalid` or `run_unfit`. */
  decideKeep(run: RunId, selection: string): readonly number[];
  /** What would be left behind if the controller went now. Asks nobody. */
  leftBehindNow(run: RunId): readonly Leftover[];
  openReader(run: RunId): RunReader | null;
  report(run: RunId): Promise<Report>;
  /** Tells how far the final reports are; returns how to stop that. */
  onReportProgress(listener: ReportProgressListener): () => void;
  /** Files of the final report; null until the run has ended. */
  reportFiles(run: RunId): Promise<WrittenReport | null>;
  close(): Promise<void>;
}

/** Starts everything; what had been started is closed again, in reverse, when a part cannot start. */
export async function startApp(options: AppOptions, dependencies: AppDependencies): Promise<App> {
  const closers: Closers = [];
  const close = async () => {
    for (const closePart of closers.splice(0).reverse()) await closePart();
  };
  try {
    const parts = await openParts(options, dependencies, closers);
    const agentPort = await startIngest(parts, closers);
    const driver = await startFleet(parts, closers);
    const judge = startJudge(parts, closers);
    const ended = holdEndedRuns(parts, judge, closers);
    const notifier = startNotifier(parts, judge, closers);
    const pruner = startPruner(parts, closers);
    const verdictSoFar = verdictsOf(parts, judge);
    const publicUrl =
      options.publicUrl ?? urlOf({ host: options.agentListen.host, port: agentPort }, parts.tls !== null);
    const watching = { judge, ended, verdictSoFar, notifier, pruner, publicUrl };
    const operatorUrl = await startOperators({ ...parts, ...watching }, driver, closers);
    parts.finisher.start();
    const resumed = driver.resumeRuns();
    const judged: App['judged'] = (run, instanceId) => judge.of(run)?.instances.get(instanceId) ?? null;
    return { ...appOf(parts, driver), judged, verdictSoFar, publicUrl, operatorUrl, resumed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function urlOf({ host, port }: AppOptions['agentListen'], secure: boolean): string {
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function appOf(
  parts: AppParts,
  driver: RunDriver,
): Omit<App, 'judged' | 'verdictSoFar' | 'publicUrl' | 'operatorUrl' | 'resumed' | 'close'> {
  const { data, repository, live, liveFigures, finisher } = parts;
  return {
    dataDirectory: data,
    repository,
    live,
    liveFigures,
    startRun: (spec) => driver.startRun(spec),
    requestStop: (run, reason) => driver.requestStop(run, reason),
    decideKeep: (run, selection) => driver.decideKeep(run, selection),
    leftBehindNow: (run) => driver.leftBehindNow(run),
    openReader: (run) => openRunReader(data.samplesDatabase(run)),
    report: parts.reportOf,
    reportFiles: (run) => finisher.filesOf(run),
    onReportProgress: (listener) => finisher.onProgress(listener),
  };
}
