/** The record is the unit of delivery: a batch of one stream's samples, an event, or a gap marker. */
import type { ColumnValues } from './column.ts';
import type { EventKind } from './event.ts';
import type { StreamName } from './streams.ts';

/** One life of the agent process: 16 lower-case hex digits, random. */
export type EpochId = string & { readonly __brand?: 'epoch' };

/** With the run and the instance (known from the connection) this names a record for ever. `sequence` counts from 1 within the epoch. */
export interface RecordIdentity {
  readonly epoch: EpochId;
  readonly sequence: number;
}

/** Samples of one stream in columns, in the order of the stream's declaration. */
export interface Batch {
  readonly kind: 'batch';
  readonly stream: StreamName;
  /** Which series of the stream, '' for single streams. */
  readonly key: string;
  /** The plan generation in force while these samples were taken. */
  readonly generation: number;
  /** Planned spacing of the samples; 0 for irregular cadence. */
  readonly intervalNs: number;
  /** Ticks missed since the last sample of the batch before, up to the last sample of this one. */
  readonly missedTicks: number;
  readonly rows: number;
  readonly columns: readonly ColumnValues[];
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A discrete fact, with the agent's clocks when it was noticed. */
export interface EventRecord {
  readonly kind: 'event';
  readonly event: EventKind;
  readonly at: bigint;
  readonly monoRawNs: bigint;
  /** Facts of this occurrence; small. The explanation for people comes from the event's kind. */
  readonly detail: { readonly [key: string]: JsonValue };
}

export type LossReason = 'spool_full' | 'spool_unreadable' | 'not_spooled';

/** What was lost of one series. The bounds are the first and the last lost sample. */
export interface Loss {
  readonly stream: StreamName;
  readonly key: string;
  readonly samples: number;
  readonly fromAt: bigint;
  readonly toAt: bigint;
  readonly fromMonoRawNs: bigint;
  readonly toMonoRawNs: bigint;
  readonly reason: LossReason;
}

/** Stands where records were dropped: it takes the sequence numbers from `firstSequence` to its own, so that acks stay cumulative. */
export interface GapRecord {
  readonly kind: 'gap';
  readonly firstSequence: number;
  /** Events that were lost with the samples. */
  readonly lostEvents: number;
  readonly losses: readonly Loss[];
}

export type RecordContent = Batch | EventRecord | GapRecord;
