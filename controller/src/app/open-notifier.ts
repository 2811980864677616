/** Gathers the situation that notifications are decided from, and wires the notifier to the controller. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NotifyConfig } from '../config/notify-config.ts';
import { Notifier } from '../notify/notifier.ts';
import { openOutbox } from '../notify/outbox.ts';
import type { FailedCriterion, RunSituation } from '../notify/situation.ts';
import { SteadfastOutbox } from '../notify/steadfast-outbox.ts';
import type { SenderLog } from '../notify/webhook-sender.ts';
import type { LiveAgents } from '../runs/live-agents.ts';
import type { Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import type { DiskWatch } from './disk-watch.ts';

export interface NotifierWiring {
  readonly config: NotifyConfig;
  readonly controllerId: string;
  readonly dataDirectory: string;
}

export interface NotifierSources {
  readonly repository: RunRepository;
  readonly live: LiveAgents;
  /** What the newest interim judgement found broken. */
  failedCriteria(run: RunId): readonly FailedCriterion[];
  readonly disk: DiskWatch;
  runDirectory(run: RunId): string;
  /** The final report of this run is being made. */
  isReporting(run: RunId): boolean;
  storeFailure(): string | null;
  readonly log: SenderLog;
  schedule(callback: () => void, ms: number): () => void;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Runs that ended longer ago are not looked at any more. */
const LOOK_BACK_MS = 25 * 3_600_000;

/** The caller starts and closes it. Throws NotifyError when its file cannot be used. */
export function openNotifier(
  { config, controllerId, dataDirectory }: NotifierWiring,
  sources: NotifierSources,
): Notifier {
  const { repository, log, now, schedule } = sources;
  const startedAt = now();
  const summaries = new Map<RunId, string>();
  const isRecent = ({ endedAt }: Run) => endedAt === null || now() - endedAt < LOOK_BACK_MS;
  const situation = () => ({
    now: now(),
    startedAt,
    runs: repository
      .runs()
      .filter(isRecent)
      .map((run) => situationOf(run, sources, summaries)),
    disk: sources.disk.look(now()),
    storeFailure: sources.storeFailure(),
  });
  const outbox = new SteadfastOutbox(openOutbox(join(dataDirectory, 'notifications.db')), { log });
  return new Notifier({ config, controllerId }, { outbox, situation, fetch, log, schedule, now });
}

function situationOf(run: Run, sources: NotifierSources, summaries: Map<RunId, string>): RunSituation {
  return {
    run,
    instances: sources.repository.instances(run.id),
    agents: new Map(sources.live.ofRun(run.id).map((agent) => [agent.instanceId, agent])),
    failedCriteria: run.state === 'ended' ? [] : sources.failedCriteria(run.id),
    summary: run.state === 'ended' ? summaryOf(run.id, sources, summaries) : null,
    isReporting: sources.isReporting(run.id),
  };
}

/** From the final report's file, which is there whole or not at all; one that somebody changed must not silence the rest. */
function summaryOf(run: RunId, { runDirectory, log }: NotifierSources, known: Map<RunId, string>): string | null {
  const cached = known.get(run);
  if (cached !== undefined) return cached;
  const path = join(runDirectory(run), 'report.json');
  if (!existsSync(path)) return null;
  const sentence = sentenceOf(path, log);
  known.set(run, sentence);
  return sentence;
}

function sentenceOf(path: string, log: SenderLog): string {
  try {
    return String(JSON.parse(readFileSync(path, 'utf8')).verdict.sentence);
  } catch (err) {
    log.error({ err, path }, 'the report cannot be read; the end of the run is told without its verdict');
    return 'Its report cannot be read; the log of the controller says why.';
  }
}
