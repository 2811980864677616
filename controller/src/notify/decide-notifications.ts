/** Decides what people are told now (pure). Everything that holds is named each time; the outbox knows what was told already. */
import { formatDuration } from '../config/duration.ts';
import { decideInstanceNotifications } from './decide-instance-notifications.ts';
import type { Notification } from './notification.ts';
import type { RunSituation, Situation } from './situation.ts';

export interface NotificationRules {
  /** An instance is silent after so long without a word of its agent, ms. */
  readonly silentAfterMs: number;
  /** The disk is filling when it would be full sooner than this, ms. */
  readonly diskAheadMs: number;
}

/** A run that ended longer ago was somebody else's: a webhook that is added today is not told about last month. */
const STALE_MS = 24 * 3_600_000;
/** The final report is waited for while it is being made; where nobody makes it, this long after the end. */
const REPORT_WAIT_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** Less free space than this share is told whatever the forecast says. */
const LEAST_FREE = 0.05;

/** `known`: the keys that were told before. */
export function decideNotifications(
  situation: Situation,
  rules: NotificationRules,
  known: ReadonlySet<string>,
): readonly Notification[] {
  const told = situation.runs.flatMap((one) => [
    ...decideRun(one, situation.now),
    ...decideInstanceNotifications(one, { situation, rules, known }),
  ]);
  return [...told, ...decideDisk(situation, rules), ...decideStore(situation)].filter(({ key }) => !known.has(key));
}

function decideRun({ run, summary, isReporting }: RunSituation, now: number): Notification[] {
  const simulated = run.spec.sources.phc?.simulated !== undefined;
  const base = { at: now, run: run.id, instanceId: null, simulated };
  const told: Notification[] = [];
  if (run.pause != null) {
    const { since, reason, remedy } = run.pause;
    const key = `run_paused/${run.id}/${since}`;
    const title = `${run.id}: nothing is done with AWS now`;
    told.push({ ...base, kind: 'run_paused', key, severity: 'error', title, text: `${reason}. ${remedy}`, detail: {} });
  }
  if (run.state !== 'ended' || run.endedAt === null || now - run.endedAt > STALE_MS) return told;
  const isLate = !isReporting && now - run.endedAt > REPORT_WAIT_MS;
  if (summary !== null || isLate) told.push(runEnded({ run, summary, base }));
  const leftovers = run.leftovers ?? [];
  if (leftovers.length > 0) {
    const lines = leftovers.map(({ kind, id, reason, command }) => `${kind} ${id} (${reason}): ${command}`);
    const text = `Something may still cost money. Remove it:\n${lines.join('\n')}`;
    const title = `${run.id}: ${leftovers.length} left behind`;
    const detail = { leftovers: leftovers.map(({ kind, id, command }) => ({ kind, id, command })) };
    told.push({ ...base, kind: 'left_behind', key: `left_behind/${run.id}`, severity: 'error', title, text, detail });
  }
  return told;
}

function runEnded(about: {
  readonly run: RunSituation['run'];
  readonly summary: string | null;
  readonly base: Pick<Notification, 'at' | 'run' | 'instanceId' | 'simulated'>;
}): Notification {
  const { run, summary, base } = about;
  const outcome = run.outcome ?? 'could_not_complete';
  const reason = run.stopReason === null ? '' : ` (${run.stopReason})`;
  return {
    ...base,
    kind: 'run_ended',
    key: `run_ended/${run.id}`,
    severity: outcome === 'completed' ? 'info' : 'error',
    title: `${run.id}: ended, ${outcome.replaceAll('_', ' ')}${reason}`,
    text: summary ?? `The report could not be written in time; "ptp-tester report ${run.id}" makes it.`,
    detail: { outcome },
  };
}

function decideDisk({ disk, now }: Situation, { diskAheadMs }: NotificationRules): Notification[] {
  if (disk === null) return [];
  const aheadMs = disk.fullAt === null ? Number.POSITIVE_INFINITY : disk.fullAt - now;
  const share = disk.freeBytes / disk.totalBytes;
  if (aheadMs > diskAheadMs && share > LEAST_FREE) return [];
  const free = `${(disk.freeBytes / 1e9).toFixed(1)} GB of the data directory's disk are free (${(share * 100).toFixed(1)} %)`;
  const when = Number.isFinite(aheadMs) ? `; as it goes now they last ${formatDuration(aheadMs / 1000)}` : '';
  const text = `${free}${when}. Make room or move the data directory; without space nothing is acknowledged, and agents keep their samples as long as their spools last.`;
  return [
    {
      kind: 'disk_filling',
      // Once a day.
      key: `disk_filling/${Math.floor(now / DAY_MS)}`,
      severity: share > LEAST_FREE ? 'warning' : 'error',
      at: now,
      run: null,
      instanceId: null,
      title: 'the disk of the data directory is filling up',
      text,
      detail: { free_bytes: disk.freeBytes, full_at_ms: disk.fullAt },
      simulated: false,
    },
  ];
}

function decideStore({ storeFailure, now }: Situation): Notification[] {
  if (storeFailure === null) return [];
  const text = `${storeFailure}. Nothing is acknowledged until it can write again; agents keep their samples in their spools.`;
  return [
    {
      kind: 'store_failing',
      // Once an hour while it lasts.
      key: `store_failing/${Math.floor(now / 3_600_000)}`,
      severity: 'error',
      at: now,
      run: null,
      instanceId: null,
      title: 'samples cannot be stored',
      text,
      detail: {},
      simulated: false,
    },
  ];
}
