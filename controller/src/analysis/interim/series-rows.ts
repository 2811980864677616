/** The samples of a batch as rows of one boot in the order of time, as the parts of a fold take them. */
import { int64AsNumbers, writeInt64Distances } from '@ptp-tester/clockstats';
import { AT_COLUMN, type Batch, type ColumnValues, MONO_COLUMN, type StreamName } from '@ptp-tester/measurement';
import type { BootTime } from '../start-transient.ts';

export interface SeriesRows {
  readonly stream: StreamName;
  readonly key: string;
  readonly boot: string;
  /** All series of a boot count their time from here. */
  readonly originMonoRawNs: bigint;
  readonly timeNs: Float64Array;
  readonly at: BigInt64Array;
  readonly columns: readonly ColumnValues[];
  readonly intervalNs: number;
  /** The limits apply from this row on; the number of rows when to none. */
  readonly firstJudged: number;
}

/** What is known of a series in its present boot, as plain data. */
export interface SavedOrder {
  readonly boot: string;
  readonly lastNs: number;
  readonly firstAt: bigint;
}

export interface RowsRequest {
  readonly boot: string;
  readonly originMonoRawNs: bigint;
  readonly order: SavedOrder | null;
  /** Null: the limits apply nowhere. `everything`: from the first sample on. */
  readonly judgedFrom: BootTime | 'everything' | null;
}

export interface TakenRows {
  readonly rows: SeriesRows;
  readonly order: SavedOrder;
  /** Whether samples were left out because they are not later than the one before. */
  readonly hasDisorder: boolean;
}

export function takeRows(batch: Batch, request: RowsRequest): TakenRows | null {
  const { boot, originMonoRawNs, order } = request;
  const all = new Float64Array(batch.rows);
  writeInt64Distances(batch.columns[MONO_COLUMN] as BigInt64Array, originMonoRawNs, { values: all, at: 0 });
  const lastNs = order?.boot === boot ? order.lastNs : Number.NEGATIVE_INFINITY;
  const later = laterRows(all, lastNs);
  const columns = later === null ? batch.columns : batch.columns.map((column) => picked(column, later));
  const timeNs = later === null ? all : all.filter((_, row) => later.includes(row));
  const at = columns[AT_COLUMN] as BigInt64Array;
  const first = at[0];
  const last = timeNs.at(-1);
  if (first === undefined || last === undefined) return null;
  const firstAt = order?.boot === boot ? order.firstAt : first;
  const firstJudged = firstJudgedRow(timeNs, firstAt, request);
  const { stream, key, intervalNs } = batch;
  return {
    rows: { stream, key, boot, originMonoRawNs, timeNs, at, columns, intervalNs, firstJudged },
    order: { boot, lastNs: last, firstAt },
    hasDisorder: later !== null,
  };
}

/** Rows that are later than the one before; null: all of them, which is the rule. */
function laterRows(timeNs: Float64Array, lastNs: number): number[] | null {
  let last = lastNs;
  const later: number[] = [];
  for (const [row, time] of timeNs.entries()) {
    if (time <= last) continue;
    later.push(row);
    last = time;
  }
  return later.length === timeNs.length ? null : later;
}

function picked(column: ColumnValues, rows: readonly number[]): ColumnValues {
  const kept = column.slice(0, rows.length);
  for (const [place, row] of rows.entries()) kept[place] = column[row] ?? 0;
  return kept;
}

function firstJudgedRow(timeNs: Float64Array, firstAt: bigint, request: RowsRequest): number {
  const { boot, originMonoRawNs, judgedFrom } = request;
  if (judgedFrom === 'everything') return 0;
  if (judgedFrom === null) return timeNs.length;
  if (boot !== judgedFrom.boot) return firstAt >= judgedFrom.at ? 0 : timeNs.length;
  const fromNs = Number(judgedFrom.monoRawNs - originMonoRawNs);
  const row = timeNs.findIndex((time) => time >= fromNs);
  return row < 0 ? timeNs.length : row;
}

/** Values as doubles; 64-bit columns as they are, so only where they are small. */
export function numbersOf(column: ColumnValues | undefined): Float64Array | Uint8Array {
  if (column === undefined) return new Float64Array(0);
  return column instanceof BigInt64Array || column instanceof BigUint64Array ? int64AsNumbers(column) : column;
}

/** 64-bit columns as distances from the origin. */
export function distancesOf(column: ColumnValues | undefined, origin: bigint): Float64Array | Uint8Array {
  if (!(column instanceof BigInt64Array || column instanceof BigUint64Array)) return numbersOf(column);
  const values = new Float64Array(column.length);
  writeInt64Distances(column, origin, { values, at: 0 });
  return values;
}
