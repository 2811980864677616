/** The summary of a batch: count, minimum, maximum and mean of each column, packed, so that overviews need not decode it (pure). */
import {
  AT_COLUMN,
  type Batch,
  type ColumnDeclaration,
  type ColumnValues,
  STREAMS,
  type StreamName,
  TIME_COLUMNS,
} from '@ptp-tester/measurement';
import { originOf, relativeTo } from './relative-values.ts';
import type { BatchSummary } from './sample-store.ts';

/** One column's summary. The numbers are relative to `origin`: the first value for `i64` and `u64`, 0 for the other kinds. */
export interface ColumnSummary {
  readonly origin: bigint;
  /** Values that are present. With none the other numbers are NaN. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/**
 * Where a column lies in the packed summary: min, max, mean as little-endian doubles, then the origin (`i64` and `u64`, 8 bytes)
 * or the count (optional columns, a double); all other columns have as many values as the batch has rows. The two time columns
 * are not packed: `fromAt` and `toAt` say enough.
 */
export interface SummarySlot {
  readonly offset: number;
  readonly bytes: number;
  readonly hasOrigin: boolean;
  readonly hasCount: boolean;
}

const DOUBLE = 8;
const NUMBERS = 3 * DOUBLE;

interface SummaryLayout {
  readonly bytes: number;
  /** By column; null for the time columns. */
  readonly slots: readonly (SummarySlot | null)[];
}

const layouts = new Map<StreamName, SummaryLayout>();

function layoutOf(stream: StreamName): SummaryLayout {
  const known = layouts.get(stream);
  if (known !== undefined) return known;
  let bytes = 0;
  const slots = STREAMS[stream].columns.map((column, index) => {
    if (index < TIME_COLUMNS.length) return null;
    const slot = slotOf(column, bytes);
    bytes += slot.bytes;
    return slot;
  });
  const layout = { bytes, slots };
  layouts.set(stream, layout);
  return layout;
}

function slotOf(column: ColumnDeclaration, offset: number): SummarySlot {
  const hasOrigin = column.kind === 'i64' || column.kind === 'u64';
  const hasCount = column.optional === true;
  return { offset, bytes: NUMBERS + (hasOrigin || hasCount ? DOUBLE : 0), hasOrigin, hasCount };
}

/** Where the column's summary lies in packed bytes; null where it has none and the samples must be decoded. */
export function summarySlot(stream: StreamName, column: number): SummarySlot | null {
  return layoutOf(stream).slots[column] ?? null;
}

/** Summarises a batch of an instance. Means are exact to a double's rounding. */
export function summarizeBatch(instanceId: string, batch: Batch): BatchSummary {
  const { stream, key, rows, missedTicks, intervalNs, columns } = batch;
  const layout = layoutOf(stream);
  const doubles = new Float64Array(layout.bytes / DOUBLE);
  const bigs = new BigInt64Array(doubles.buffer);
  for (let index = 0; index < columns.length; index++) {
    const slot = layout.slots[index];
    const values = columns[index];
    if (slot != null && values !== undefined) packColumn({ doubles, bigs }, slot, summarizeColumn(values));
  }
  const at = summarizeColumn(columns[AT_COLUMN] ?? new BigInt64Array(0));
  return {
    series: { instanceId, stream, key },
    rows,
    missedTicks,
    intervalNs,
    fromAt: at.origin + BigInt(at.min),
    toAt: at.origin + BigInt(at.max),
    packed: new Uint8Array(doubles.buffer),
  };
}

interface PackedWords {
  readonly doubles: Float64Array;
  /** The same bytes. */
  readonly bigs: BigInt64Array;
}

/** Little-endian, as every machine that this runs on is. */
function packColumn({ doubles, bigs }: PackedWords, slot: SummarySlot, summary: ColumnSummary): void {
  const word = slot.offset / DOUBLE;
  doubles[word] = summary.min;
  doubles[word + 1] = summary.max;
  doubles[word + 2] = summary.mean;
  if (slot.hasOrigin) bigs[word + 3] = BigInt.asIntN(64, summary.origin);
  else if (slot.hasCount) doubles[word + 3] = summary.count;
}

/** Reads a column's summary back from its slot's bytes. `unsigned`: the column is `u64`. */
export function unpackColumn(
  bytes: Uint8Array,
  slot: SummarySlot,
  batch: { readonly rows: number; readonly unsigned: boolean },
): ColumnSummary {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const min = view.getFloat64(0, true);
  const max = view.getFloat64(DOUBLE, true);
  const mean = view.getFloat64(2 * DOUBLE, true);
  const count = slot.hasCount ? view.getFloat64(NUMBERS, true) : batch.rows;
  const origin = slot.hasOrigin ? originAt(view, batch.unsigned) : 0n;
  return { origin, count, min, max, mean };
}

function originAt(view: DataView, unsigned: boolean): bigint {
  return unsigned ? view.getBigUint64(NUMBERS, true) : view.getBigInt64(NUMBERS, true);
}

/** Summarises one column. One loop for each kind of array: a loop that meets several is three times slower. */
export function summarizeColumn(values: ColumnValues): ColumnSummary {
  if (values instanceof Float64Array) return summarizeDoubles(values, 0n);
  if (values instanceof Uint8Array) return summarizeBytes(values);
  const origin = originOf(values);
  return summarizeDoubles(relativeTo(values, origin), origin);
}

function summarizeDoubles(values: Float64Array, origin: bigint): ColumnSummary {
  let count = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (count === 0) return { origin, count, min: Number.NaN, max: Number.NaN, mean: Number.NaN };
  return { origin, count, min, max, mean: sum / count };
}

function summarizeBytes(values: Uint8Array): ColumnSummary {
  let min = 255;
  let max = 0;
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { origin: 0n, count: values.length, min, max, mean: sum / values.length };
}
