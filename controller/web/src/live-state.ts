/** What the live socket has told so far, message by message (pure). */
import type { InstanceFigures, LiveMessage } from '../../src/api/live-schemas.ts';
import type { EventItem, RunSummary } from '../../src/api/schemas.ts';

export interface Overview {
  readonly run: string;
  /** The controller's clock, ms since 1970. */
  readonly atMs: number;
  /** By index. */
  readonly rows: ReadonlyMap<number, InstanceFigures>;
}

export interface RunEvents {
  readonly run: string;
  /** Oldest first. */
  readonly items: readonly EventItem[];
}

export interface LiveState {
  /** Newest first; null: not known yet. */
  readonly runs: readonly RunSummary[] | null;
  readonly overview: Overview | null;
  readonly events: RunEvents | null;
  readonly version: string | null;
  /** The controller's clock minus this browser's, ms; says how old things are although this machine's clock is off. */
  readonly clockAheadMs: number;
  /** What was asked for and is not there. */
  readonly problem: string | null;
}

export const NOTHING_YET: LiveState = {
  runs: null,
  overview: null,
  events: null,
  version: null,
  clockAheadMs: 0,
  problem: null,
};

/** More are in the API; the page shows the newest. */
const MOST_EVENTS = 1000;

/** `nowMs`: this browser's clock at the arrival. */
export function applyMessage(state: LiveState, message: LiveMessage, nowMs: number): LiveState {
  switch (message.type) {
    case 'hello':
      return { ...state, version: message.version, clockAheadMs: Date.parse(message.now) - nowMs, problem: null };
    case 'runs':
      return { ...state, runs: message.runs };
    case 'overview': {
      const rows = new Map(message.instances.map((row) => [row.index, row]));
      return { ...state, problem: null, overview: { run: message.run, atMs: Date.parse(message.at), rows } };
    }
    case 'delta':
      return { ...state, overview: changed(state.overview, message) };
    case 'events':
      return { ...state, events: joined(state.events, message) };
    case 'error':
      return { ...state, problem: message.message };
    case 'samples':
      return state;
  }
}

/** Another run is watched from now on: what is known of the one before must not be taken for it. */
export function forgetRun(state: LiveState): LiveState {
  return { ...state, overview: null, events: null, problem: null };
}

function changed(before: Overview | null, delta: Extract<LiveMessage, { type: 'delta' }>): Overview | null {
  // Late news of a run that is not watched any more.
  if (before?.run !== delta.run) return before;
  const atMs = Date.parse(delta.at);
  if (delta.instances.length === 0) return { ...before, atMs };
  const rows = new Map(before.rows);
  for (const change of delta.instances) {
    const row = rows.get(change.index);
    if (row !== undefined) rows.set(change.index, { ...row, ...change });
  }
  return { run: before.run, atMs, rows };
}

/** After a reconnection the newest events come again. */
function joined(before: RunEvents | null, { run, events }: Extract<LiveMessage, { type: 'events' }>): RunEvents {
  if (before?.run !== run) return { run, items: events };
  const known = new Set(before.items.map(identityOf));
  const fresh = events.filter((event) => !known.has(identityOf(event)));
  if (fresh.length === 0) return before;
  const items = [...before.items, ...fresh].sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  return { run, items: items.slice(-MOST_EVENTS) };
}

function identityOf({ at, event, instance_id, detail }: EventItem): string {
  return `${at} ${event} ${instance_id} ${JSON.stringify(detail)}`;
}
