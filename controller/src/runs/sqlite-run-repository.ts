/** The control database on node:sqlite: every change is on the disk before the call returns (WAL, synchronous=FULL). */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { EventKind } from '@ptp-tester/measurement';
import { checkVersion, migrate } from './migrations.ts';
import { RecentInstances } from './recent-instances.ts';
import type { InstanceRecord, Run, RunId, SamplesRemoved } from './run.ts';
import type { RunPreparation } from './run-preparation.ts';
import type {
  AwsCall,
  AwsCallTotal,
  ControllerEvent,
  Enrolment,
  EventFilter,
  LaunchRecord,
  RunParts,
  RunRepository,
} from './run-repository.ts';
import {
  awsCallOfRow,
  awsCallTotalOfRow,
  enrolmentOfRow,
  eventOfRow,
  instanceOfRow,
  launchOfRow,
  type Parameters,
  preparationOfRow,
  type Row,
  rowOfAwsCall,
  rowOfEnrolment,
  rowOfEvent,
  rowOfInstance,
  rowOfLaunch,
  rowOfPreparation,
  rowOfRun,
  runOfRow,
} from './run-rows.ts';
import { RunsError } from './runs-error.ts';

interface SqliteRunRepositoryDependencies {
  /** Milliseconds since 1970, for `reachedAt`. */
  now(): number;
  /** Nobody else writes: what was read once is still so. */
  readonly isOnlyWriter: boolean;
}

