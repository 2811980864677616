/** Starts the controller's parts one by one: ingest, fleet, the interim judge, notifications, the operators' listener. */

import { randomInt } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InterimAnalyst } from '../analysis/interim/interim-analyst.ts';
import type { HealthState } from '../api/api-dependencies.ts';
import type { VerdictSoFar } from '../api/schemas.ts';
import { createEc2Factory } from '../fleet/aws/ec2-calls.ts';
import type { CallLog } from '../fleet/aws/logged-call.ts';
import { RunDriver } from '../fleet/drive/run-driver.ts';
import { readUserDataTemplates } from '../fleet/prepare/user-data-templates.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { RunId, RunSpec } from '../runs/run.ts';
import { announceAddress } from './announced-address.ts';
import type { AppParts, Closers } from './app-parts.ts';
import { EndedRuns } from './ended-runs.ts';
import { FinalVerdicts } from './final-verdicts.ts';
import { interimRequest, removeInterim } from './interim-files.ts';
import { InterimJudge } from './interim-judge.ts';
import { metricsOf } from './metrics-of.ts';
import { openNotifier } from './open-notifier.ts';
import { startOperatorServer } from './operator-server.ts';
import { openRunReader } from './run-reports.ts';
import { SamplePruner } from './sample-pruner.ts';
import { schedule } from './schedule.ts';
import { StartOnce } from './start-once.ts';
import { checkRunText, startRunText } from './start-run-text.ts';
import { verdictSoFar } from './verdict-so-far.ts';
import { openWebPage } from './web-page.ts';

/** The end of the last run is told before the controller goes, if that does not take longer. */
const FLUSH_MS = 10_000;

/** Agents are let in only when it is settled up to where the past is read, so that nothing is counted twice. */
export async function startIngest(parts: AppParts, closers: Closers): Promise<number> {
  const { options, agentListener, restorer, repository, data } = parts;
  const open = repository.runs().filter(({ state }) => state !== 'ended');
  const stored = open.map(({ id }) => ({ run: id, path: data.samplesDatabase(id) }));
  closers.push(() => restorer.close());
  await restorer.fix(stored.filter(({ path }) => existsSync(path)));
  const { port } = await agentListener.start(options.agentListen);
  closers.push(() => agentListener.close());
  restorer.deliver();
  return port;
}

