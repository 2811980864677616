/** A run on a terminal: header, the instances that need attention first, never taller or wider than the terminal (pure). */
import type { InstanceFigures } from '../../api/live-schemas.ts';
import type { RunSummary } from '../../api/schemas.ts';
import { formatDuration } from '../../config/duration.ts';
import { paint, type Shade } from '../text/terminal-text.ts';
import { formatOffset, keepQuestion } from './progress.ts';
import { worstInstancesFirst } from './worst-instances-first.ts';

export interface LiveView {
  readonly run: RunSummary;
  readonly instances: readonly InstanceFigures[];
  /** ms since 1970. */
  readonly now: number;
  /** What Ctrl-C does, or what is being done; one line. */
  readonly hint: string;
  /** Why this is not the present state; null when it is. */
  readonly stale: string | null;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
  readonly colors: boolean;
}

interface Cell {
  readonly text: string;
  readonly shade?: Shade;
}

interface Column {
  readonly head: string;
  readonly isNumber: boolean;
  /** Columns of a lower rank go first when the terminal is narrow. */
  readonly rank: number;
  cell(row: InstanceFigures): Cell;
}

const offset = (ns: number | null): Cell => ({ text: ns === null ? '-' : formatOffset(ns) });
const extent = (ns: number | null): Cell => ({ text: ns === null ? '-' : formatOffset(ns).slice(1) });

const COLUMNS: readonly Column[] = [
  { head: '#', isNumber: true, rank: 10, cell: ({ index }) => ({ text: String(index) }) },
  { head: 'name', isNumber: false, rank: 7, cell: (row) => ({ text: row.name }) },
  { head: 'instance', isNumber: false, rank: 4, cell: (row) => ({ text: row.instance_id ?? '-' }) },
  { head: 'state', isNumber: false, rank: 9, cell: stateCell },
  { head: 'samples/s', isNumber: true, rank: 5, cell: (row) => ({ text: row.samples_per_second.toFixed(1) }) },
  { head: 'system-PHC', isNumber: true, rank: 9, cell: (row) => offset(row.offset_last_ns) },
  { head: 'p99 10m', isNumber: true, rank: 8, cell: (row) => extent(row.offset_p99_abs_ns) },
  { head: 'max 10m', isNumber: true, rank: 6, cell: (row) => extent(row.offset_max_abs_ns) },
  { head: 'bound', isNumber: true, rank: 3, cell: (row) => extent(row.clock_error_bound_ns) },
  { head: 'lock', isNumber: false, rank: 2, cell: lockCell },
  { head: 'gaps', isNumber: true, rank: 1, cell: ({ gaps }) => ({ text: String(gaps), ...(gaps > 0 ? BAD : {}) }) },
  { head: 'events', isNumber: true, rank: 6, cell: eventsCell },
];
const BAD = { shade: 'warning' } as const;
const GAP = '  ';
const BAR = 20;

/** At most `rows` lines of at most `columns` characters each. */
export function renderLiveView(view: LiveView, size: TerminalSize): string[] {
  const head = headLines(view, size);
  const shade = view.stale === null ? 'quiet' : 'warning';
  const hint = paint(clip(view.stale ?? view.hint, size.columns), shade, size.colors);
  // Head, a line for the columns' names, one for what is left out, one for the hint.
  const room = Math.max(0, size.rows - head.length - 3);
  const sorted = worstInstancesFirst(view.instances);
  const shown = sorted.slice(0, sorted.length <= room + 1 ? room + 1 : room);
  const lines = [...head, ...tableLines(shown, size)];
  const left = sorted.slice(shown.length);
  if (left.length > 0) lines.push(paint(clip(leftOut(left), size.columns), 'quiet', size.colors));
  return [...lines.slice(0, Math.max(0, size.rows - 1)), hint];
}

function headLines({ run, instances, now }: LiveView, { columns, colors }: TerminalSize): string[] {
  const simulated = run.simulated ? `${paint('SIMULATED', 'loud', colors)} ` : '';
  const first = clip(`run ${run.id}  ${progressText(run, now)}`, columns - (run.simulated ? 10 : 0));
  const states = Object.entries(run.instances_by_state).map(([state, count]) => `${count} ${state}`);
  const failed = run.instances_failed > 0 ? [`${run.instances_failed} failed`] : [];
  const second = [
    `${instances.length} instances: ${[...states, ...failed].join(', ')}`,
    `${run.agents_connected} connected`,
    `${run.instance_hours.toFixed(1)} instance-hours`,
    run.region,
  ].join(' | ');
  const third = verdictText(run);
  const asked = run.keep_decision_by === null ? [] : [keepQuestion(run.id, Date.parse(run.keep_decision_by), now)];
  const question = asked.map((text) => paint(clip(text, columns), 'warning', colors));
  return [simulated + first, clip(second, columns), clip(third, columns), ...question, ''];
}

