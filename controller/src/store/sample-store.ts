/**
 * What the rest of the controller may ask of the sample store. One store holds one run. Nothing here names an engine:
 * SQLite implements it on one machine, ClickHouse can implement it later.
 */
import type { Batch, EventKind, JsonValue, Loss, StreamName } from '@ptp-tester/measurement';

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

/** A downsampled column: parallel arrays, one entry for each bucket that holds samples. */
export interface Envelope {
  readonly bucketNs: number;
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

/** Reading. All methods are synchronous: an embedded engine answers in place, callers with long work run it in a worker. */
export interface SampleReader {
  series(): readonly SeriesInfo[];
  epochs(): readonly EpochInfo[];
  /** Batches of one series in order of epoch (by first arrival) and sequence; decoded one at a time. */
  batches(series: SeriesId, range?: TimeRange): IterableIterator<StoredBatch>;
  envelope(query: EnvelopeQuery): Envelope;
  /** Events of the agents, oldest first by `receivedAt`, then `at`. Those of the controller are in the run repository. */
  events(instanceId?: string): readonly StoredEvent[];
  losses(instanceId?: string): readonly StoredLoss[];
  close(): void;
}
