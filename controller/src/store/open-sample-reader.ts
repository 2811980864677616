/** Reading a run's samples on SQLite, through a connection of its own; works while the writer writes. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Batch, EventKind, JsonValue, LossReason, StreamName } from '@ptp-tester/measurement';
import { type ColumnSource, decodeRecord, reuseColumns } from '@ptp-tester/wire';
import { EVENT_COUNTS, eventTotalStatement, newestEventsStatement } from './event-query.ts';
import { NODE_CODEC } from './node-codec-environment.ts';
import { readEnvelope, type SeriesRow } from './read-envelope.ts';
import { readSummaries } from './read-summaries.ts';
import { openForReading } from './sample-database.ts';
import type {
  BatchRange,
  Envelope,
  EnvelopeQuery,
  EpochCoverage,
  EpochInfo,
  EventCount,
  EventFilter,
  PassingBatch,
  RecordReader,
  SampleReader,
  SequenceRange,
  SeriesId,
  SeriesInfo,
  StoredBatch,
  StoredEvent,
  StoredLoss,
} from './sample-store.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';

type Row = Record<string, SQLOutputValue>;

/** Records read in one transaction: about 64 KiB. */
const RECORDS_AT_ONCE = 256;

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

const SERIES = `
SELECT instance, stream, key, sum(records) AS records, sum(samples) AS samples, sum(missed_ticks) AS missed_ticks,
  sum(bytes) AS bytes, min(first_at) AS first_at, max(last_at) AS last_at, max(id) AS newest, interval_ns
FROM series GROUP BY instance, stream, key ORDER BY instance, stream, key`;

const EPOCHS = `
SELECT instance, epoch, boot_id, through, first_received_at,
  (SELECT count(*) FROM nacks WHERE nacks.epoch = epochs.id) AS nacked
FROM epochs ORDER BY id`;

const RECORDS = `
SELECT sequence, bytes FROM records WHERE epoch = ? AND sequence > ? ORDER BY sequence LIMIT ?`;

const EVENTS = `
SELECT instance, epochs.epoch AS epoch, sequence, event, at, mono_raw_ns, received_at, detail
FROM events JOIN epochs ON epochs.id = events.epoch
WHERE ?1 IS NULL OR instance = ?1 ORDER BY received_at, at, epochs.id, sequence`;

const LOSSES = `
SELECT instance, epochs.epoch AS epoch, sequence, stream, key, samples, from_at, to_at, from_mono_raw_ns, to_mono_raw_ns, reason
FROM losses JOIN epochs ON epochs.id = losses.epoch
WHERE ?1 IS NULL OR instance = ?1 ORDER BY epochs.id, sequence, position`;

export interface SampleReaderOptions {
  /** Whatever is stored later is not seen. It holds up the folding of the write-ahead log, so not for long. */
  readonly asOfNow?: boolean;
}

/** Opens the samples of a run for reading. Throws `StoreError`: `not_found` where nothing has been stored yet. */
export function openSampleReader(path: string, options: SampleReaderOptions = {}): SampleReader & RecordReader {
  const database = openForReading(path);
  try {
    if (options.asOfNow === true) {
      // The moment is settled by the first read (sqlite.org/lang_transaction.html).
      database.exec('BEGIN');
      database.prepare('SELECT 1 FROM epochs LIMIT 1').get();
    }
    return new SqliteSampleReader(database);
  } catch (error) {
    database.close();
    throw storeErrorFrom(error);
  }
}

