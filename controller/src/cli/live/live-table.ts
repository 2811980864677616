/** A run on a terminal: header, the instances that need attention first, never taller or wider than the terminal (pure). */
import type { InstanceFigures } from '../../api/live-schemas.ts';
import type { RunSummary } from '../../api/schemas.ts';
import { clip, firstFitting } from '../text/fit-text.ts';
import { paint, type Shade } from '../text/terminal-text.ts';
import { headLines } from './live-head.ts';
import { formatOffset } from './progress.ts';
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
  { head: 'name', isNumber: false, rank: 8, cell: (row) => ({ text: row.name }) },
  { head: 'instance', isNumber: false, rank: 4, cell: (row) => ({ text: row.instance_id ?? '-' }) },
  { head: 'state', isNumber: false, rank: 9, cell: stateCell },
  { head: 'quality', isNumber: false, rank: 7, cell: qualityCell },
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

/** At most `rows` lines of at most `columns` characters each. */
export function renderLiveView(view: LiveView, size: TerminalSize): string[] {
  const head = headLines({ run: view.run, now: view.now, ...size });
  const shade = view.stale === null ? 'quiet' : 'warning';
  const hint = paint(clip(view.stale ?? view.hint, size.columns), shade, size.colors);
  // Head, a line for the columns' names, one for what is left out, one for the hint.
  const room = Math.max(0, size.rows - head.length - 3);
  const sorted = worstInstancesFirst(view.instances);
  const shown = sorted.slice(0, sorted.length <= room + 1 ? room + 1 : room);
  const lines = [...head, ...tableLines(shown, size)];
  const left = sorted.slice(shown.length);
  if (left.length > 0) lines.push(paint(firstFitting(leftOut(left, view.run.id), size.columns), 'quiet', size.colors));
  return [...lines.slice(0, Math.max(0, size.rows - 1)), hint];
}

function stateCell({ state, failure, connected }: InstanceFigures): Cell {
  if (failure !== null) return { text: `${state}: ${failure.kind.replaceAll('_', ' ')}`, shade: 'error' };
  if (state === 'measuring' && !connected) return { text: 'measuring, silent', shade: 'warning' };
  return { text: state };
}

function qualityCell({ quality }: InstanceFigures): Cell {
  if (quality === 'fail') return { text: 'fail', shade: 'error' };
  return { text: quality === 'pass' ? 'pass' : '-' };
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

/** Longest first. */
function leftOut(left: readonly InstanceFigures[], run: string): string[] {
  const states = [...Map.groupBy(left, ({ state }) => state)].map(([state, rows]) => `${rows.length} ${state}`);
  const more = `and ${left.length} more`;
  const text = `${more} (${states.join(', ')})`;
  return [`${text}; all of them: ptp-tester status ${run}`, text, more];
}
