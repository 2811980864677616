/** Downsampled queries: summaries where a bucket covers a whole batch, decoded samples where a batch crosses an edge. */
import type { DatabaseSync } from 'node:sqlite';
import { AT_COLUMN, type Batch, columnIndex, STREAMS } from '@ptp-tester/measurement';
import { EnvelopeBuckets } from './envelope-buckets.ts';
import { readSummaries, type SummarizedBatch } from './read-summaries.ts';
import { originOf, relativeTo } from './relative-values.ts';
import type { Envelope, EnvelopeQuery } from './sample-store.ts';
import { StoreError } from './store-error.ts';
import { type ColumnSummary, summarySlot } from './summarize-batch.ts';

/** Decodes the stored batch of an epoch (by its number in the database) and sequence. */
export type LoadBatch = (epoch: number, sequence: number) => Batch;

/** One row of the table `series`; a series has one for each version of its summaries. */
export interface SeriesRow {
  readonly id: number;
  readonly summaryVersion: number;
  readonly firstAt: bigint;
  readonly lastAt: bigint;
}

interface Parts {
  readonly database: DatabaseSync;
  readonly rows: readonly SeriesRow[];
  readonly loadBatch: LoadBatch;
}

/** Runs one envelope query. Throws `StoreError` (`not_found` for a column the stream does not have). */
export function readEnvelope(query: EnvelopeQuery, { database, rows, loadBatch }: Parts): Envelope {
  const column = requireColumn(query);
  const fromAt = query.fromAt ?? ascending(rows.map((row) => row.firstAt)).at(0) ?? 0n;
  const toAt = query.toAt ?? (ascending(rows.map((row) => row.lastAt)).at(-1) ?? 0n) + 1n;
  const isEmpty = rows.length === 0 || toAt <= fromAt;
  const points = Math.max(1, Math.floor(query.points));
  const buckets = new EnvelopeBuckets({ fromAt, toAt: isEmpty ? fromAt + 1n : toAt, points });
  const filling = new EnvelopeFilling({ column, fromAt, buckets, loadBatch });
  const { version, columns } = STREAMS[query.stream];
  const unsigned = columns[column]?.kind === 'u64';
  for (const { id, summaryVersion } of isEmpty ? [] : rows) {
    const slot = summaryVersion === version ? summarySlot(query.stream, column) : null;
    for (const batch of readSummaries(database, { series: id, fromAt, toAt, slot, unsigned })) filling.add(batch);
  }
  return buckets.finish(filling.facts());
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

interface FillingOptions {
  readonly column: number;
  readonly fromAt: bigint;
  readonly buckets: EnvelopeBuckets;
  readonly loadBatch: LoadBatch;
}

class EnvelopeFilling {
  readonly #options: FillingOptions;
  #origin: bigint | null = null;
  #decodedBatches = 0;

  constructor(options: FillingOptions) {
    this.#options = options;
  }

  facts(): { readonly originValue: bigint; readonly decodedBatches: number } {
    return { originValue: this.#origin ?? 0n, decodedBatches: this.#decodedBatches };
  }

  add({ fromNs, toNs, epoch, sequence, column }: SummarizedBatch): void {
    const { buckets, loadBatch } = this.#options;
    const bucket = buckets.indexOf(fromNs);
    if (column !== null && bucket >= 0 && bucket === buckets.indexOf(toNs)) this.#addSummary(bucket, column);
    else this.#addSamples(loadBatch(epoch, sequence));
  }

  #addSummary(bucket: number, { origin, count, min, max, mean }: ColumnSummary): void {
    if (count === 0) return;
    const shift = this.#shift(origin);
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