function insertInto(table: string, row: Parameters): string {
  const columns = Object.keys(row);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `:${column}`).join(', ')})`;
}

/** Sets every column of the row but its keys. */
function updateOf(table: string, row: Parameters, keys: readonly string[]): string {
  const columns = Object.keys(row).filter((column) => !keys.includes(column));
  const assign = (column: string) => `${column} = :${column}`;
  return `UPDATE ${table} SET ${columns.map(assign).join(', ')} WHERE ${keys.map(assign).join(' AND ')}`;
}

function openDatabase(path: string): DatabaseSync {
  // SQLite would make the file by the umask; it holds frozen launches with their enrolment tokens. -wal and -shm take its mode.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    migrate(database);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    return database;
  } catch (error) {
    database.close();
    throw describeOpenFailure(path, error);
  }
}

function describeOpenFailure(path: string, error: unknown): RunsError {
  if (error instanceof RunsError) return new RunsError(error.code, `${path}: ${error.message}`, { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new RunsError('not_a_control_database', `${path} cannot be opened as the control database: ${reason}`, {
    cause: error,
  });
}

class SqliteRunRepository implements RunRepository {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #statements = new Map<string, StatementSync>();
  readonly #listeners = new Set<(run: RunId) => void>();
  readonly #recent: RecentInstances | null;

  constructor(database: DatabaseSync, dependencies: SqliteRunRepositoryDependencies) {
    this.#database = database;
    this.#now = dependencies.now;
    this.#recent = dependencies.isOnlyWriter ? new RecentInstances() : null;
  }

  createRun(run: Run, instances: readonly InstanceRecord[], parts: readonly LaunchRecord[] | RunParts = {}): void {
    const { launches = [], preparation }: RunParts = 'length' in parts ? { launches: parts } : parts;
    this.#together(() => {
      this.#insert('runs', rowOfRun(run));
      for (const instance of instances) this.#insert('instances', rowOfInstance(instance));
      for (const launch of launches) this.saveLaunch(launch);
      if (preparation !== undefined) this.#insert('preparations', rowOfPreparation(run.id, preparation));
    });
    this.#recent?.forget(run.id);
    this.#changed(run.id);
  }

  preparation(run: RunId): RunPreparation | null {
    return this.#one('SELECT body FROM preparations WHERE run = ?', [run], preparationOfRow);
  }

  run(id: RunId): Run | null {
    return this.#one('SELECT * FROM runs WHERE id = ?', [id], runOfRow);
  }

  runs(): readonly Run[] {
    return this.#all('SELECT * FROM runs ORDER BY created_at DESC, id DESC', [], runOfRow);
  }

  updateRun(id: RunId, change: Partial<Omit<Run, 'id' | 'spec' | 'createdAt'>>): Run {
    const before = this.run(id);
    if (before === null) throw new RunsError('run_unknown', `run ${id} is not in the control database`);
    const after = { ...before, ...change };
    const row = rowOfRun(after);
    if (sameRow(row, rowOfRun(before))) return before;
    this.#statement(updateOf('runs', row, ['id'])).run(row);
    this.#changed(id);
    return after;
  }

  removeSamples(id: RunId, removed: SamplesRemoved): void {
    const { at, ...detail } = removed;
    this.#together(() => {
      this.#statement('UPDATE runs SET samples_removed = ? WHERE id = ?').run(JSON.stringify(removed), id);
      this.addEvent({ run: id, instanceId: null, event: 'samples_removed', at, detail });
    });
    this.#changed(id);
  }

  instances(run: RunId): readonly InstanceRecord[] {
    const sql = 'SELECT * FROM instances WHERE run = ? ORDER BY instance_index';
    const read = () => this.#all(sql, [run], instanceOfRow);
    return this.#recent?.of(run, read) ?? read();
  }

  instance(run: RunId, index: number): InstanceRecord | null {
    return this.#one('SELECT * FROM instances WHERE run = ? AND instance_index = ?', [run, index], instanceOfRow);
  }

  instanceById(instanceId: string): InstanceRecord | null {
    return this.#one(
      'SELECT * FROM instances WHERE instance_id = ? ORDER BY run DESC LIMIT 1',
      [instanceId],
      instanceOfRow,
    );
  }

  updateInstance(
    run: RunId,
    index: number,
    change: Partial<Omit<InstanceRecord, 'run' | 'index' | 'typeIndex'>>,
  ): InstanceRecord {
    const before = this.instance(run, index);
    if (before === null) throw new RunsError('instance_unknown', `run ${run} has no instance ${index}`);
    const merged = { ...before, ...change };
    const after = { ...merged, reachedAt: { [merged.state]: this.#now(), ...merged.reachedAt } };
    const row = rowOfInstance(after);
    if (sameRow(row, rowOfInstance(before))) return before;
    this.#statement(updateOf('instances', row, ['run', 'instance_index'])).run(row);
    this.#recent?.changed(this.instance(run, index) ?? after);
    this.#changed(run);
    return after;
  }

  launch(run: RunId, index: number, attempt: number): LaunchRecord | null {
    const sql = 'SELECT * FROM launches WHERE run = ? AND instance_index = ? AND attempt = ?';
    return this.#one(sql, [run, index, attempt], launchOfRow);
  }

  saveLaunch(launch: LaunchRecord): void {
    this.#insert('launches', rowOfLaunch(launch));
  }

  enrolment(run: RunId, index: number, attempt: number): Enrolment | null {
    const sql = 'SELECT * FROM enrolments WHERE run = ? AND instance_index = ? AND attempt = ?';
    return this.#one(sql, [run, index, attempt], enrolmentOfRow);
  }

  enrolmentOf(instanceId: string): Enrolment | null {
    const sql = 'SELECT * FROM enrolments WHERE instance_id = ? ORDER BY enrolled_at DESC LIMIT 1';
    return this.#one(sql, [instanceId], enrolmentOfRow);
  }

  saveEnrolment(enrolment: Enrolment): void {
    this.#insert('enrolments', rowOfEnrolment(enrolment));
  }

  addEvent(event: ControllerEvent): void {
    this.#insert('events', rowOfEvent(event));
  }

  events(run: RunId): readonly ControllerEvent[] {
    return this.#all('SELECT * FROM events WHERE run = ? ORDER BY at, id', [run], eventOfRow);
  }

  newestEvents(run: RunId, limit: number, filter: EventFilter = {}): readonly ControllerEvent[] {
    const { where, values } = eventCondition(run, filter);
    const sql = `SELECT * FROM events WHERE ${where} ORDER BY at DESC, id DESC LIMIT ?`;
    return this.#all(sql, [...values, limit], eventOfRow).toReversed();
  }

  eventTotal(run: RunId, filter: EventFilter = {}): number {
    const { where, values } = eventCondition(run, filter);
    return this.#one(`SELECT count(*) AS total FROM events WHERE ${where}`, values, (row) => Number(row['total'])) ?? 0;
  }

  hasNackEvent(
    run: RunId,
    instanceId: string,
    { epoch, sequence }: { readonly epoch: string; readonly sequence: number },
  ): boolean {
    const sql = `SELECT 1 FROM events WHERE event = 'record_nacked' AND run = ? AND instance_id = ?
      AND json_extract(detail, '$.epoch') = ? AND json_extract(detail, '$.sequence') = ?`;
    return this.#one(sql, [run, instanceId, epoch, sequence], () => true) ?? false;
  }

  eventsAfter(run: RunId, mark: number): { readonly events: readonly ControllerEvent[]; readonly mark: number } {
    const sql = 'SELECT * FROM events WHERE run = ? AND id > ? ORDER BY id';
    const marked = this.#all(sql, [run, mark], (row) => ({ event: eventOfRow(row), id: Number(row['id']) }));
    return { events: marked.map(({ event }) => event), mark: marked.at(-1)?.id ?? mark };
  }

  eventCounts(run: RunId): ReadonlyMap<EventKind, number> {
    const sql = 'SELECT event, count(*) AS number FROM events WHERE run = ? GROUP BY event';
    return new Map(this.#all(sql, [run], (row) => [String(row['event']) as EventKind, Number(row['number'])] as const));
  }

  addAwsCall(call: AwsCall): void {
    this.#insert('aws_calls', rowOfAwsCall(call));
  }

  awsCalls(run: RunId): readonly AwsCall[] {
    return this.#all('SELECT * FROM aws_calls WHERE run = ? ORDER BY at, id', [run], awsCallOfRow);
  }

  awsCallTotals(run: RunId): readonly AwsCallTotal[] {
    return this.#all('SELECT * FROM aws_call_totals WHERE run = ? ORDER BY action, result', [run], awsCallTotalOfRow);
  }

  onChange(listener: (run: RunId) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#statements.clear();
    this.#listeners.clear();
    this.#database.close();
  }

  /** All or nothing. */
  #together(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk has ended the transaction by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #changed(run: RunId): void {
    for (const listener of [...this.#listeners]) listener(run);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const prepared = this.#database.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  #insert(table: string, row: Parameters): void {
    this.#statement(insertInto(table, row)).run(row);
  }

  #one<T>(sql: string, keys: readonly (string | number)[], read: (row: Row) => T): T | null {
    const row = this.#statement(sql).get(...keys);
    return row === undefined ? null : read(row);
  }

  #all<T>(sql: string, keys: readonly (string | number)[], read: (row: Row) => T): readonly T[] {
    return this.#statement(sql)
      .all(...keys)
      .map((row) => read(row));
  }
}

function eventCondition(run: RunId, { instanceId, kinds }: EventFilter) {
  const ofInstance = instanceId === undefined ? '' : ' AND instance_id = ?';
  const ofKinds = kinds === undefined ? '' : ` AND event IN (${kinds.map(() => '?').join(', ')})`;
  const values = [run, ...(instanceId === undefined ? [] : [instanceId]), ...(kinds ?? [])];
  return { where: `run = ?${ofInstance}${ofKinds}`, values };
}

function sameRow(left: Parameters, right: Parameters): boolean {
  return Object.keys(left).every((column) => left[column] === right[column]);
}

/**
 * Opens the control database, making or migrating it. `:memory:` is a private one for tests.
 * Throws `RunsError` for a foreign, damaged or newer file.
 */
export function openRunRepository(path: string, { now }: { readonly now: () => number }): RunRepository {
  return new SqliteRunRepository(openDatabase(path), { now, isOnlyWriter: true });
}

/** Opens an existing control database for reading only, also while a controller writes it. Throws `RunsError` as above. */
export function readRunRepository(path: string): RunRepository {
  const database = new DatabaseSync(path, { timeout: 5000, readOnly: true });
  try {
    checkVersion(database);
    return new SqliteRunRepository(database, { now: () => 0, isOnlyWriter: false });
  } catch (error) {
    database.close();
    throw describeOpenFailure(path, error);
  }
}
