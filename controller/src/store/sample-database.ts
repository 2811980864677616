/** Opens a run's sample database: WAL, synchronous=FULL for the writer, and a check that the file is ours and not too new. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SAMPLE_APPLICATION_ID, SAMPLE_MIGRATIONS } from './sample-schema.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';

/** Where the samples of a run lie under the controller's data directory. */
export function sampleDatabasePath(dataDirectory: string, run: string): string {
  return join(dataDirectory, 'runs', run, 'samples.db');
}

export interface SampleDatabaseOptions {
  readonly path: string;
  /** The file may not grow beyond this many pages of 8 KiB; undefined = as large as the disk. */
  readonly maxPages?: number | undefined;
}

/**
 * 8 KiB pages: a commit touches one page for each series, and larger ones fill slower than they cost. The page cache holds those pages
 * for some thousand series (64 MiB); a checkpoint every 4000 pages keeps the WAL near 32 MiB.
 */
const WRITER_PRAGMAS = `
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -65536;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;
PRAGMA busy_timeout = 5000;
PRAGMA foreign_keys = OFF;
`;

/** Opens for writing, creates the file and its directory where needed, and brings the schema up to date. Throws `StoreError`. */
export function openForWriting(options: SampleDatabaseOptions): DatabaseSync {
  return opened(
    () => {
      mkdirSync(dirname(options.path), { recursive: true });
      return new DatabaseSync(options.path);
    },
    (database) => {
      checkOwner(database, options.path);
      database.exec(WRITER_PRAGMAS);
      if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
      migrate(database);
    },
  );
}

/** Opens a second, read-only connection, also while a writer works. Throws `StoreError` (`not_found` when there is no such file). */
export function openForReading(path: string): DatabaseSync {
  if (!existsSync(path)) throw new StoreError('not_found', `there is no sample database ${path}`);
  return opened(
    () => new DatabaseSync(path, { readOnly: true }),
    (database) => {
      database.exec('PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16384; PRAGMA query_only = ON');
      if (checkOwner(database, path) === 0) throw new StoreError('not_found', `${path} is empty`);
    },
  );
}

/**
 * Moves what the WAL holds into the database file, so that the file alone is all of it, and empties the WAL. Does not wait:
 * false when a reader is in the way. A last close does this by itself, but not while a reader has the file open. Throws `StoreError`.
 */
export function foldJournal(database: DatabaseSync): boolean {
  try {
    database.exec('PRAGMA busy_timeout = 0');
    return Number(database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy']) === 0;
  } catch (error) {
    throw storeErrorFrom(error);
  }
}

/** The same for a file that nothing of ours writes to any more. Throws `StoreError`. */
export function foldJournalOf(path: string): boolean {
  if (!existsSync(path)) return true;
  const database = openForWriting({ path });
  try {
    return foldJournal(database);
  } finally {
    database.close();
  }
}

function opened(open: () => DatabaseSync, prepare: (database: DatabaseSync) => void): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = open();
    prepare(database);
    return database;
  } catch (error) {
    database?.close();
    throw storeErrorFrom(error);
  }
}

/** The schema's version; 0 for a new file. */
function checkOwner(database: DatabaseSync, path: string): number {
  const version = pragma(database, 'user_version');
  const owner = pragma(database, 'application_id');
  if (version === 0 && owner === 0 && isEmpty(database)) return 0;
  if (owner !== SAMPLE_APPLICATION_ID)
    throw new StoreError('not_ours', `${path} is not a sample database of ptp-tester`);
  if (version > SAMPLE_MIGRATIONS.length) {
    throw new StoreError('too_new', `${path} has schema ${version}; this program knows ${SAMPLE_MIGRATIONS.length}`);
  }
  return version;
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

function migrate(database: DatabaseSync): void {
  for (let version = pragma(database, 'user_version'); version < SAMPLE_MIGRATIONS.length; version++) {
    const step = SAMPLE_MIGRATIONS[version];
    database.exec(
      `BEGIN IMMEDIATE; ${step} PRAGMA application_id = ${SAMPLE_APPLICATION_ID}; PRAGMA user_version = ${version + 1}; COMMIT`,
    );
  }
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
