/** What `watch` shows: the live table on a terminal, else a line for each change, or a JSON object a line. */
import type { InstanceFigures } from '../../api/live-schemas.ts';
import type { EventItem, RunSummary } from '../../api/schemas.ts';
import { formatDuration } from '../../config/duration.ts';
import type { CliContext } from '../cli-context.ts';
import { LinePace } from './line-pace.ts';
import type { FollowedRun } from './live-connection.ts';
import { verdictText } from './live-head.ts';
import { LiveScreen, sizeOf } from './live-screen.ts';
import { type LiveView, renderLiveView } from './live-table.ts';
import { formatOffset, keepQuestion, pauseLines } from './progress.ts';

export interface WatchDisplay {
  show(followed: FollowedRun): void;
  events(events: readonly EventItem[]): void;
  /** Leaves the last state on the screen. */
  done(): void;
}

/** Without a terminal, where the run stands is said this often. */
const STATUS_MS = 60_000;

export function createWatchDisplay({ json }: { readonly json: boolean }, context: CliContext): WatchDisplay {
  if (json) return jsonLines(context);
  return context.terminal.redraws ? table(context) : plainLines(context);
}

function table({ stdout, terminal: { colors, atExit }, now }: CliContext): WatchDisplay {
  const screen = new LiveScreen(stdout, { atExit });
  let last: LiveView | null = null;
  return {
    show({ run, instances, lostAt }) {
      const hint = 'Ctrl-C stops watching; the run goes on';
      const current: LiveView = { run, instances, now: now(), hint, stale: staleText(lostAt, now()) };
      last = current;
      screen.show((size) => renderLiveView(current, { ...size, colors }));
    },
    events: () => undefined,
    done() {
      const { columns, rows } = sizeOf(stdout);
      screen.close(last === null ? [] : renderLiveView({ ...last, hint: '' }, { columns, rows: rows - 1, colors }));
    },
  };
}

function staleText(lostAt: number | null, now: number): string | null {
  if (lostAt === null) return null;
  return `No connection to the controller for ${formatDuration((now - lostAt) / 1000)}: this is how it was then. Trying again.`;
}

function plainLines({ stdout, now }: CliContext): WatchDisplay {
  const states = new Map<number, string>();
  let runState = '';
  const newQuestions = questionTeller();
  const newPauses = pauseTeller();
  let wasLost = false;
  let saidAt = Number.NEGATIVE_INFINITY;
  const say = (line: string) => stdout.write(`${line}\n`);
  return {
    show({ run, instances, lostAt }) {
      if ((lostAt !== null) !== wasLost) {
        wasLost = lostAt !== null;
        say(wasLost ? 'connection to the controller lost; trying again' : 'connected again');
      }
      for (const line of [...changedStates(states, instances), ...newPauses(run), ...newQuestions(run, now())])
        say(line);
      const isDue = now() - saidAt >= STATUS_MS;
      if (run.state === runState && !isDue) return;
      runState = run.state;
      saidAt = now();
      say(statusLine({ run, instances, lostAt }, now()));
    },
    events(events) {
      // What agents do all the time is told by their states; --json has every event.
      for (const event of events) if (event.severity !== 'info') say(eventLine(event));
    },
    done: () => undefined,
  };
}

/** The question which instances stay, whenever there is a new time for its answer. */
function questionTeller(): (run: RunSummary, now: number) => readonly string[] {
  let told: string | null = null;
  return ({ id, keep_decision_by: dueAt }, now) => {
    const isNew = dueAt !== told;
    told = dueAt;
    return dueAt === null || !isNew ? [] : [keepQuestion(id, Date.parse(dueAt), now)];
  };
}

/** Why the run is paused, once for each pause, and that it goes on. */
function pauseTeller(): (run: RunSummary) => readonly string[] {
  let since: string | null = null;
  return ({ id, pause }) => {
    const [before, after] = [since, pause?.since ?? null];
    since = after;
    if (before === after) return [];
    return pause === null ? [`run ${id}: not paused any more`] : pauseLines(pause);
  };
}

/** Remembers what was said of each. */
function changedStates(said: Map<number, string>, instances: readonly InstanceFigures[]): string[] {
  return instances.flatMap((row) => {
    const line = stateLine(row);
    const isSaid = said.get(row.index) === line;
    said.set(row.index, line);
    return isSaid ? [] : [line];
  });
}

function nameOf({ name, instance_id }: InstanceFigures): string {
  return `${name}${instance_id === null ? '' : ` ${instance_id}`}`;
}

function stateLine(row: InstanceFigures): string {
  const failure = row.failure === null ? '' : `, ${row.failure.kind}: ${row.failure.message}`;
  const silent = row.state === 'measuring' && !row.connected ? ', no connection' : '';
  return `${nameOf(row)}: ${row.state}${silent}${failure}`;
}

function statusLine({ run, instances }: FollowedRun, now: number): string {
  const left = run.soak_ends_at === null ? '' : `, ${formatDuration((Date.parse(run.soak_ends_at) - now) / 1000)} left`;
  const outcome = run.outcome === null ? '' : `, ${run.outcome.replaceAll('_', ' ')}`;
  const p99 = instances.flatMap(({ offset_p99_abs_ns: value }) => value ?? []);
  const worst = p99.length === 0 ? '' : `; worst p99 of |system - PHC| ${formatOffset(Math.max(...p99)).slice(1)}`;
  const simulated = run.simulated ? ' SIMULATED' : '';
  const where = `run ${run.id}: ${run.state}${outcome}${run.state === 'soaking' ? left : ''}`;
  return `${where}; ${verdictText(run)}${worst}${simulated}`;
}

function eventLine({ at, severity, event, instance_id: instance, explanation }: EventItem): string {
  return `${at.slice(0, 19)}Z ${severity} ${instance ?? 'controller'} ${event}: ${explanation}`;
}

function jsonLines({ stdout, now }: CliContext): WatchDisplay {
  const pace = new LinePace();
  const say = (line: object) => stdout.write(`${JSON.stringify(line)}\n`);
  return {
    show({ run, instances, lostAt }) {
      const state = { run, instances, connected: lostAt === null };
      const { instance_hours: _grows, ...told } = run;
      const happened = [told, lostAt === null, instances.map(stateLine)];
      if (pace.isDue({ state, happened, now: now() })) say({ type: 'watch', ...state });
    },
    events: (events) => say({ type: 'events', events }),
    done: () => undefined,
  };
}
