/**
 * What the rest of the controller may ask of the sample store. One store holds one run. Nothing here names an engine:
 * SQLite implements it on one machine, ClickHouse can implement it later.
 */
import type { Batch, EventKind, EventRecord, GapRecord, JsonValue, Loss, StreamName } from '@ptp-tester/measurement';

/** Which series: a stream of an instance, and its key where the stream has several ('' otherwise). */
export interface SeriesId {
  readonly instanceId: string;
  readonly stream: StreamName;
  readonly key: string;
}

/** Everything known of a series without decoding it. */
export interface SeriesInfo extends SeriesId {
  readonly records: number;
  readonly samples: number;
  /** Sum of the ticks that the agent says it missed. */
  readonly missedTicks: number;
  readonly bytes: number;
  readonly firstAt: bigint;
  readonly lastAt: bigint;
  readonly intervalNs: number;
}

/** One stored batch, decoded. */
export interface StoredBatch {
  readonly instanceId: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly receivedAt: bigint;
  readonly batch: Batch;
}

/** A batch in passing: when it was received is not read. */
export type PassingBatch = Omit<StoredBatch, 'receivedAt'>;

export interface StoredEvent {
  readonly instanceId: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly event: EventKind;
  readonly at: bigint;
  readonly monoRawNs: bigint;
  readonly receivedAt: bigint;
  readonly detail: { readonly [key: string]: JsonValue };
}

export interface StoredLoss extends Loss {
  readonly instanceId: string;
  readonly epoch: string;
  readonly sequence: number;
}

/** One life of an agent, as the controller knows it from `epoch_started` and the records. */
export interface EpochInfo {
  readonly instanceId: string;
  readonly epoch: string;
  readonly bootId: string | null;
  /** Everything up to and including this sequence is stored. */
  readonly through: number;
  readonly firstReceivedAt: bigint;
  readonly nacked: number;
}

export interface TimeRange {
  /** Inclusive, system clock of the instance; undefined = from the beginning. */
  readonly fromAt?: bigint | undefined;
  /** Exclusive; undefined = to the end. */
  readonly toAt?: bigint | undefined;
}

/** In order of epoch and sequence. */
export interface BatchRange extends TimeRange {
  /** From this record on: those before it are not even decoded. */
  readonly fromRecord?: { readonly epoch: string; readonly sequence: number } | undefined;
}

/**
 * A downsampled column: parallel arrays, one entry for each bucket that holds a value. Buckets are `bucketNs` long and start at
 * the beginning of the range. Over a range of more than 104 days a sample within 1 us of a bucket's edge may count in its neighbour.
 */
export interface Envelope {
  readonly bucketNs: number;
  /**
   * What was subtracted from every value, so that nanoseconds survive in a double: the first value of one of the range's first
   * batches for `i64` and `u64` columns, 0 for the others. The value itself is `originValue + min` and so on; min and max are exact while
   * the column moves by less than 2^53 within the range.
   */
  readonly originValue: bigint;
  /** Start of each bucket, ns UTC. */
  readonly at: BigInt64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  readonly count: Float64Array;
  /** How many batches had to be decoded; the rest came from summaries. */
  readonly decodedBatches: number;
}

export interface EnvelopeQuery extends SeriesId, TimeRange {
  readonly column: string;
  /** At most this many buckets. */
  readonly points: number;
}

/** Which events; what is absent does not matter. */
export interface EventFilter {
  readonly instanceId?: string | undefined;
  readonly kinds?: readonly EventKind[] | undefined;
}

export interface EventCount {
  readonly instanceId: string;
  readonly event: EventKind;
  readonly count: number;
}

