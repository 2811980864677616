/** Downsampled queries: summaries where a bucket covers a whole batch, decoded samples where a batch crosses an edge. */
import type { DatabaseSync } from 'node:sqlite';
import { AT_COLUMN, type Batch, columnIndex, STREAMS } from '@ptp-tester/measurement';
import { EnvelopeBuckets } from './envelope-buckets.ts';
import { originOf, relativeTo } from './relative-values.ts';
import type { Envelope, EnvelopeQuery } from './sample-store.ts';
import { StoreError } from './store-error.ts';
import { type ColumnSummary, type SummarySlot, summarySlot, unpackColumn } from './summarize-batch.ts';

/** Decodes the stored batch of an epoch (by its number in the database) and sequence. */
export type LoadBatch = (epoch: number, sequence: number) => Batch;

/** One row of the table `series`; a series has one for each version of its summaries. */
export interface SeriesRow {
  readonly id: number;
  readonly summaryVersion: number;
  readonly firstAt: bigint;
  readonly lastAt: bigint;
  readonly longestBatchNs: bigint;
}

interface Parts {
  readonly database: DatabaseSync;
  readonly rows: readonly SeriesRow[];
  readonly loadBatch: LoadBatch;
}

/** Runs one envelope query. Throws `StoreError` (`not_found` for a column the stream does not have). */
export function readEnvelope(query: EnvelopeQuery, parts: Parts): Envelope {
  const column = requireColumn(query);
  const fromAt = query.fromAt ?? ascending(parts.rows.map((row) => row.firstAt)).at(0) ?? 0n;
  const toAt = query.toAt ?? (ascending(parts.rows.map((row) => row.lastAt)).at(-1) ?? 0n) + 1n;
  const points = Math.max(1, Math.floor(query.points));
  const empty = parts.rows.length === 0 || toAt <= fromAt;
  const buckets = new EnvelopeBuckets({ fromAt, toAt: empty ? fromAt + 1n : toAt, points });
  const scan = new EnvelopeScan({ query, column, fromAt, buckets, loadBatch: parts.loadBatch });
  if (!empty) for (const row of parts.rows) scan.addSeries(parts.database, row, toAt);
  return buckets.finish(scan.facts());
}

function requireColumn({ stream, column }: EnvelopeQuery): number {
  const declaration = STREAMS[stream];
  if (!declaration.columns.some(({ name }) => name === column)) {
    throw new StoreError('not_found', `stream ${stream} has no column ${column}`);
  }
  return columnIndex(declaration, column);
}

function ascending(values: readonly bigint[]): BigInt64Array {
  return BigInt64Array.from(values).sort();
}

/** Differences as doubles are exact below 2^53 ns, and no bigint has to be made for each batch. */
const SCAN = `
SELECT CAST(from_at - ?1 AS REAL), CAST(to_at - ?1 AS REAL), rows, epoch, sequence, substr(packed, ?2, ?3)
FROM summaries WHERE series = ?4 AND from_at >= ?5 AND from_at < ?6 AND to_at >= ?1 ORDER BY from_at`;

type ScanRow = [fromNs: number, toNs: number, rows: number, epoch: number, sequence: number, packed: Uint8Array];

interface ScanOptions {
  readonly query: EnvelopeQuery;
  readonly column: number;
  readonly fromAt: bigint;
  readonly buckets: EnvelopeBuckets;
  readonly loadBatch: LoadBatch;
}

class EnvelopeScan {
  readonly #options: ScanOptions;
  readonly #unsigned: boolean;
  #origin: bigint | null = null;
  #decodedBatches = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#unsigned = STREAMS[options.query.stream].columns[options.column]?.kind === 'u64';
  }

  facts(): { readonly originValue: bigint; readonly decodedBatches: number } {
    return { originValue: this.#origin ?? 0n, decodedBatches: this.#decodedBatches };
  }

  addSeries(database: DatabaseSync, series: SeriesRow, toAt: bigint): void {
    const { query, column, fromAt } = this.#options;
    const stored = series.summaryVersion === STREAMS[query.stream].version;
    const slot = stored ? summarySlot(query.stream, column) : null;
    const statement = database.prepare(SCAN);
    statement.setReturnArrays(true);
    const lowest = fromAt - series.longestBatchNs;
    const part = slot === null ? [1, 0] : [slot.offset + 1, slot.bytes];
    const rows = statement.iterate(fromAt, ...part, series.id, lowest, toAt) as unknown as Iterable<ScanRow>;
    for (const row of rows) this.#addBatch(row, slot);
  }

  #addBatch(row: ScanRow, slot: SummarySlot | null): void {
    const { buckets } = this.#options;
    const [fromNs, toNs, rows, epoch, sequence, packed] = row;
    const bucket = buckets.indexOf(fromNs);
    if (slot !== null && bucket >= 0 && bucket === buckets.indexOf(toNs)) {
      this.#addSummary(bucket, unpackColumn(packed, slot, { rows, unsigned: this.#unsigned }));
      return;
    }
    this.#addSamples(this.#options.loadBatch(epoch, sequence));
  }

  #addSummary(bucket: number, summary: ColumnSummary): void {
    if (summary.count === 0) return;
    const shift = this.#shift(summary.origin);
    const { count, min, max, mean } = summary;
    this.#options.buckets.addSummary(bucket, { count, min: min + shift, max: max + shift, mean: mean + shift });
  }

  #addSamples(batch: Batch): void {
    const { buckets, column, fromAt } = this.#options;
    this.#decodedBatches += 1;
    const values = batch.columns[column];
    const at = batch.columns[AT_COLUMN];
    if (values === undefined || at === undefined) throw new StoreError('damaged', 'a batch lacks a column');
    this.#shift(originOf(values));
    const relative = relativeTo(values, this.#origin ?? 0n);
    const sinceFromNs = relativeTo(at, fromAt);
    for (let index = 0; index < relative.length; index++) {
      const value = relative[index] as number;
      const bucket = buckets.indexOf(sinceFromNs[index] as number);
      if (bucket >= 0 && !Number.isNaN(value)) buckets.addValue(bucket, value);
    }
  }

  /** What to add to a value that is relative to `origin`; the first origin seen becomes that of the envelope. */
  #shift(origin: bigint): number {
    this.#origin ??= origin;
    return Number(origin - this.#origin);
  }
}