class SqliteSampleReader implements SampleReader, RecordReader {
  readonly #database: DatabaseSync;
  readonly #record: StatementSync;
  readonly #records: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#record = database.prepare('SELECT received_at, bytes FROM records WHERE epoch = ? AND sequence = ?');
    this.#record.setReadBigInts(true);
    this.#records = database.prepare(RECORDS);
    this.#records.setReturnArrays(true);
  }

  series(): readonly SeriesInfo[] {
    return this.#all(SERIES).map((row) => ({
      instanceId: text(row, 'instance'),
      stream: text(row, 'stream') as StreamName,
      key: text(row, 'key'),
      records: count(row, 'records'),
      samples: count(row, 'samples'),
      missedTicks: count(row, 'missed_ticks'),
      bytes: count(row, 'bytes'),
      firstAt: big(row, 'first_at'),
      lastAt: big(row, 'last_at'),
      intervalNs: count(row, 'interval_ns'),
    }));
  }

  epochs(): readonly EpochInfo[] {
    return this.#all(EPOCHS).map((row) => ({
      instanceId: text(row, 'instance'),
      epoch: text(row, 'epoch'),
      bootId: row['boot_id'] === null ? null : text(row, 'boot_id'),
      through: count(row, 'through'),
      firstReceivedAt: big(row, 'first_received_at'),
      nacked: count(row, 'nacked'),
    }));
  }

  *batches(series: SeriesId, range: BatchRange = {}): IterableIterator<StoredBatch> {
    const limits = { fromAt: range.fromAt ?? I64_MIN, toAt: range.toAt ?? I64_MAX };
    const window = { ...limits, slot: null, unsigned: false };
    const { epochs, keys: stored } = this.#snapshot(() => ({
      epochs: new Map(this.#all('SELECT id, epoch FROM epochs').map((row) => [count(row, 'id'), text(row, 'epoch')])),
      keys: this.#seriesRows(series).flatMap(({ id }) =>
        Array.from(readSummaries(this.#database, { ...window, series: id })),
      ),
    }));
    const keys = keysFrom(range.fromRecord, stored, epochs);
    keys.sort((a, b) => a.epoch - b.epoch || a.sequence - b.sequence);
    for (let from = 0; from < keys.length; from += RECORDS_AT_ONCE) {
      const group = keys.slice(from, from + RECORDS_AT_ONCE);
      // One transaction for many records costs half of one for each, and none is open while the caller works.
      const rows = this.#snapshot(() => group.map(({ epoch, sequence }) => this.#record.get(epoch, sequence)));
      for (const [index, { epoch, sequence }] of group.entries()) {
        const { receivedAt, batch } = batchOf(rows[index], { epoch, sequence });
        yield { instanceId: series.instanceId, epoch: epochs.get(epoch) ?? '', sequence, receivedAt, batch };
      }
    }
  }

  *instanceBatches(instanceId: string): IterableIterator<PassingBatch> {
    const columns = reuseColumns();
    const epochs = this.#all('SELECT id, epoch FROM epochs WHERE instance = ? ORDER BY id', instanceId);
    for (const row of epochs) {
      const epoch = text(row, 'epoch');
      for (const [sequence, bytes] of this.#recordsOf(count(row, 'id'))) {
        const content = decodeStored(bytes, columns);
        if (content.kind === 'batch') yield { instanceId, epoch, sequence, batch: content };
      }
    }
  }

  /** In order of sequence, a statement for each group: none is open while the caller works. */
  *#recordsOf(epoch: number): IterableIterator<readonly [number, Uint8Array]> {
    let after = 0;
    for (;;) {
      // Rows as arrays, as `setReturnArrays` has it; the declaration knows objects only.
      const rows = this.#records.all(epoch, after, RECORDS_AT_ONCE) as unknown as readonly [number, Uint8Array][];
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < RECORDS_AT_ONCE) return;
      after = last[0];
    }
  }

  envelope(query: EnvelopeQuery): Envelope {
    return this.#snapshot(() =>
      readEnvelope(query, {
        database: this.#database,
        rows: this.#seriesRows(query),
        loadBatch: (epoch, sequence) => this.#loadBatch(epoch, sequence).batch,
      }),
    );
  }

  events(instanceId?: string): readonly StoredEvent[] {
    return this.#all(EVENTS, instanceId ?? null).map(eventOf);
  }

  newestEvents(limit: number, filter: EventFilter = {}): readonly StoredEvent[] {
    const { sql, values } = newestEventsStatement(limit, filter);
    return this.#all(sql, ...values)
      .map(eventOf)
      .toReversed();
  }

  eventTotal(filter: EventFilter = {}): number {
    const { sql, values } = eventTotalStatement(filter);
    return this.#all(sql, ...values).reduce((sum, row) => sum + count(row, 'number'), 0);
  }

  eventCounts(): readonly EventCount[] {
    return this.#all(EVENT_COUNTS).map((row) => ({
      instanceId: text(row, 'instance'),
      event: text(row, 'event') as EventKind,
      count: count(row, 'number'),
    }));
  }

  losses(instanceId?: string): readonly StoredLoss[] {
    return this.#all(LOSSES, instanceId ?? null).map((row) => ({
      ...recordOf(row),
      stream: text(row, 'stream') as StreamName,
      key: text(row, 'key'),
      samples: count(row, 'samples'),
      fromAt: big(row, 'from_at'),
      toAt: big(row, 'to_at'),
      fromMonoRawNs: big(row, 'from_mono_raw_ns'),
      toMonoRawNs: big(row, 'to_mono_raw_ns'),
      reason: text(row, 'reason') as LossReason,
    }));
  }

  coverage(instanceId: string, epoch: string): EpochCoverage {
    const id = this.#epochId(instanceId, epoch);
    if (id === null) return { records: [], gaps: [], nacked: [], skipped: [] };
    const ranges = 'SELECT first_sequence AS first, sequence AS last FROM';
    return {
      records: mergeRanges(this.#all('SELECT sequence FROM records WHERE epoch = ? ORDER BY sequence', id)),
      gaps: this.#all(`${ranges} gaps WHERE epoch = ? ORDER BY sequence`, id).map(rangeOf),
      nacked: this.#all('SELECT sequence FROM nacks WHERE epoch = ? ORDER BY sequence', id).map((row) =>
        count(row, 'sequence'),
      ),
      skipped: this.#all(`${ranges} skips WHERE epoch = ? ORDER BY sequence`, id).map(rangeOf),
    };
  }

  recordBytes(instanceId: string, epoch: string, sequence: number): Uint8Array | null {
    const id = this.#epochId(instanceId, epoch);
    const row = id === null ? undefined : this.#record.get(id, sequence);
    return row === undefined ? null : (row['bytes'] as Uint8Array);
  }

  close(): void {
    this.#database.close();
  }

  /** All reads of the work see the same moment: the writer moves summaries between tables. */
  #snapshot<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    this.#database.exec('BEGIN');
    try {
      return work();
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  #all(sql: string, ...values: (string | number | bigint | null)[]): Row[] {
    const statement = this.#database.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all(...values);
  }

  #epochId(instanceId: string, epoch: string): number | null {
    const row = this.#all('SELECT id FROM epochs WHERE instance = ? AND epoch = ?', instanceId, epoch)[0];
    return row === undefined ? null : count(row, 'id');
  }

  #seriesRows({ instanceId, stream, key }: SeriesId): SeriesRow[] {
    const sql = 'SELECT * FROM series WHERE instance = ? AND stream = ? AND key = ? ORDER BY id';
    return this.#all(sql, instanceId, stream, key).map((row) => ({
      id: count(row, 'id'),
      summaryVersion: count(row, 'summary_version'),
      firstAt: big(row, 'first_at'),
      lastAt: big(row, 'last_at'),
    }));
  }

  #loadBatch(epoch: number, sequence: number): { receivedAt: bigint; batch: Batch } {
    return batchOf(this.#record.get(epoch, sequence), { epoch, sequence });
  }
}

