/** What the main thread and the ingest worker say to each other. */
import type { EventKind, JsonValue } from '@ptp-tester/measurement';
import type { Hello, Refuse } from '@ptp-tester/wire';
import type { HeatName } from '../live/heat-columns.ts';
import type { SavedStrip } from '../live/heat-strip.ts';
import type { SavedTracker } from '../live/instance-tracker.ts';
import type { LiveReport } from '../live/live-tracker.ts';
import type { RunId } from '../runs/run.ts';

/** Numbers a connection for its life; never reused. */
export type ConnectionId = number;

export interface OpenConnection {
  readonly kind: 'open';
  readonly connection: ConnectionId;
  readonly run: RunId;
  readonly instanceId: string;
  readonly epochs: Hello['epochs'];
  readonly receivedAt: bigint;
}

/** Frames of many connections in one buffer: u32 connection, u32 length, bytes, again and again. The buffer moves, it is not copied. */
export interface FramesArrived {
  readonly kind: 'frames';
  readonly buffer: ArrayBuffer;
  readonly usedBytes: number;
  readonly receivedAt: bigint;
}

export interface CloseConnection {
  readonly kind: 'close';
  readonly connection: ConnectionId;
}

/** Close the database of a run; it opens again when one of its agents says hello. */
export interface ForgetRun {
  readonly kind: 'forget';
  readonly run: RunId;
}

export interface Stop {
  readonly kind: 'stop';
}

/** Single samples of these instances are told from now on. */
export interface WatchInstances {
  readonly kind: 'watch';
  readonly instanceIds: readonly string[];
}

/** Answered with `strips`. */
export interface AskStrips {
  readonly kind: 'ask_strips';
  readonly run: RunId;
  readonly name: HeatName;
}

/** Figures of what was stored before this thread began, by instance id. */
export interface RestoreFigures {
  readonly kind: 'restore';
  readonly run: RunId;
  readonly saved: ReadonlyMap<string, SavedTracker>;
}

export type ToWorker =
  | OpenConnection
  | FramesArrived
  | CloseConnection
  | ForgetRun
  | WatchInstances
  | AskStrips
  | RestoreFigures
  | Stop;

/** An event for the control database, without the time. */
export interface NoticedEvent {
  readonly run: RunId;
  readonly instanceId: string | null;
  readonly event: EventKind;
  readonly detail: { readonly [key: string]: JsonValue };
}

/** What a committed group means for one connection. */
export interface ConnectionAnswer {
  readonly connection: ConnectionId;
  /** Acks and nacks as text frames, in order. */
  readonly texts: readonly string[];
  readonly samples: number;
  readonly records: number;
  /** Sent after the texts; the connection is closed then. */
  readonly refuse: Refuse | null;
}

export interface ConnectionOpened {
  readonly kind: 'opened';
  readonly connection: ConnectionId;
  readonly stored: readonly { readonly epoch: string; readonly through: number }[];
  /** Nacks, as text frames, of what the agent still has: it may not have got them. To be sent before `stored` lets it drop those records. */
  readonly nacks: readonly string[];
  readonly events: readonly NoticedEvent[];
}

/** The run's database cannot be opened now; the agent may try again later. */
export interface ConnectionNotOpened {
  readonly kind: 'not_opened';
  readonly connection: ConnectionId;
  readonly run: RunId;
  readonly reason: string;
}

/** Everything in it is on disk. The buffer comes back to be filled again. */
export interface GroupCommitted {
  readonly kind: 'committed';
  readonly buffer: ArrayBuffer;
  readonly answers: readonly ConnectionAnswer[];
  readonly events: readonly NoticedEvent[];
}

/** The store cannot write (`failing`), or can again. Nothing is acknowledged in between. */
export interface StoreCondition {
  readonly kind: 'store';
  readonly run: RunId;
  readonly failing: boolean;
  readonly reason: string;
}

/** Once a second, when there is something to tell. */
export interface LiveTold {
  readonly kind: 'live';
  readonly report: LiveReport;
}

/** By instance id. */
export interface StripsTold {
  readonly kind: 'strips';
  readonly run: RunId;
  readonly name: HeatName;
  readonly strips: ReadonlyMap<string, SavedStrip>;
}

export interface Stopped {
  readonly kind: 'stopped';
}

export type FromWorker =
  | ConnectionOpened
  | ConnectionNotOpened
  | GroupCommitted
  | StoreCondition
  | LiveTold
  | StripsTold
  | Stopped;
