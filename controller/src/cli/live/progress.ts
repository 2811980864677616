/** A run's progress as data, and as text: a table for terminals, plain lines otherwise (pure). */
import { formatDuration } from '../../config/duration.ts';
import { keepDecisionDueAt } from '../../fleet/decide/keep-selection.ts';
import type { InstanceRecord, Run } from '../../runs/run.ts';

export interface InstanceProgress {
  readonly index: number;
  readonly name: string;
  readonly type: string;
  readonly instanceId: string | null;
  readonly state: InstanceRecord['state'];
  readonly connected: boolean;
  readonly samplesStored: number;
  /** Newest system clock - PHC, ns; null before the first or without a PHC. */
  readonly phcOffsetNs: number | null;
  readonly simulated: boolean;
  readonly failure: string | null;
}

export interface RunProgress {
  readonly run: Run;
  readonly instances: readonly InstanceProgress[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How clock people write a time difference: ns, us, ms or s with the sign always shown. */
export function formatOffset(ns: number): string {
  const size = Math.abs(ns);
  const sign = ns < 0 ? '-' : '+';
  if (size < 10_000) return `${sign}${size.toFixed(0)} ns`;
  if (size < 10_000_000) return `${sign}${(size / 1e3).toFixed(1)} us`;
  if (size < 10_000_000_000) return `${sign}${(size / 1e6).toFixed(1)} ms`;
  return `${sign}${(size / 1e9).toFixed(1)} s`;
}

/** One line on where the run stands, and another when it waits for its operator, whom nobody hears where no controller drives it. */
export function headline(progress: RunProgress, { isDriven = true }: { readonly isDriven?: boolean } = {}): string {
  const { run, now } = progress;
  if (!isDriven) return [`${stateLine(progress)}, NOT DRIVEN NOW`, ...pauseLines(run.pause ?? null)].join('\n');
  const dueAt = keepDecisionDueAt(run);
  const asked = dueAt === null ? [] : [keepQuestion(run.id, dueAt, now)];
  return [stateLine(progress), ...asked, ...pauseLines(run.pause ?? null)].join('\n');
}

/** Why nothing is done with AWS now, and what ends that. Nothing of a run that is not paused. */
export function pauseLines(pause: { readonly reason: string; readonly remedy: string } | null): string[] {
  if (pause === null) return [];
  const { reason, remedy } = pause;
  // A call's failure says itself what helps.
  const isSaid = reason.toLowerCase().includes(remedy.toLowerCase());
  return [`PAUSED: ${reason}`, ...(isSaid ? [] : [`to go on: ${remedy}`])];
}

function stateLine({ run, now }: RunProgress): string {
  const since = formatDuration((now - run.createdAt) / 1000);
  if (run.state === 'soaking' && run.soakStartedAt !== null && run.soakEndsAt !== null) {
    const left = formatDuration((run.soakEndsAt - now) / 1000);
    return `run ${run.id}: soaking, ${left} left (${since} since start)`;
  }
  const outcome = run.outcome === null ? '' : `, ${run.outcome.replaceAll('_', ' ')}`;
  return `run ${run.id}: ${run.state}${outcome} (${since} since start)`;
}

/** What the run waits for, and until when. */
export function keepQuestion(run: string, dueAt: number, now: number): string {
  const due = new Date(dueAt).toISOString();
  const isToday = due.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  const by = isToday ? due.slice(11, 16) : `${due.slice(0, 10)} ${due.slice(11, 16)}`;
  return `decide by ${by} UTC, otherwise none is kept: ptp-tester keep ${run} all, none, or 1,3`;
}

/** What stands in the offset column: an offset, that it is simulated, or nothing yet. */
function offsetCell(instance: InstanceProgress): string {
  if (instance.phcOffsetNs === null) return '-';
  return `${formatOffset(instance.phcOffsetNs)}${instance.simulated ? ' SIMULATED' : ''}`;
}

/** The plain lines that say what changed between two moments; all of it when there was none before. */
export function changedLines(before: RunProgress | null, after: RunProgress): readonly string[] {
  const lines: string[] = [];
  const isPaused = (progress: RunProgress | null) => (progress?.run.pause ?? null) !== null;
  const isOther = before === null || before.run.state !== after.run.state || isPaused(before) !== isPaused(after);
  const dueAt = keepDecisionDueAt(after.run);
  if (isOther) lines.push(headline(after));
  else if (dueAt !== null && keepDecisionDueAt(before.run) === null)
    lines.push(keepQuestion(after.run.id, dueAt, after.now));
  for (const instance of after.instances) {
    const old = before?.instances.find(({ index }) => index === instance.index);
    lines.push(...instanceLines(old, instance));
  }
  return lines;
}

function instanceLines(before: InstanceProgress | undefined, after: InstanceProgress): readonly string[] {
  const name = `${after.name}${after.instanceId === null ? '' : ` ${after.instanceId}`}`;
  const lines: string[] = [];
  if (before?.state !== after.state) lines.push(`${name}: ${after.state}`);
  if (after.failure !== null && before?.failure !== after.failure) lines.push(`${name}: ${after.failure}`);
  const first = (before?.samplesStored ?? 0) === 0 && after.samplesStored > 0;
  if (first) lines.push(`${name}: first samples stored`);
  if ((before?.phcOffsetNs ?? null) === null && after.phcOffsetNs !== null) {
    lines.push(`${name}: system - PHC ${offsetCell(after)}`);
  }
  return lines;
}
