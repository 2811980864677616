/** One controller for one data directory: an open write transaction on a SQLite file, which the kernel ends with its process. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RunsError } from './runs-error.ts';

/** SQLITE_BUSY, sqlite3.h. */
const SQLITE_BUSY = 5;

export interface DirectoryLock {
  release(): void;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

/** Others may still read while a write transaction is open: that is how they learn who holds it. */
function readHolder(database: DatabaseSync): string {
  try {
    const pid = database.prepare('SELECT pid FROM holder').get()?.['pid'];
    return pid === undefined ? 'pid unknown' : `pid ${pid}`;
  } catch {
    // It is being written this moment, or not yet: the answer "in use" stands without it.
    return 'pid unknown';
  }
}

function takeLock(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec('CREATE TABLE IF NOT EXISTS holder (only INTEGER PRIMARY KEY CHECK (only = 1), pid INTEGER NOT NULL)');
  database.prepare('INSERT OR REPLACE INTO holder (only, pid) VALUES (1, ?)').run(process.pid);
  database.exec('COMMIT');
  database.exec('BEGIN IMMEDIATE');
}

/** Long enough for a `holderOf` that looks this moment. */
const LOOK_MS = 200;

/** Who holds the directory now; null: nobody, also where it was never locked. */
export function holderOf(directory: string): string | null {
  const path = join(directory, 'lock');
  if (!existsSync(path)) return null;
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return null;
  } catch (error) {
    if (isBusy(error)) return readHolder(database);
    throw error;
  } finally {
    database.close();
  }
}

/** Takes `<directory>/lock` for as long as this process lives, or until `release`. Throws `RunsError` `data_directory_in_use`. */
export function lockDirectory(directory: string): DirectoryLock {
  const database = new DatabaseSync(join(directory, 'lock'), { timeout: LOOK_MS });
  try {
    takeLock(database);
    return { release: () => database.close() };
  } catch (error) {
    const holder = isBusy(error) ? readHolder(database) : null;
    database.close();
    if (holder === null) throw error;
    throw new RunsError(
      'data_directory_in_use',
      `data directory ${directory} is in use by another controller (${holder})`,
      { cause: error },
    );
  }
}
