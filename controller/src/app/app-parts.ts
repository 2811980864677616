/** What the controller is made of before any socket is open: data directory, repository, figures, reports, the agents' listener. */
import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { NotifyConfig } from '../config/notify-config.ts';
import type { TlsKeeper } from '../config/tls-keeper.ts';
import { isLoopback, type TlsMode } from '../config/tls-mode.ts';
import { createEc2Factory } from '../fleet/aws/ec2-calls.ts';
import type { AwsOptions } from '../fleet/aws/ec2-client.ts';
import { checkToken } from '../fleet/prepare/token.ts';
import { AgentListener } from '../ingest/agent-listener.ts';
import type { VerifySignature } from '../ingest/check-identity.ts';
import { FiguresRestorer } from '../live/figures-restorer.ts';
import { LiveFigures } from '../live/live-figures.ts';
import { Meter } from '../metrics/meter.ts';
import type { Report } from '../report/report-schema.ts';
import type { RetentionRules } from '../runs/choose-prunable.ts';
import { type DataDirectory, openDataDirectory } from '../runs/data-directory.ts';
import { LiveAgents } from '../runs/live-agents.ts';
import type { RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import { RunsError } from '../runs/runs-error.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { type AgentFiles, type BuildAgent, createAgentFiles } from './agent-files.ts';
import { clockOffBy } from './clock-at-start.ts';
import { ClockJumps } from './clock-jumps.ts';
import { DiskWatch } from './disk-watch.ts';
import { logChanges } from './log-changes.ts';
import { openTls } from './open-tls.ts';
import { RunFinisher, reportOfRun } from './run-reports.ts';
import { schedule } from './schedule.ts';

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
  /** For how long samples of ended runs are kept. */
  readonly retention: RetentionRules;
  readonly aws: AwsOptions;
  readonly version: string;
}

export interface AppDependencies {
  readonly log: Logger;
  readonly buildAgent: BuildAgent;
  /** Whole milliseconds since 1970. */
  readonly now: () => number;
}

/** What is to be closed again, in reverse order. */
export type Closers = (() => Promise<void> | void)[];

export interface AppParts {
  readonly options: AppOptions;
  /** `now` is the clock of `jumps`. */
  readonly dependencies: AppDependencies;
  readonly jumps: ClockJumps;
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
  /** Reads live figures of the past from the store. */
  readonly restorer: FiguresRestorer;
  readonly finisher: RunFinisher;
  reportOf(run: RunId): Promise<Report>;
}

/** What needs no socket yet. */
export async function openParts(
  options: AppOptions,
  dependencies: AppDependencies,
  closers: Closers,
): Promise<AppParts> {
  const { log, buildAgent } = dependencies;
  const jumps = openClockJumps(dependencies);
  const now = () => jumps.now();
  const data = openDataDirectory(options.dataDirectory);
  closers.push(() => data.close());
  const repository = openRunRepository(data.controlDatabase, { now });
  closers.push(() => repository.close());
  await correctClock(options, { ...dependencies, jumps, repository, controllerId: data.controllerId });
  closers.push(logChanges(repository, log));
  const live = new LiveAgents();
  const liveFigures = new LiveFigures();
  const meter = new Meter();
  const disk = new DiskWatch(data.path);
  const agentFiles = createAgentFiles(data.agentFilesDirectory, buildAgent);
  const reports = { version: options.version, samplesDatabase: data.samplesDatabase, runDirectory: data.runDirectory };
  const onFailure = (run: RunId, err: unknown) =>
    log.error({ run, err }, 'the report could not be written, or the WAL not folded in after it');
  const finisher = new RunFinisher(reports, { repository, now, onFailure, schedule });
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
      aheadMs: () => jumps.aheadMs,
      log: log.child({ part: 'ingest' }),
    },
  );
  const reportOf = async (id: RunId) => {
    const run = repository.run(id);
    if (run === null) throw new RunsError('run_unknown', `there is no run ${id} in ${data.path}`);
    return await reportOfRun(run, { repository, options: reports, now: now() });
  };
  const restorer = new FiguresRestorer({
    figures: liveFigures,
    restore: (run, saved) => agentListener.restoreFigures(run, saved),
    onFailure: (err) => log.warn({ err }, 'live figures of the past could not be restored'),
  });
  const timed = { ...dependencies, now };
  const base = { options, dependencies: timed, jumps, data, repository, live, liveFigures, meter, disk, restorer };
  return { ...base, agentFiles, tls, agentListener, finisher, reportOf };
}

/** The clock of everything that the controller does. */
function openClockJumps({ now, log }: AppDependencies): ClockJumps {
  const jumps = new ClockJumps({ wallMs: now, awakeMs: () => performance.now(), bootMs: () => uptime() * 1000 });
  jumps.onJump((jump) => log.warn(jump, "the controller's clock jumped: time-outs begin anew"));
  return jumps;
}

type ClockOwner = Pick<AppParts, 'jumps' | 'repository'> & Pick<DataDirectory, 'controllerId'>;

/** For AWS's time. */
const LONGEST_ASK_MS = 10_000;

/** Before anything is decided by it. */
async function correctClock(
  { aws, retention }: AppOptions,
  { jumps, repository, controllerId, log, now }: AppDependencies & ClockOwner,
): Promise<void> {
  const ec2For = createEc2Factory({ ...aws, controllerId }, { repository, log: log.child({ part: 'aws' }), now });
  const waiting = { pause: (ms: number) => sleep(ms), late: sleep(LONGEST_ASK_MS, undefined, { ref: false }) };
  const offByMs = await clockOffBy({ repository, ec2For, hasAgeLimit: retention.maxAgeMs !== null, now, ...waiting });
  jumps.correct(offByMs);
  if (offByMs === 0) return;
  const detail = { ahead_s: Math.round(offByMs / 1000) };
  log.warn(detail, "this machine's clock is wrong: the controller goes by AWS's until it is set; synchronise it");
  for (const run of repository.runs().filter(({ state }) => state !== 'ended')) {
    repository.addEvent({ run: run.id, instanceId: null, event: 'controller_clock_wrong', at: jumps.now(), detail });
  }
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
