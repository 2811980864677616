/** Moves summaries from rows to pages: the writer's part, within its transaction. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { NODE_CODEC } from './node-codec-environment.ts';
import { BATCHES_PER_PAGE, closePage, type SummaryRow } from './summary-page.ts';

/** So many more rows some series wait, so that a thousand that began together do not turn their pages in the same commit. */
const SPREAD = 32;

const OLDEST = `
SELECT id, from_at, to_at, rows, epoch, sequence, packed FROM summaries WHERE series = ? ORDER BY id LIMIT ${BATCHES_PER_PAGE}`;
const INSERT = `
INSERT INTO summary_pages (series, from_at, epoch, sequence, to_at, batches, packed) VALUES (?, ?, ?, ?, ?, ?, x'')`;
const DELETE = 'DELETE FROM summaries WHERE series = ? AND id <= ?';

export class SummaryPages {
  /** Rows in `summaries` of each series. */
  readonly #waiting = new Map<number, number>();
  readonly #oldest: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    for (const row of database.prepare('SELECT series, count(*) AS waiting FROM summaries GROUP BY series').all()) {
      this.#waiting.set(Number(row['series']), Number(row['waiting']));
    }
    this.#oldest = database.prepare(OLDEST);
    this.#oldest.setReadBigInts(true);
    this.#insert = database.prepare(INSERT);
    this.#delete = database.prepare(DELETE);
  }

  /** So many rows were added to a series; turns as many pages as they fill. Returns what takes the counting back. */
  add(series: number, rows: number): () => void {
    const before = this.#waiting.get(series) ?? 0;
    let waiting = before + rows;
    while (waiting >= BATCHES_PER_PAGE + (series % SPREAD)) {
      this.#turn(series);
      waiting -= BATCHES_PER_PAGE;
    }
    this.#waiting.set(series, waiting);
    return () => this.#waiting.set(series, before);
  }

  #turn(series: number): void {
    const stored = this.#oldest.all(series);
    const rows: SummaryRow[] = stored.map((row) => ({
      fromAt: row['from_at'] as bigint,
      toAt: row['to_at'] as bigint,
      rows: Number(row['rows']),
      epoch: Number(row['epoch']),
      sequence: Number(row['sequence']),
      packed: row['packed'] as Uint8Array,
    }));
    const first = rows[0];
    const lastId = stored.at(-1)?.['id'];
    if (first === undefined || lastId === undefined) return;
    const fromAt = BigInt64Array.from(rows, (row) => row.fromAt).sort()[0] ?? first.fromAt;
    const toAt =
      BigInt64Array.from(rows, (row) => row.toAt)
        .sort()
        .at(-1) ?? first.toAt;
    const page = closePage(rows, NODE_CODEC.compress);
    this.#insert.run(series, fromAt, first.epoch, first.sequence, toAt, page);
    this.#delete.run(series, lastId);
  }
}
