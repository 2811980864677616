/** What was told, and what is still to be delivered: a small SQLite file, so that a restart neither repeats nor forgets. */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Notification } from './notification.ts';
import { NotifyError } from './notify-error.ts';

const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE told (key TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    webhook TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'refused', 'given_up')),
    last_error TEXT
  ) STRICT;
  CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'due';
`;
/** What was told longer ago is forgotten, and so are the deliveries of then. */
const KEPT_MS = 90 * 86_400_000;

export interface Delivery {
  readonly id: number;
  /** Which webhook, by its identity. */
  readonly webhook: string;
  readonly notification: Notification;
  readonly attempts: number;
  readonly at: number;
}

export type DeliveryState = 'due' | 'delivered' | 'refused' | 'given_up';

export interface DeliveryChange {
  readonly state: DeliveryState;
  readonly nextAt?: number;
  readonly error?: string;
}

export interface Outbox {
  /** Keys that were told. */
  known(): ReadonlySet<string>;
  /** Marks the keys as told and makes one delivery for each webhook; all or nothing. Returns the deliveries' ids. */
  add(notification: Notification, keys: readonly string[], webhooks: readonly string[]): readonly number[];
  /** Due at `now`, oldest first, up to `limit` of each webhook: one that takes nothing holds up no other. */
  due(now: number, limit: number): readonly Delivery[];
  /** Nothing is due of this webhook before `until`. */
  postpone(webhook: string, until: number): void;
  settle(id: number, change: DeliveryChange): void;
  counts(): Readonly<Record<DeliveryState, number>>;
  /** Removes what is older than ninety days. */
  prune(now: number): void;
  close(): void;
}

/** Opens or makes the file (0600). Throws NotifyError for a foreign, damaged or newer one. */
export function openOutbox(path: string): Outbox {
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version > SCHEMA_VERSION) throw new Error(`it has version ${version}, this program knows ${SCHEMA_VERSION}`);
    if (version === 0) database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    return new SqliteOutbox(database);
  } catch (error) {
    database.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new NotifyError(
      'outbox_unusable',
      `${path} cannot be used: ${reason}; move it away to start a new one`,
      error,
    );
  }
}

class SqliteOutbox implements Outbox {
  readonly #database: DatabaseSync;
  readonly #known: Set<string>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#known = new Set(
      database
        .prepare('SELECT key FROM told')
        .all()
        .map(({ key }) => String(key)),
    );
  }

  known(): ReadonlySet<string> {
    return this.#known;
  }

  add(notification: Notification, keys: readonly string[], webhooks: readonly string[]): readonly number[] {
    const tell = this.#database.prepare('INSERT OR IGNORE INTO told (key, at) VALUES (?, ?)');
    const deliver = this.#database.prepare('INSERT INTO deliveries (webhook, at, body, next_at) VALUES (?, ?, ?, ?)');
    const { at } = notification;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const key of keys) tell.run(key, at);
      const body = JSON.stringify(notification);
      const ids = webhooks.map((webhook) => Number(deliver.run(webhook, at, body, at).lastInsertRowid));
      this.#database.exec('COMMIT');
      for (const key of keys) this.#known.add(key);
      return ids;
    } catch (error) {
      // A full disk has ended the transaction by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  due(now: number, limit: number): readonly Delivery[] {
    const sql = `
      SELECT id, webhook, body, attempts, at FROM (
        SELECT *, row_number() OVER (PARTITION BY webhook ORDER BY id) AS place
        FROM deliveries WHERE state = 'due' AND next_at <= ?
      ) WHERE place <= ? ORDER BY id`;
    return this.#database
      .prepare(sql)
      .all(now, limit)
      .map(({ id, webhook, body, attempts, at }) => ({
        id: Number(id),
        webhook: String(webhook),
        notification: JSON.parse(String(body)),
        attempts: Number(attempts),
        at: Number(at),
      }));
  }

  postpone(webhook: string, until: number): void {
    const sql = `UPDATE deliveries SET next_at = ?1 WHERE state = 'due' AND webhook = ?2 AND next_at < ?1`;
    this.#database.prepare(sql).run(until, webhook);
  }

  settle(id: number, change: DeliveryChange): void {
    const sql =
      'UPDATE deliveries SET state = ?, attempts = attempts + 1, next_at = coalesce(?, next_at), last_error = ? WHERE id = ?';
    this.#database.prepare(sql).run(change.state, change.nextAt ?? null, change.error ?? null, id);
  }

  counts(): Readonly<Record<DeliveryState, number>> {
    const counts = { due: 0, delivered: 0, refused: 0, given_up: 0 };
    const rows = this.#database.prepare('SELECT state, count(*) AS number FROM deliveries GROUP BY state').all();
    for (const { state, number } of rows) counts[String(state) as DeliveryState] = Number(number);
    return counts;
  }

  prune(now: number): void {
    const before = now - KEPT_MS;
    this.#database.prepare('DELETE FROM told WHERE at < ?').run(before);
    this.#database.prepare('DELETE FROM deliveries WHERE at < ?').run(before);
    const rows = this.#database.prepare('SELECT key FROM told').all();
    this.#known.clear();
    for (const { key } of rows) this.#known.add(String(key));
  }

  close(): void {
    this.#database.close();
  }
}