export async function startFleet(parts: AppParts, closers: Closers): Promise<RunDriver> {
  const { data, repository, dependencies, options } = parts;
  const { log, now } = dependencies;
  const { controllerId, controllerKey } = data;
  const ec2For = createEc2Factory(
    { ...options.aws, controllerId },
    { repository: meteredCalls(parts), log: log.child({ part: 'aws' }), now },
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
  parts.jumps.onJump((jump) => driver.clockJumped(jump));
  return driver;
}

/** Each call is kept in the control database and counted. */
function meteredCalls({ repository, meter }: AppParts): CallLog['repository'] {
  return {
    addAwsCall: (call) => {
      meter.called(call);
      repository.addAwsCall(call);
    },
    awsCallTotals: (run) => repository.awsCallTotals(run),
    addEvent: (event) => repository.addEvent(event),
  };
}

/** Judges runs while they soak. */
export function startJudge({ repository, dependencies, data }: AppParts, closers: Closers): InterimJudge {
  const { log, now } = dependencies;
  const analyst = new InterimAnalyst();
  const judge = new InterimJudge({
    repository,
    analyse: (run, signal) => analyst.judge(interimRequest(run, { repository, data }), signal),
    rest: () => analyst.rest(),
    onFailure: (run, err) => log.error({ run, err }, 'the interim judgement failed; it is tried again'),
    schedule,
    now,
  });
  closers.push(() => judge.close());
  closers.push(
    repository.onChange((id) => {
      if (repository.run(id)?.state === 'ended') removeInterim(data, id);
    }),
  );
  judge.start();
  return judge;
}

/** How the quality of any run looks: the final report decides where there is one, else the newest judgement. */
export function verdictsOf({ data, dependencies }: AppParts, judge: InterimJudge): Watching['verdictSoFar'] {
  const onFailure = (run: RunId, err: unknown) => dependencies.log.error({ run, err }, 'the report could not be read');
  const final = new FinalVerdicts({ runDirectory: data.runDirectory, onFailure });
  return (run) => final.of(run) ?? verdictSoFar(judge.of(run));
}

/** Lets go of runs that ended long ago. */
export function holdEndedRuns(parts: AppParts, judge: InterimJudge, closers: Closers): EndedRuns {
  const { repository, live, liveFigures, restorer } = parts;
  const ended = new EndedRuns({
    forget: (run) => {
      live.forgetRun(run);
      liveFigures.forget(run);
      restorer.forgetEnded(run);
      judge.forget(run);
    },
  });
  const stop = repository.onChange((run) => {
    if (repository.run(run)?.state === 'ended') ended.use(run);
  });
  closers.push(stop);
  return ended;
}

/** The parts that others read from. */
export interface Watching {
  /** Where agents connect. */
  readonly publicUrl: string;
  readonly judge: InterimJudge;
  /** Of the final report where there is one, else the newest judgement; null: not judged yet. */
  verdictSoFar(run: RunId): VerdictSoFar | null;
  readonly ended: EndedRuns;
  /** Null: nobody is told. */
  readonly notifier: Notifier | null;
  readonly pruner: SamplePruner;
}

export function startNotifier(parts: AppParts, judge: InterimJudge, closers: Closers): Notifier | null {
  const { options, dependencies, data, repository, live, agentListener, disk, finisher } = parts;
  if (options.notify === null) return null;
  const { log, now } = dependencies;
  const notifier = openNotifier(
    { config: options.notify, controllerId: data.controllerId, dataDirectory: data.path },
    {
      repository,
      live,
      failedCriteria: (run) => judge.of(run)?.failed ?? [],
      disk,
      runDirectory: data.runDirectory,
      isReporting: (run) => finisher.isAtWork(run),
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

/** Removes samples by the rules of retention, every hour. */
export function startPruner(parts: AppParts, closers: Closers): SamplePruner {
  const { options, dependencies, data, repository, meter, jumps } = parts;
  const { log, now } = dependencies;
  const pruner = new SamplePruner(options.retention, {
    repository,
    data,
    log: log.child({ part: 'retention' }),
    onRemoved: meter.samplesRemoved,
    schedule,
    now,
    aheadMs: () => jumps.aheadMs,
  });
  closers.push(() => pruner.close());
  pruner.start();
  return pruner;
}

export async function startOperators(parts: AppParts & Watching, driver: RunDriver, closers: Closers): Promise<string> {
  const { options, data, repository, live, agentListener, dependencies, judge, notifier, pruner } = parts;
  const metered = {
    ...parts,
    failedCriteria: (run: RunId) => judge.of(run)?.failed ?? null,
    samplesDatabase: data.samplesDatabase,
    notifications: () => notifier?.counts() ?? null,
    storedBytes: () => pruner.storedBytes(),
    version: options.version,
    now: dependencies.now,
  };
  const page = await openWebPage(dependencies.log);
  const once = new StartOnce(repository);
  const operators = await startOperatorServer(options.operatorListen, {
    ...(page === null ? {} : { page }),
    runs: repository,
    live,
    figures: parts.liveFigures,
    prepareFigures: (run) => prepareFigures(parts, run),
    verdictSoFar: parts.verdictSoFar,
    judged: (run, instanceId) => judge.of(run)?.instances.get(instanceId) ?? null,
    openReader: (run) => openRunReader(data.samplesDatabase(run)),
    report: parts.reportOf,
    stop: (run, reason) => driver.requestStop(run, reason),
    keep: (run, selection) => driver.decideKeep(run, selection),
    extend: (run, seconds) => driver.extendRun(run, seconds),
    terminate: (run, instanceId) => driver.terminateInstance(run, instanceId),
    prune: (request) => pruner.prune(request),
    startRun: (text, format, requestId) => {
      const start = {
        aws: options.aws,
        publicUrl: parts.publicUrl,
        startRun: (spec: RunSpec) => driver.startRun(spec),
      };
      return once.start(requestId, () => startRunText({ text, format, requestId }, start));
    },
    checkRun: (text, format) => {
      const check = { ...options, publicUrl: parts.publicUrl, checkRun: (spec: RunSpec) => driver.checkRun(spec) };
      return checkRunText({ text, format }, check);
    },
    metrics: () => metricsOf(metered),
    health: () => healthOf(agentListener.storeFailure(), data.path),
    log: dependencies.log.child({ part: 'api' }),
    token: data.operatorToken,
    version: options.version,
    now: dependencies.now,
  });
  closers.push(() => operators.close());
  closers.push(announceAddress(data.path, operators.url));
  return operators.url;
}

/** Nobody waits longer for the first look; what is read later is told as it comes. */
const LONGEST_LOOK_MS = 2000;

/** Those of open runs are there; the others are read when somebody looks. */
async function prepareFigures({ repository, restorer, data, ended }: AppParts & Watching, id: RunId): Promise<void> {
  const path = data.samplesDatabase(id);
  if (repository.run(id)?.state !== 'ended' || !existsSync(path)) return;
  ended.use(id);
  await Promise.race([restorer.prepareEnded({ run: id, path }), sleep(LONGEST_LOOK_MS, undefined, { ref: false })]);
}

function healthOf(storeFailure: string | null, path: string): HealthState {
  const { bavail, blocks, bsize } = statfsSync(path);
  const disk = { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  return { store: storeFailure === null ? 'ok' : 'failing', storeReason: storeFailure, disk };
}
