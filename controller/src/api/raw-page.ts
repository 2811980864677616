/** One page of raw samples: whole columns as JSON arrays, and where the next page begins. */
import { type ColumnValues, STREAMS, type StreamDeclaration } from '@ptp-tester/measurement';
import type { SampleReader, SeriesId, StoredBatch, TimeRange } from '../store/sample-store.ts';
import { ApiError } from './api-error.ts';
import type { RawReply } from './schemas.ts';

export interface RawPageQuery {
  readonly series: SeriesId;
  readonly range: TimeRange;
  readonly limit: number;
  /** `epoch.sequence.row` of the first row of the page. */
  readonly cursor: string | undefined;
}

type RawValue = number | string | null;

interface Place {
  readonly epoch: string;
  readonly sequence: number;
  readonly row: number;
}

/**
 * Rows in the order of epoch and sequence, cut at `limit`. The cursor names a record, so that samples that arrive meanwhile do not
 * move the pages, and a late page of a long series costs little more than the first.
 */
export function readRawPage(reader: Pick<SampleReader, 'batches'>, query: RawPageQuery): RawReply {
  const { series, range, limit } = query;
  const declaration: StreamDeclaration = STREAMS[series.stream];
  const from = query.cursor === undefined ? null : parseCursor(query.cursor);
  const page = new RawPage(declaration.columns.length, range);
  let reached = from === null;
  let nextCursor: string | null = null;
  for (const stored of reader.batches(series, { ...range, fromRecord: from ?? undefined })) {
    const here = from !== null && stored.epoch === from.epoch && stored.sequence === from.sequence;
    reached ||= here;
    if (!reached) continue;
    const stoppedAt = page.add(stored, { fromRow: here ? (from?.row ?? 0) : 0, limit });
    if (stoppedAt === null) continue;
    nextCursor = `${stored.epoch}.${stored.sequence}.${stoppedAt}`;
    break;
  }
  if (!reached) throw new ApiError('bad_request', 'the cursor names no record of this series in this range', 'cursor');
  const { instanceId, stream, key } = series;
  const columns = declaration.columns.map(({ name, unit, kind, labels }) => ({
    name,
    unit,
    kind,
    ...(labels === undefined ? {} : { labels: [...labels] }),
  }));
  const { rows, values, records } = page;
  return { instance_id: instanceId, stream, key, columns, rows, values, records, next_cursor: nextCursor };
}

class RawPage {
  readonly values: RawValue[][];
  readonly records: RawReply['records'] = [];
  readonly #range: TimeRange;
  rows = 0;

  constructor(columns: number, range: TimeRange) {
    this.values = Array.from({ length: columns }, () => []);
    this.#range = range;
  }

  /** Adds the rows that are in the range; returns the row where the page is full, or null. */
  add({ epoch, sequence, batch }: StoredBatch, { fromRow, limit }: { fromRow: number; limit: number }): number | null {
    const at = batch.columns[0] as BigInt64Array;
    const before = this.rows;
    let row = fromRow;
    for (; row < batch.rows && this.rows < limit; row += 1) {
      if (!isWithin(at[row] ?? 0n, this.#range)) continue;
      for (const [index, column] of batch.columns.entries()) this.values[index]?.push(jsonValue(column, row));
      this.rows += 1;
    }
    const added = this.rows - before;
    if (added > 0) this.records.push({ epoch, sequence, rows: added, interval_ns: batch.intervalNs });
    return row < batch.rows ? row : null;
  }
}

function isWithin(at: bigint, { fromAt, toAt }: TimeRange): boolean {
  return (fromAt === undefined || at >= fromAt) && (toAt === undefined || at < toAt);
}

function jsonValue(column: ColumnValues, row: number): RawValue {
  const value = column[row];
  if (typeof value === 'bigint') return value.toString();
  return value === undefined || !Number.isFinite(value) ? null : value;
}

/** The schema has checked its form. */
function parseCursor(cursor: string): Place {
  const [epoch = '', sequence, row] = cursor.split('.');
  return { epoch, sequence: Number(sequence), row: Number(row) };
}