type Key = { readonly epoch: number; readonly sequence: number };

/** That record and later ones; none where it is not there. */
function keysFrom<K extends Key>(from: BatchRange['fromRecord'], keys: K[], epochs: ReadonlyMap<number, string>): K[] {
  if (from === undefined) return keys;
  const { sequence: first } = from;
  const at = keys.find(({ epoch, sequence }) => sequence === first && epochs.get(epoch) === from.epoch);
  if (at === undefined) return [];
  return keys.filter(({ epoch, sequence }) => epoch > at.epoch || (epoch === at.epoch && sequence >= first));
}

/** `epoch` and `sequence` name the record in an error. */
function batchOf(
  row: Row | undefined,
  { epoch, sequence }: { epoch: number; sequence: number },
): { receivedAt: bigint; batch: Batch } {
  if (row === undefined) throw new StoreError('damaged', `the record ${epoch}/${sequence} of a summary is missing`);
  const content = decodeStored(row['bytes'] as Uint8Array);
  if (content.kind !== 'batch') throw new StoreError('damaged', `the record ${epoch}/${sequence} is not a batch`);
  return { receivedAt: big(row, 'received_at'), batch: content };
}

function decodeStored(bytes: Uint8Array, source?: ColumnSource) {
  try {
    return decodeRecord(bytes, NODE_CODEC, source).content;
  } catch (cause) {
    throw new StoreError('damaged', 'a stored record cannot be decoded', { cause });
  }
}

function recordOf(row: Row): { readonly instanceId: string; readonly epoch: string; readonly sequence: number } {
  return { instanceId: text(row, 'instance'), epoch: text(row, 'epoch'), sequence: count(row, 'sequence') };
}

function eventOf(row: Row): StoredEvent {
  return {
    ...recordOf(row),
    event: text(row, 'event') as EventKind,
    at: big(row, 'at'),
    monoRawNs: big(row, 'mono_raw_ns'),
    receivedAt: big(row, 'received_at'),
    detail: JSON.parse(text(row, 'detail')) as { readonly [key: string]: JsonValue },
  };
}

function rangeOf(row: Row): SequenceRange {
  return { first: count(row, 'first'), last: count(row, 'last') };
}

function mergeRanges(rows: readonly Row[]): SequenceRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const row of rows) {
    const sequence = count(row, 'sequence');
    const open = ranges.at(-1);
    if (open !== undefined && open.last + 1 === sequence) open.last = sequence;
    else ranges.push({ first: sequence, last: sequence });
  }
  return ranges;
}

function text(row: Row, name: string): string {
  return String(row[name]);
}

function count(row: Row, name: string): number {
  return Number(row[name]);
}

function big(row: Row, name: string): bigint {
  return row[name] as bigint;
}
