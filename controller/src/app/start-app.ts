/** The controller as one thing: data directory, two listeners, fleet, reports. `main` and the commands build on this. */
import { randomInt } from 'node:crypto';
import { statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { HealthState } from '../api/api-dependencies.ts';
import type { NotifyConfig } from '../config/notify-config.ts';
import type { TlsKeeper } from '../config/tls-keeper.ts';
import { isLoopback, type TlsMode } from '../config/tls-mode.ts';
import { createEc2Factory } from '../fleet/ec2-calls.ts';
import type { AwsOptions } from '../fleet/ec2-client.ts';
import { RunDriver } from '../fleet/run-driver.ts';
import { checkToken } from '../fleet/token.ts';
import { readUserDataTemplates } from '../fleet/user-data-templates.ts';
import { AgentListener } from '../ingest/agent-listener.ts';
import type { VerifySignature } from '../ingest/check-identity.ts';
import { LiveFigures } from '../live/live-figures.ts';
import { Meter } from '../metrics/meter.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { Report } from '../report/report-schema.ts';
import type { WrittenReport } from '../report/write-report.ts';
import { type DataDirectory, openDataDirectory } from '../runs/data-directory.ts';
import { LiveAgents } from '../runs/live-agents.ts';
import type { Leftover, RunId, RunSpec } from '../runs/run.ts';
import type { AwsCall, RunRepository } from '../runs/run-repository.ts';
import { RunsError } from '../runs/runs-error.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { type AgentFiles, type BuildAgent, createAgentFiles } from './agent-files.ts';
import { DiskWatch } from './disk-watch.ts';
import { logChanges } from './log-changes.ts';
import { metricsOf } from './metrics-of.ts';
import { openNotifier } from './open-notifier.ts';
import { openTls } from './open-tls.ts';
import { startOperatorServer } from './operator-server.ts';
import { openRunReader, type ReportProgressListener, RunFinisher, type RunReader, reportOfRun } from './run-reports.ts';
import { openWebPage } from './web-page.ts';

/** The end of the last run is told before the controller goes, if that does not take longer. */
const FLUSH_MS = 10_000;

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface AppOptions {
  readonly dataDirectory: string;
  readonly agentListen: HostPort;
  readonly operatorListen: HostPort;
  /** Where agents reach the agent listener; null = its own address. */
  readonly publicUrl: string | null;
  readonly tls: TlsMode;
  /** Null: agents need no signed identity document. */
  readonly verifySignature: VerifySignature | null;
  /** Null: nobody is told. */
  readonly notify: NotifyConfig | null;
  readonly aws: AwsOptions;
  readonly version: string;
}

export interface AppDependencies {
  readonly log: Logger;
  readonly buildAgent: BuildAgent;
  /** Whole milliseconds since 1970. */
  readonly now: () => number;
}

export interface App {
  /** Where agents connect. */
  readonly publicUrl: string;
  readonly operatorUrl: string;
  readonly dataDirectory: DataDirectory;
  readonly repository: RunRepository;
  readonly live: LiveAgents;
  readonly liveFigures: LiveFigures;
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
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closePart of closers.splice(0).reverse()) await closePart();
  };
  try {
    const parts = await openParts(options, dependencies, closers);
    const agentPort = await startIngest(parts, closers);
    const driver = await startFleet(parts, closers);
    const notifier = startNotifier(parts, closers);
    const operatorUrl = await startOperators({ ...parts, notifier }, driver, closers);
    const publicUrl =
      options.publicUrl ?? urlOf({ host: options.agentListen.host, port: agentPort }, parts.tls !== null);
    parts.finisher.start();
    const resumed = driver.resumeRuns();
    return { ...appOf(parts, driver), publicUrl, operatorUrl, resumed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<void> | void)[];

interface Parts {
  readonly options: AppOptions;
  readonly dependencies: AppDependencies;
  readonly data: DataDirectory;
  readonly repository: RunRepository;
  readonly live: LiveAgents;
  readonly liveFigures: LiveFigures;
  readonly meter: Meter;
  readonly disk: DiskWatch;
  readonly agentFiles: AgentFiles;
  /** Null: plain HTTP. */
  readonly tls: TlsKeeper | null;
  readonly agentListener: AgentListener;
  readonly finisher: RunFinisher;
  reportOf(run: RunId): Promise<Report>;
}

/** What needs no socket yet. */
async function openParts(options: AppOptions, dependencies: AppDependencies, closers: Closers): Promise<Parts> {
  const { log, now, buildAgent } = dependencies;
  const data = openDataDirectory(options.dataDirectory);
  closers.push(() => data.close());
  const repository = openRunRepository(data.controlDatabase, { now });
  closers.push(() => repository.close());
  closers.push(logChanges(repository, log));
  const live = new LiveAgents();
  const liveFigures = new LiveFigures();
  const meter = new Meter();
  const disk = new DiskWatch(data.path);
  const agentFiles = createAgentFiles(data.agentFilesDirectory, buildAgent);
  const reports = { version: options.version, samplesDatabase: data.samplesDatabase, runDirectory: data.runDirectory };
  const onFailure = (run: RunId, err: unknown) => log.error({ run, err }, 'the report could not be written');
  const finisher = new RunFinisher(reports, { repository, now, onFailure });
  closers.push(() => finisher.close());
  const tls = await openTlsOf(options, data, dependencies);
  const { verifySignature } = options;
  const agentListener = new AgentListener(
    { dataDirectory: data.path, ...(tls === null ? {} : { tls: tls.credentials() }) },
    {
      repository,
      liveAgents: live,
      liveFigures,
      onCommitted: meter.committed,
      checkToken: (owner, token) => checkToken(data.controllerKey, owner, token),
      ...(verifySignature === null ? {} : { verifySignature }),
      findAgentFile: agentFiles.find,
      ...(tls === null ? {} : { refreshTls: tls.refresh }),
      now,
      log: log.child({ part: 'ingest' }),
    },
  );
  const reportOf = async (id: RunId) => {
    const run = repository.run(id);
    if (run === null) throw new RunsError('run_unknown', `there is no run ${id} in ${data.path}`);
    return await reportOfRun(run, { repository, options: reports, now: now() });
  };
  const base = { options, dependencies, data, repository, live, liveFigures, meter, disk };
  return { ...base, agentFiles, tls, agentListener, finisher, reportOf };
}

async function openTlsOf(options: AppOptions, data: DataDirectory, { log, now }: AppDependencies) {
  const { tls: mode, agentListen, publicUrl } = options;
  const request = { mode, dataDirectory: data.path, listenHost: agentListen.host, publicUrl };
  const tlsLog = log.child({ part: 'tls' });
  const isPlain = mode.kind === 'plain' && publicUrl?.startsWith('https:') !== true;
  if (isPlain && !isLoopback(agentListen.host)) {
    tlsLog.warn({}, 'agents come in over plain HTTP: tokens and samples can be read and changed on the way');
  }
  return await openTls(request, { log: tlsLog, now });
}

async function startIngest({ options, agentListener }: Parts, closers: Closers): Promise<number> {
  const { port } = await agentListener.start(options.agentListen);
  closers.push(() => agentListener.close());
  return port;
}

async function startFleet(parts: Parts, closers: Closers): Promise<RunDriver> {
  const { data, repository, dependencies, options } = parts;
  const { log, now } = dependencies;
  const { controllerId, controllerKey } = data;
  const ec2For = createEc2Factory(
    { ...options.aws, controllerId },
    { repository: { addAwsCall: meteredCalls(parts) }, log: log.child({ part: 'aws' }), now },
  );
  const caPem = parts.tls?.caPem ?? null;
  const launchOptions = { controllerId, controllerKey, templates: await readUserDataTemplates(), caPem };
  const driver = new RunDriver(launchOptions, {
    repository,
    ec2For,
    agentFile: parts.agentFiles.provide,
    live: parts.live,
    log: log.child({ part: 'fleet' }),
    timer: { schedule },
    now,
    randomInt: (limit) => randomInt(limit),
  });
  closers.push(() => driver.close());
  return driver;
}

/** Each call is kept in the control database and counted. */
function meteredCalls({ repository, meter }: Parts): (call: AwsCall) => void {
  return (call) => {
    meter.called(call);
    repository.addAwsCall(call);
  };
}

function schedule(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

function startNotifier(
  { options, dependencies, data, repository, live, agentListener, disk }: Parts,
  closers: Closers,
): Notifier | null {
  if (options.notify === null) return null;
  const { log, now } = dependencies;
  const notifier = openNotifier(
    { config: options.notify, controllerId: data.controllerId, dataDirectory: data.path },
    {
      repository,
      live,
      failedCriteria: () => [],
      disk,
      runDirectory: data.runDirectory,
      storeFailure: () => agentListener.storeFailure(),
      log: log.child({ part: 'notify' }),
      schedule,
      now,
    },
  );
  closers.push(async () => {
    await notifier.flush(FLUSH_MS);
    await notifier.close();
  });
  notifier.start();
  return notifier;
}

async function startOperators(
  parts: Parts & { readonly notifier: Notifier | null },
  driver: RunDriver,
  closers: Closers,
): Promise<string> {
  const { options, data, repository, live, agentListener, dependencies, notifier } = parts;
  const metered = {
    ...parts,
    failedCriteria: () => null,
    samplesDatabase: data.samplesDatabase,
    notifications: () => notifier?.counts() ?? null,
    version: options.version,
    now: dependencies.now,
  };
  const page = await openWebPage(dependencies.log);
  const operators = await startOperatorServer(options.operatorListen, {
    ...(page === null ? {} : { page }),
    runs: repository,
    live,
    figures: parts.liveFigures,
    prepareFigures: () => Promise.resolve(),
    verdictSoFar: () => null,
    openReader: (run) => openRunReader(data.samplesDatabase(run)),
    report: parts.reportOf,
    stop: (run, reason) => driver.requestStop(run, reason),
    keep: (run, selection) => driver.decideKeep(run, selection),
    metrics: () => metricsOf(metered),
    health: () => healthOf(agentListener.storeFailure(), data.path),
    log: dependencies.log.child({ part: 'api' }),
    token: data.operatorToken,
    version: options.version,
    now: dependencies.now,
  });
  closers.push(() => operators.close());
  // For the commands that talk to a running controller.
  writeFileSync(join(data.path, 'operator.url'), `${operators.url}\n`, { mode: 0o600 });
  return operators.url;
}

function healthOf(storeFailure: string | null, path: string): HealthState {
  const { bavail, blocks, bsize } = statfsSync(path);
  const disk = { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  return { store: storeFailure === null ? 'ok' : 'failing', storeReason: storeFailure, disk };
}

function urlOf({ host, port }: HostPort, secure: boolean): string {
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function appOf(parts: Parts, driver: RunDriver): Omit<App, 'publicUrl' | 'operatorUrl' | 'resumed' | 'close'> {
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