/** Reading. All methods are synchronous: an embedded engine answers in place, callers with long work run it in a worker. */
export interface SampleReader {
  series(): readonly SeriesInfo[];
  epochs(): readonly EpochInfo[];
  /** Batches of one series in order of epoch (by first arrival) and sequence; decoded one at a time. */
  batches(series: SeriesId, range?: BatchRange): IterableIterator<StoredBatch>;
  /**
   * All batches of an instance, whatever their series, in order of epoch (by first arrival) and sequence; decoded one at a time. The
   * columns of a batch are valid until the next one is asked for: who keeps values copies them.
   */
  instanceBatches(instanceId: string): IterableIterator<PassingBatch>;
  envelope(query: EnvelopeQuery): Envelope;
  /** Events of the agents, oldest first by `receivedAt`, then `at`. Those of the controller are in the run repository. */
  events(instanceId?: string): readonly StoredEvent[];
  /** The newest so many by `at`, oldest first: of a run of weeks, without reading all the others into memory. */
  newestEvents(limit: number, filter?: EventFilter): readonly StoredEvent[];
  /** How many there are. */
  eventTotal(filter?: EventFilter): number;
  /** How many of each kind each instance has. */
  eventCounts(): readonly EventCount[];
  losses(instanceId?: string): readonly StoredLoss[];
  close(): void;
}

/** The records themselves, for who checks delivery. */
export interface RecordReader {
  epochs(): readonly EpochInfo[];
  /** What is stored of one epoch, in order of sequence. */
  coverage(instanceId: string, epoch: string): EpochCoverage;
  /** A record's own bytes, or null when it is not stored. */
  recordBytes(instanceId: string, epoch: string, sequence: number): Uint8Array | null;
}

/** Sequences `first`..`last`, both included. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/** Which sequences of an epoch the store answers for, and how. */
export interface EpochCoverage {
  /** Records that are stored, gap records included. */
  readonly records: readonly SequenceRange[];
  /** What stored gap records stand for, their own sequence included. */
  readonly gaps: readonly SequenceRange[];
  readonly nacked: readonly number[];
  /** Passed over because the agent said it no longer has them. */
  readonly skipped: readonly SequenceRange[];
}

/** What a batch looks like from outside, made once when it arrives. */
export interface BatchSummary {
  readonly series: SeriesId;
  readonly rows: number;
  readonly missedTicks: number;
  readonly intervalNs: number;
  /** Smallest and largest `at` of the batch. */
  readonly fromAt: bigint;
  readonly toAt: bigint;
  /** Per column count, minimum, maximum and mean; layout in `summarize-batch.ts`. */
  readonly packed: Uint8Array;
}

interface WriteIdentity {
  readonly instanceId: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly receivedAt: bigint;
}

export interface BatchWrite extends WriteIdentity {
  readonly kind: 'batch';
  readonly bytes: Uint8Array;
  readonly summary: BatchSummary;
}

export interface EventWrite extends WriteIdentity {
  readonly kind: 'event';
  readonly bytes: Uint8Array;
  readonly content: EventRecord;
}

export interface GapWrite extends WriteIdentity {
  readonly kind: 'gap';
  readonly bytes: Uint8Array;
  readonly content: GapRecord;
}

/** The record at this sequence was refused for good; the cursor passes it. */
export interface NackWrite extends WriteIdentity {
  readonly kind: 'nack';
  readonly code: string;
  readonly reason: string;
}

/** The agent no longer has `firstSequence`..`sequence`; the cursor passes them and the hole stays on record. */
export interface SkipWrite extends WriteIdentity {
  readonly kind: 'skip';
  readonly firstSequence: number;
}

export type StoreWrite = BatchWrite | EventWrite | GapWrite | NackWrite | SkipWrite;

export interface EpochCursor {
  readonly instanceId: string;
  readonly epoch: string;
  readonly through: number;
}

/** Writing. One writer for each run; whoever holds it decides what is in order. */
export interface StoredNack {
  readonly sequence: number;
  readonly code: NackWrite['code'];
  readonly reason: string;
}

export interface SampleWriter {
  /** The cursors of all epochs, oldest first. */
  cursors(): readonly EpochCursor[];
  /** What was nacked of an epoch from this sequence on, in order. Throws `StoreError`. */
  nacks(instanceId: string, epoch: string, from: number): readonly StoredNack[];
  /**
   * Stores all of it on disk and moves each epoch's cursor to its last sequence, or changes nothing and throws `StoreError`.
   * The same group may be tried again after an error.
   */
  commit(group: readonly StoreWrite[]): void;
  close(): void;
}
