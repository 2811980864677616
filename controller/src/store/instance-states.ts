/**
 * What the controller worked out of each instance's samples and would have to work out again: one blob for each instance, in a file beside the
 * samples. It is a cache: a file that is damaged, or of another version, is begun anew.
 */
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { storeErrorFrom } from './store-error.ts';

export interface InstanceState {
  readonly instanceId: string;
  readonly bytes: Uint8Array;
}

export interface InstanceStates {
  /** Null: there is none. Throws `StoreError`. */
  read(instanceId: string): Uint8Array | null;
  /** All of them or none. Throws `StoreError`. */
  write(states: readonly InstanceState[]): void;
  close(): void;
}

/** "PTPI": says whose file it is. */
const APPLICATION_ID = 0x50545049;
const VERSION = 1;

/** A commit need not be on disk: what is lost is worked out again. */
const PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -1024;
PRAGMA journal_size_limit = 4194304;
PRAGMA busy_timeout = 5000;
`;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS states (instance TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${VERSION};
`;

/** Opens the file for one writer and makes it where needed, in a folder that exists. Throws `StoreError` where nothing can be written. */
export function openInstanceStates(path: string): InstanceStates {
  try {
    return new SqliteInstanceStates(path, opened(path) ?? anew(path));
  } catch (error) {
    throw storeErrorFrom(error);
  }
}

/** Null: the file is not ours, of another version, or damaged. */
function opened(path: string): DatabaseSync | null {
  const database = new DatabaseSync(path);
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    const owner = Number(database.prepare('PRAGMA application_id').get()?.['application_id']);
    const isNew = version === 0 && owner === 0;
    if (isNew || (version === VERSION && owner === APPLICATION_ID)) return prepared(database);
  } catch (error) {
    database.close();
    if (isDamaged(error)) return null;
    throw error;
  }
  database.close();
  return null;
}

function anew(path: string): DatabaseSync {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
  return prepared(new DatabaseSync(path));
}

function prepared(database: DatabaseSync): DatabaseSync {
  database.exec(PRAGMAS);
  database.exec(SCHEMA);
  return database;
}

function isDamaged(error: unknown): boolean {
  const { code } = storeErrorFrom(error);
  return code === 'damaged' || code === 'not_ours';
}

class SqliteInstanceStates implements InstanceStates {
  readonly #path: string;
  #database: DatabaseSync;

  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
  }

  read(instanceId: string): Uint8Array | null {
    return this.#orAnew(() => {
      const row = this.#database.prepare('SELECT bytes FROM states WHERE instance = ?').get(instanceId);
      return row === undefined ? null : (row['bytes'] as Uint8Array);
    });
  }

  write(states: readonly InstanceState[]): void {
    this.#orAnew(() => this.#write(states));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Damage shows where it is first read, which may be long after the file was opened. */
  #orAnew<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isDamaged(error)) throw storeErrorFrom(error);
    }
    this.#database.close();
    try {
      this.#database = anew(this.#path);
      return work();
    } catch (error) {
      throw storeErrorFrom(error);
    }
  }

  #write(states: readonly InstanceState[]): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const put = this.#database.prepare('INSERT OR REPLACE INTO states (instance, bytes) VALUES (?, ?)');
      for (const { instanceId, bytes } of states) put.run(instanceId, bytes);
      this.#database.exec('COMMIT');
    } finally {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }
}
