/** The writing side of the store on SQLite: a group of writes is one transaction, rows and cursors together. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { STREAMS } from '@ptp-tester/measurement';
import { foldJournal, openForWriting, type SampleDatabaseOptions } from './sample-database.ts';
import type {
  BatchSummary,
  BatchWrite,
  EpochCursor,
  EventWrite,
  GapWrite,
  SampleWriter,
  SeriesId,
  StoredNack,
  StoreWrite,
} from './sample-store.ts';
import { storeErrorFrom } from './store-error.ts';
import { SummaryPages } from './summary-pages.ts';

const STATEMENTS = {
  epoch: 'INSERT INTO epochs (instance, epoch, through, first_received_at) VALUES (?, ?, 0, ?)',
  through: 'UPDATE epochs SET through = ? WHERE id = ?',
  boot: 'UPDATE epochs SET boot_id = ? WHERE id = ?',
  series: `INSERT INTO series (instance, stream, key, summary_version, records, samples, missed_ticks, bytes, first_at, last_at,
    interval_ns) VALUES (?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?)`,
  totals: `UPDATE series SET records = records + ?, samples = samples + ?, missed_ticks = missed_ticks + ?, bytes = bytes + ?,
    first_at = min(first_at, ?), last_at = max(last_at, ?), interval_ns = ? WHERE id = ?`,
  record: 'INSERT INTO records (epoch, sequence, received_at, bytes) VALUES (?, ?, ?, ?)',
  summary: 'INSERT INTO summaries (series, from_at, epoch, sequence, to_at, rows, packed) VALUES (?, ?, ?, ?, ?, ?, ?)',
  event:
    'INSERT INTO events (epoch, sequence, event, at, mono_raw_ns, received_at, detail) VALUES (?, ?, ?, ?, ?, ?, ?)',
  gap: 'INSERT INTO gaps (epoch, sequence, first_sequence, lost_events) VALUES (?, ?, ?, ?)',
  loss: `INSERT INTO losses (epoch, sequence, position, stream, key, samples, from_at, to_at, from_mono_raw_ns, to_mono_raw_ns,
    reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  nack: 'INSERT INTO nacks (epoch, sequence, code, reason, received_at) VALUES (?, ?, ?, ?, ?)',
  skip: 'INSERT INTO skips (epoch, sequence, first_sequence, received_at) VALUES (?, ?, ?, ?)',
} as const;

type StatementName = keyof typeof STATEMENTS;

/** What a group adds to one series. */
interface SeriesTotals {
  records: number;
  samples: number;
  missedTicks: number;
  bytes: number;
  firstAt: bigint;
  lastAt: bigint;
  intervalNs: number;
}

/** Opens the writer of one run's database. Throws `StoreError`. */
export function openSampleWriter(options: SampleDatabaseOptions): SampleWriter {
  const database = openForWriting(options);
  try {
    return new SqliteSampleWriter(database);
  } catch (error) {
    database.close();
    throw storeErrorFrom(error);
  }
}

