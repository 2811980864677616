/** What stands above the table of a run's instances: where it stands, how it is judged, what it waits for (pure). */
import type { RunSummary } from '../../api/schemas.ts';
import { formatDuration } from '../../config/duration.ts';
import { clip, firstFitting } from '../text/fit-text.ts';
import { paint } from '../text/terminal-text.ts';
import { keepQuestion, pauseLines } from './progress.ts';

export interface HeadOptions {
  readonly run: RunSummary;
  /** ms since 1970. */
  readonly now: number;
  readonly columns: number;
  readonly colors: boolean;
}

const SIMULATED = 'SIMULATED';
/** A shorter bar when the terminal is narrow, then none. */
const BARS = [20, 10];
const MOST_CRITERIA = 3;

/** Lines of at most `columns` characters each; what matters least goes first. */
export function headLines({ run, now, columns, colors }: HeadOptions): string[] {
  const mark = run.simulated ? `${paint(SIMULATED, 'loud', colors)} ` : '';
  const room = columns - (run.simulated ? SIMULATED.length + 1 : 0);
  const first = progressTexts(run, now).map((text) => `run ${run.id}  ${text}`);
  const asked = run.keep_decision_by === null ? [] : [keepQuestion(run.id, Date.parse(run.keep_decision_by), now)];
  const waiting = [...pauseLines(run.pause), ...asked].map((text) => paint(clip(text, columns), 'warning', colors));
  return [
    mark + firstFitting(first, room),
    firstFitting(countTexts(run), columns),
    firstFitting(verdictTexts(run), columns),
    ...waiting,
    '',
  ];
}

function progressTexts(run: RunSummary, now: number): string[] {
  const { state, outcome, created_at, soak_started_at, soak_ends_at, ended_at } = run;
  const end = ended_at === null ? now : Date.parse(ended_at);
  const since = `  (${formatDuration((end - Date.parse(created_at)) / 1000)} since start)`;
  if (state !== 'soaking' || soak_started_at === null || soak_ends_at === null) {
    const text = `${state}${outcome === null ? '' : `, ${outcome.replaceAll('_', ' ')}`}`;
    return [`${text}${since}`, text];
  }
  const [from, to] = [Date.parse(soak_started_at), Date.parse(soak_ends_at)];
  const done = Math.min(1, Math.max(0, (now - from) / Math.max(1, to - from)));
  const left = `${formatDuration((to - now) / 1000)} left`;
  const bars = BARS.map((length) => `soaking ${barOf(done, length)} ${Math.floor(done * 100)} %  ${left}`);
  return [`${bars[0]}${since}`, ...bars, `soaking, ${left}`];
}

function barOf(done: number, length: number): string {
  const filled = Math.round(done * length);
  return `[${'#'.repeat(filled)}${'.'.repeat(length - filled)}]`;
}

/** With fewer and fewer parts. */
function countTexts(run: RunSummary): string[] {
  const states = Object.entries(run.instances_by_state).map(([state, count]) => `${count} ${state}`);
  const failed = run.instances_failed > 0 ? [`${run.instances_failed} failed`] : [];
  const parts = [
    `${run.instances_total} ${run.instances_total === 1 ? 'instance' : 'instances'}: ${[...states, ...failed].join(', ')}`,
    `${run.agents_connected} connected`,
    `${run.instance_hours.toFixed(1)} instance-hours`,
    run.region,
  ];
  return parts.map((_, left) => parts.slice(0, parts.length - left).join(' | '));
}

/** `quality so far: 1 fail, 2 pass (offset_p99 on 1)`. */
export function verdictText(run: RunSummary): string {
  return verdictTexts(run)[0] ?? '';
}

/** With fewer and fewer of the criteria that fail. */
function verdictTexts({ state, verdict_so_far: verdict }: RunSummary): string[] {
  const isEnded = state === 'ended';
  if (verdict === null) return [isEnded ? 'quality: its report is not made yet' : 'quality so far: not judged yet'];
  const heading = isEnded ? 'quality' : 'quality so far';
  const { pass, fail, not_enough_data: undecided, failing } = verdict;
  const counts = Object.entries({ fail, pass, undecided }).filter(([, count]) => count > 0);
  const text = `${heading}: ${counts.map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing to judge'}`;
  const why = failing.slice(0, MOST_CRITERIA).map(({ criterion, instances }) => `${criterion} on ${instances}`);
  return [...why.map((_, left) => `${text} (${why.slice(0, why.length - left).join(', ')})`), text];
}