function progressText(
  { state, outcome, created_at, soak_started_at, soak_ends_at, ended_at }: RunSummary,
  now: number,
): string {
  const end = ended_at === null ? now : Date.parse(ended_at);
  const since = formatDuration((end - Date.parse(created_at)) / 1000);
  if (state !== 'soaking' || soak_started_at === null || soak_ends_at === null) {
    return `${state}${outcome === null ? '' : `, ${outcome.replaceAll('_', ' ')}`}  (${since} since start)`;
  }
  const [from, to] = [Date.parse(soak_started_at), Date.parse(soak_ends_at)];
  const done = Math.min(1, Math.max(0, (now - from) / Math.max(1, to - from)));
  const filled = Math.round(done * BAR);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
  return `soaking ${bar} ${Math.floor(done * 100)} %  ${formatDuration((to - now) / 1000)} left  (${since} since start)`;
}

/** `quality so far: 1 fail, 2 pass (offset_p99 on 1)`. */
export function verdictText({ state, verdict_so_far: verdict }: RunSummary): string {
  const heading = state === 'ended' ? 'quality' : 'quality so far';
  if (verdict === null) return `${heading}: not judged yet`;
  const { pass, fail, not_enough_data: undecided, failing } = verdict;
  const counts = Object.entries({ fail, pass, undecided }).filter(([, count]) => count > 0);
  const why = failing.slice(0, 3).map(({ criterion, instances }) => `${criterion} on ${instances}`);
  const reason = why.length === 0 ? '' : ` (${why.join(', ')})`;
  return `${heading}: ${counts.map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing to judge'}${reason}`;
}

function stateCell({ state, failure, connected }: InstanceFigures): Cell {
  if (failure !== null) return { text: `${state}: ${failure.kind.replaceAll('_', ' ')}`, shade: 'error' };
  if (state === 'measuring' && !connected) return { text: 'measuring, silent', shade: 'warning' };
  return { text: state };
}

function lockCell({ phc_selected: selected }: InstanceFigures): Cell {
  if (selected === null) return { text: '-' };
  return selected ? { text: 'PHC' } : { text: 'not PHC', shade: 'warning' };
}

function eventsCell({ events_error: errors, events_warning: warnings }: InstanceFigures): Cell {
  if (errors > 0) return { text: `${errors}E ${warnings}W`, shade: 'error' };
  return warnings > 0 ? { text: `${warnings}W`, shade: 'warning' } : { text: '0' };
}

function tableLines(rows: readonly InstanceFigures[], { columns, colors }: TerminalSize): string[] {
  const cells = new Map(COLUMNS.map((column) => [column, rows.map((row) => column.cell(row))]));
  const widthOf = (column: Column) =>
    Math.max(column.head.length, ...(cells.get(column) ?? []).map(({ text }) => text.length));
  const shown = fitting(columns, widthOf);
  const line = (texts: readonly Cell[]) => clipCells(texts, { widths: shown.map(widthOf), shown, columns, colors });
  const head = line(shown.map((column) => ({ text: column.head, shade: 'quiet' as const })));
  return [head, ...rows.map((_, row) => line(shown.map((column) => cells.get(column)?.[row] ?? { text: '' })))];
}

/** As many columns as fit, in their order; the least important ones go first. */
function fitting(width: number, widthOf: (column: Column) => number): Column[] {
  const shown = [...COLUMNS];
  const total = () => shown.reduce((sum, column) => sum + widthOf(column) + GAP.length, -GAP.length);
  while (shown.length > 1 && total() > width) {
    const least = shown.reduce((a, b) => (b.rank < a.rank ? b : a));
    shown.splice(shown.indexOf(least), 1);
  }
  return shown;
}

interface Line {
  readonly widths: readonly number[];
  readonly shown: readonly Column[];
  readonly columns: number;
  readonly colors: boolean;
}

function clipCells(cells: readonly Cell[], { widths, shown, columns, colors }: Line): string {
  const padded = cells.map(({ text }, at) => {
    const width = Math.min(widths[at] ?? 0, columns);
    return shown[at]?.isNumber === true ? text.padStart(width) : text.padEnd(width);
  });
  return padded
    .map((text, at) => paint(clip(text, columns), cells[at]?.shade ?? null, colors))
    .join(GAP)
    .trimEnd();
}

function leftOut(left: readonly InstanceFigures[]): string {
  const states = [...Map.groupBy(left, ({ state }) => state)].map(([state, rows]) => `${rows.length} ${state}`);
  return `and ${left.length} more (${states.join(', ')})`;
}

function clip(text: string, width: number): string {
  return text.length > width ? text.slice(0, Math.max(0, width)) : text;
}
