/** The schema of the control database, one step for each version (`user_version`). Steps are never edited, only added. */
import type { DatabaseSync } from 'node:sqlite';
import { RunsError } from './runs-error.ts';

/** "ptpc" in ASCII, so that `file` and we recognise our own database. */
const APPLICATION_ID = 0x70747063;

const STEPS: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    soak_started_at INTEGER,
    soak_ends_at INTEGER,
    ended_at INTEGER,
    outcome TEXT,
    stop_reason TEXT
  ) STRICT;
  CREATE INDEX runs_by_creation ON runs (created_at);

  CREATE TABLE instances (
    run TEXT NOT NULL REFERENCES runs (id),
    instance_index INTEGER NOT NULL,
    type_index INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    instance_type TEXT NOT NULL,
    state TEXT NOT NULL,
    instance_id TEXT,
    facts TEXT,
    agent_version TEXT,
    ptp_status TEXT,
    verdict TEXT,
    failure TEXT,
    reached_at TEXT NOT NULL,
    PRIMARY KEY (run, instance_index)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX instances_by_id ON instances (instance_id);

  CREATE TABLE launches (
    run TEXT NOT NULL REFERENCES runs (id),
    instance_index INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    client_token TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    agent_sha256 TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (run, instance_index, attempt)
  ) STRICT;

  CREATE TABLE enrolments (
    run TEXT NOT NULL REFERENCES runs (id),
    instance_index INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    instance_id TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    PRIMARY KEY (run, instance_index, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX enrolments_by_instance ON enrolments (instance_id);

  CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    instance_id TEXT,
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_run ON events (run);

  CREATE TABLE aws_calls (
    id INTEGER PRIMARY KEY,
    run TEXT,
    action TEXT NOT NULL,
    at INTEGER NOT NULL,
    duration_ms REAL NOT NULL,
    attempts INTEGER NOT NULL,
    request_id TEXT,
    result TEXT NOT NULL
  ) STRICT;
  CREATE INDEX aws_calls_by_run ON aws_calls (run);
  `,
  `
  ALTER TABLE runs ADD COLUMN keep_asked_at INTEGER;
  ALTER TABLE runs ADD COLUMN keep_decision TEXT;
  ALTER TABLE runs ADD COLUMN pause TEXT;
  ALTER TABLE runs ADD COLUMN resources TEXT;
  ALTER TABLE runs ADD COLUMN leftovers TEXT;
  ALTER TABLE instances ADD COLUMN keep TEXT;
  ALTER TABLE instances ADD COLUMN evidence TEXT;
  CREATE TABLE preparations (
    run TEXT PRIMARY KEY REFERENCES runs (id),
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Weeks of a run are hundreds of thousands of calls: their sums are kept as they come, not made by reading all of them.
  `
  CREATE TABLE aws_call_totals (
    run TEXT NOT NULL,
    action TEXT NOT NULL,
    result TEXT NOT NULL,
    calls INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    longest_ms REAL NOT NULL,
    PRIMARY KEY (run, action, result)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO aws_call_totals
    SELECT run, action, result, count(*), sum(attempts), max(duration_ms) FROM aws_calls
    WHERE run IS NOT NULL GROUP BY run, action, result;
  CREATE TRIGGER aws_calls_summed AFTER INSERT ON aws_calls WHEN NEW.run IS NOT NULL BEGIN
    INSERT INTO aws_call_totals VALUES (NEW.run, NEW.action, NEW.result, 1, NEW.attempts, NEW.duration_ms)
    ON CONFLICT DO UPDATE SET
      calls = calls + 1, attempts = attempts + NEW.attempts, longest_ms = max(longest_ms, NEW.duration_ms);
  END;
  `,
  // Each nack is looked for among all of them before it is written.
  `
  CREATE INDEX events_by_nacked_record ON events (
    run, instance_id, json_extract(detail, '$.epoch'), json_extract(detail, '$.sequence')
  ) WHERE event = 'record_nacked';
  `,
  'ALTER TABLE runs ADD COLUMN samples_removed TEXT;',
  'ALTER TABLE runs ADD COLUMN extended_s REAL;',
  // The newest are shown each time that somebody looks.
  'CREATE INDEX events_by_time ON events (run, at);',
];

function readPragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function isEmpty(database: DatabaseSync): boolean {
  return Number(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables']) === 0;
}

function applyStep(database: DatabaseSync, version: number): void {
  const step = STEPS[version];
  if (step === undefined) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${version + 1}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** The database's version. Throws `RunsError` for a foreign or newer one. */
function readVersion(database: DatabaseSync): number {
  const foreign = readPragma(database, 'application_id') !== APPLICATION_ID && !isEmpty(database);
  if (foreign) throw new RunsError('not_a_control_database', 'this is a database of another program');
  const version = readPragma(database, 'user_version');
  if (version <= STEPS.length) return version;
  throw new RunsError(
    'database_newer',
    `the database has version ${version}, this program knows versions up to ${STEPS.length}: use the newer ptp-tester that wrote it`,
  );
}

/** Brings the database to this program's version, each step in its own transaction. Throws `RunsError` for a foreign or newer one. */
export function migrate(database: DatabaseSync): void {
  for (let next = readVersion(database); next < STEPS.length; next += 1) applyStep(database, next);
}

/** For reading only: the database must have this program's version already. Throws `RunsError` otherwise. */
export function checkVersion(database: DatabaseSync): void {
  const version = readVersion(database);
  if (version === STEPS.length) return;
  throw new RunsError(
    'database_older',
    `the database has version ${version}, this program reads version ${STEPS.length}: start ptp-tester serve on it once to bring it up to date`,
  );
}
