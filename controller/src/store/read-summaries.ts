/** The summaries of a series in a range of time, whether they lie in pages or still in rows of their own. */
import type { DatabaseSync } from 'node:sqlite';
import { decompressPage } from './node-codec-environment.ts';
import { relativeTo } from './relative-values.ts';
import { type ColumnSummary, type SummarySlot, unpackColumn } from './summarize-batch.ts';
import { BATCHES_PER_PAGE, openPage, PAGE_INDEX, pagePart, readPageIndex, wordsOfPart } from './summary-page.ts';

/** One batch that overlaps the range. */
export interface SummarizedBatch {
  /** Smallest and largest `at` of the batch, ns after the range's start. */
  readonly fromNs: number;
  readonly toNs: number;
  /** The epoch's number in the database. */
  readonly epoch: number;
  readonly sequence: number;
  /** Null when no column was asked for. */
  readonly column: ColumnSummary | null;
}

export interface SummariesQuery {
  /** The series' number in the database. */
  readonly series: number;
  readonly fromAt: bigint;
  /** Exclusive. */
  readonly toAt: bigint;
  /** Of the column that is asked for; null for none. */
  readonly slot: SummarySlot | null;
  /** The column is `u64`. */
  readonly unsigned: boolean;
}

/** Differences as doubles are exact below 2^53 ns, and no bigint has to be made for each batch. */
const ROWS = `
SELECT CAST(from_at - ?1 AS REAL), CAST(to_at - ?1 AS REAL), rows, epoch, sequence, substr(packed, ?2, ?3)
FROM summaries WHERE series = ?4 AND from_at < ?5 AND to_at >= ?1 ORDER BY id`;

/** Version 1 kept index and summaries apart and as they are; since version 2 the first blob is the closed page and the second is empty. */
const PAGES = `
SELECT batches, substr(packed, ?2, ?3), length(packed) FROM summary_pages
WHERE series = ?4 AND from_at < ?5 AND to_at >= ?1 ORDER BY from_at`;

type Row = [fromNs: number, toNs: number, rows: number, epoch: number, sequence: number, packed: Uint8Array];
type PageRow = [batches: Uint8Array, part: Uint8Array | null, packedBytes: number];

/** Pages first, then the newest batches. */
export function* readSummaries(database: DatabaseSync, query: SummariesQuery): Generator<SummarizedBatch> {
  const { slot, unsigned } = query;
  for (const page of scan<PageRow>(database, PAGES, query)) yield* batchesOfPage(page, query);
  for (const [fromNs, toNs, rows, epoch, sequence, packed] of scan<Row>(database, ROWS, query)) {
    const column = slot === null ? null : unpackColumn(packed, slot, { rows, unsigned });
    yield { fromNs, toNs, epoch, sequence, column };
  }
}

/** The rows as arrays, which cost less than objects. */
function scan<T>(database: DatabaseSync, sql: string, { series, fromAt, toAt, slot }: SummariesQuery): Iterable<T> {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  const whole = slot ?? { offset: 0, bytes: 0 };
  const { offset, bytes } = sql === PAGES ? pagePart(whole) : whole;
  return statement.iterate(fromAt, offset + 1, bytes, series, toAt) as unknown as Iterable<T>;
}

const NOTHING = new Uint8Array(0);

/** The index, and the part of the slot that is asked for. */
function partsOfPage([batches, part, packedBytes]: PageRow, slot: SummarySlot | null): [Uint8Array, Uint8Array] {
  // SQLite's substr of nothing is null.
  if (packedBytes > 0) return [batches, part ?? NOTHING];
  const read = openPage(batches, decompressPage);
  if (slot === null) return [read(PAGE_INDEX), NOTHING];
  const { offset, bytes } = pagePart(slot);
  return [read(PAGE_INDEX), read({ offset: PAGE_INDEX.bytes + offset, bytes })];
}

function* batchesOfPage(page: PageRow, query: SummariesQuery): Generator<SummarizedBatch> {
  const { fromAt, toAt, slot } = query;
  const [batches, part] = partsOfPage(page, slot);
  const index = readPageIndex(batches);
  const fromNs = relativeTo(index.fromAt, fromAt);
  const toNs = relativeTo(index.toAt, fromAt);
  const words = wordsOfPart(part);
  for (let at = 0; at < BATCHES_PER_PAGE; at++) {
    if ((index.fromAt[at] as bigint) >= toAt || (index.toAt[at] as bigint) < fromAt) continue;
    yield {
      fromNs: fromNs[at] as number,
      toNs: toNs[at] as number,
      epoch: index.epoch[at] as number,
      sequence: index.sequence[at] as number,
      column: slot === null ? null : columnOfPage(words, slot, { at, rows: index.rows[at] as number, query }),
    };
  }
}

function columnOfPage(
  { doubles, bigs }: ReturnType<typeof wordsOfPart>,
  slot: SummarySlot,
  { at, rows, query }: { at: number; rows: number; query: SummariesQuery },
): ColumnSummary {
  const extra = 3 * BATCHES_PER_PAGE + at;
  const origin = slot.hasOrigin ? (bigs[extra] as bigint) : 0n;
  return {
    min: doubles[at] as number,
    max: doubles[BATCHES_PER_PAGE + at] as number,
    mean: doubles[2 * BATCHES_PER_PAGE + at] as number,
    count: slot.hasCount ? (doubles[extra] as number) : rows,
    origin: query.unsigned ? BigInt.asUintN(64, origin) : origin,
  };
}
