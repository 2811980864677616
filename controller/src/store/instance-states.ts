/**
 * What the controller worked out of each instance's samples and would have to work out again: one blob for each instance, in a file beside the
 * samples. It is a cache: a file that is damaged, or of another version, is begun anew.
 */
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type StoreError, storeErrorFrom } from './store-error.ts';

export interface InstanceState {
  readonly instanceId: string;
  readonly bytes: Uint8Array;
}

export interface InstanceStates {
  /** Null: there is none. */
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
    return opened(path) ?? anew(path);
  } catch (error) {
    throw storeErrorFrom(error);
  }
}

/** Null: the file is not ours, of another version, or damaged. */
function opened(path: string): SqliteInstanceStates | null {
  const database = new DatabaseSync(path);
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    const owner = Number(database.prepare('PRAGMA application_id').get()?.['application_id']);
    const isNew = version === 0 && owner === 0;
    if (isNew || (version === VERSION && owner === APPLICATION_ID)) return new SqliteInstanceStates(database);
  } catch (error) {
    if (!isDamaged(storeErrorFrom(error))) throw error;
  }
  database.close();
  return null;
}

function anew(path: string): SqliteInstanceStates {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
  return new SqliteInstanceStates(new DatabaseSync(path));
}

function isDamaged({ code }: StoreError): boolean {
  return code === 'damaged' || code === 'not_ours';
}

class SqliteInstanceStates implements InstanceStates {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(PRAGMAS);
    database.exec(SCHEMA);
  }

  read(instanceId: string): Uint8Array | null {
    const row = this.#database.prepare('SELECT bytes FROM states WHERE instance = ?').get(instanceId);
    return row === undefined ? null : (row['bytes'] as Uint8Array);
  }

  write(states: readonly InstanceState[]): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const put = this.#database.prepare('INSERT OR REPLACE INTO states (instance, bytes) VALUES (?, ?)');
      for (const { instanceId, bytes } of states) put.run(instanceId, bytes);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw storeErrorFrom(error);
    }
  }

  close(): void {
    this.#database.close();
  }
}