class SqliteSampleWriter implements SampleWriter {
  readonly #database: DatabaseSync;
  readonly #statements: Readonly<Record<StatementName, StatementSync>>;
  readonly #epochs = new Map<string, number>();
  readonly #series = new Map<string, number>();
  readonly #pages: SummaryPages;
  /** What the open transaction changed in memory, to be taken back when it fails. */
  readonly #undoSteps: (() => void)[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#pages = new SummaryPages(database);
    const names = Object.keys(STATEMENTS) as StatementName[];
    const prepared = names.map((name) => [name, database.prepare(STATEMENTS[name])]);
    this.#statements = Object.fromEntries(prepared) as Record<StatementName, StatementSync>;
    for (const row of database.prepare('SELECT id, instance, epoch FROM epochs').all()) {
      this.#epochs.set(`${row['instance']} ${row['epoch']}`, Number(row['id']));
    }
    for (const row of database.prepare('SELECT id, instance, stream, key, summary_version FROM series').all()) {
      const key = `${row['instance']} ${row['stream']} ${row['summary_version']} ${row['key']}`;
      this.#series.set(key, Number(row['id']));
    }
  }

  cursors(): readonly EpochCursor[] {
    const rows = this.#database.prepare('SELECT instance, epoch, through FROM epochs ORDER BY id').all();
    return rows.map((row) => ({
      instanceId: String(row['instance']),
      epoch: String(row['epoch']),
      through: Number(row['through']),
    }));
  }

  nacks(instanceId: string, epoch: string, from: number): readonly StoredNack[] {
    const id = this.#epochs.get(`${instanceId} ${epoch}`);
    if (id === undefined) return [];
    try {
      const sql = 'SELECT sequence, code, reason FROM nacks WHERE epoch = ? AND sequence >= ? ORDER BY sequence';
      const rows = this.#database.prepare(sql).all(id, from);
      return rows.map(({ sequence, code, reason }) => {
        return { sequence: Number(sequence), code: String(code), reason: String(reason) };
      });
    } catch (error) {
      throw storeErrorFrom(error);
    }
  }

  commit(group: readonly StoreWrite[]): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      this.#writeAll(group);
      this.#database.exec('COMMIT');
      this.#undoSteps.length = 0;
    } catch (error) {
      this.#undo();
      throw storeErrorFrom(error);
    }
  }

  close(): void {
    try {
      foldJournal(this.#database);
    } finally {
      this.#database.close();
    }
  }

  /** SQLite has already rolled back by itself after some errors (SQLITE_FULL, SQLITE_IOERR: lang_transaction.html). */
  #undo(): void {
    for (const undo of this.#undoSteps) undo();
    this.#undoSteps.length = 0;
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  #run(name: StatementName, ...values: SQLInputValue[]): number {
    return Number(this.#statements[name].run(...values).lastInsertRowid);
  }

  #writeAll(group: readonly StoreWrite[]): void {
    const through = new Map<number, number>();
    const totals = new Map<number, SeriesTotals>();
    for (const write of group) {
      const epoch = this.#epochId(write);
      this.#write(write, epoch, totals);
      through.set(epoch, write.sequence);
    }
    for (const [epoch, sequence] of through) this.#run('through', sequence, epoch);
    for (const [series, added] of totals) {
      this.#addTotals(series, added);
      this.#undoSteps.push(this.#pages.add(series, added.records));
    }
  }

  #write(write: StoreWrite, epoch: number, totals: Map<number, SeriesTotals>): void {
    const { sequence, receivedAt } = write;
    if (write.kind === 'nack') {
      this.#run('nack', epoch, sequence, write.code, write.reason, receivedAt);
      return;
    }
    if (write.kind === 'skip') {
      this.#run('skip', epoch, sequence, write.firstSequence, receivedAt);
      return;
    }
    this.#run('record', epoch, sequence, receivedAt, write.bytes);
    if (write.kind === 'batch') this.#writeSummary(write, epoch, totals);
    else if (write.kind === 'event') this.#writeEvent(write, epoch);
    else this.#writeGap(write, epoch);
  }

  #writeSummary(write: BatchWrite, epoch: number, totals: Map<number, SeriesTotals>): void {
    const { summary, sequence, bytes } = write;
    const series = this.#seriesId(summary);
    this.#run('summary', series, summary.fromAt, epoch, sequence, summary.toAt, summary.rows, summary.packed);
    const known = totals.get(series);
    if (known === undefined) totals.set(series, addBatch(emptyTotals(summary), summary, bytes.length));
    else addBatch(known, summary, bytes.length);
  }

  #writeEvent(write: EventWrite, epoch: number): void {
    const { event, at, monoRawNs, detail } = write.content;
    this.#run('event', epoch, write.sequence, event, at, monoRawNs, write.receivedAt, JSON.stringify(detail));
    const bootId = detail['boot_id'];
    if (event === 'epoch_started' && typeof bootId === 'string') this.#run('boot', bootId, epoch);
  }

  #writeGap(write: GapWrite, epoch: number): void {
    const { firstSequence, lostEvents, losses } = write.content;
    this.#run('gap', epoch, write.sequence, firstSequence, lostEvents);
    for (const [position, loss] of losses.entries()) {
      const { stream, key, samples, fromAt, toAt, fromMonoRawNs, toMonoRawNs, reason } = loss;
      const where = [epoch, write.sequence, position];
      this.#run('loss', ...where, stream, key, samples, fromAt, toAt, fromMonoRawNs, toMonoRawNs, reason);
    }
  }

  #addTotals(series: number, added: SeriesTotals): void {
    const { records, samples, missedTicks, bytes, firstAt, lastAt, intervalNs } = added;
    const counts = [records, samples, missedTicks, bytes];
    this.#run('totals', ...counts, firstAt, lastAt, intervalNs, series);
  }

  #epochId(write: StoreWrite): number {
    const key = `${write.instanceId} ${write.epoch}`;
    const known = this.#epochs.get(key);
    if (known !== undefined) return known;
    const id = this.#run('epoch', write.instanceId, write.epoch, write.receivedAt);
    this.#epochs.set(key, id);
    this.#undoSteps.push(() => this.#epochs.delete(key));
    return id;
  }

  #seriesId(summary: BatchSummary): number {
    const { instanceId, stream, key } = summary.series;
    const version = STREAMS[stream].version;
    const name = seriesKey(summary.series, version);
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    const { fromAt, toAt, intervalNs } = summary;
    const id = this.#run('series', instanceId, stream, key, version, fromAt, toAt, intervalNs);
    this.#series.set(name, id);
    this.#undoSteps.push(() => this.#series.delete(name));
    return id;
  }
}

function seriesKey({ instanceId, stream, key }: SeriesId, version: number): string {
  return `${instanceId} ${stream} ${version} ${key}`;
}

function emptyTotals({ fromAt, toAt, intervalNs }: BatchSummary): SeriesTotals {
  const counts = { records: 0, samples: 0, missedTicks: 0, bytes: 0 };
  return { ...counts, firstAt: fromAt, lastAt: toAt, intervalNs };
}

function addBatch(totals: SeriesTotals, summary: BatchSummary, bytes: number): SeriesTotals {
  totals.records += 1;
  totals.samples += summary.rows;
  totals.missedTicks += summary.missedTicks;
  totals.bytes += bytes;
  totals.intervalNs = summary.intervalNs;
  if (summary.fromAt < totals.firstAt) totals.firstAt = summary.fromAt;
  if (summary.toAt > totals.lastAt) totals.lastAt = summary.toAt;
  return totals;
}
