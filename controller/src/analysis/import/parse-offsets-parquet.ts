/** Parquet with `offset_ns` and a time: the files of `report --parquet`, or anybody's with the same names. */
import { parquetMetadataAsync, parquetRead } from 'hyparquet';
import { ImportError, type ImportedLog, SeriesCollector } from './imported-log.ts';

const TIME_COLUMNS = ['mono_raw_ns', 'at_ns', 'at'] as const;
const NAME_COLUMNS = ['instance', 'key', 'epoch'] as const;

export function isParquet(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(4, bytes.length)).toString('latin1') === 'PAR1';
}

/** One row group in memory at a time. Missing offsets are skipped. Throws ImportError, with the row where one is to blame. */
export async function parseOffsetsParquet(bytes: Uint8Array): Promise<ImportedLog> {
  const file = {
    byteLength: bytes.byteLength,
    // A Buffer's own slice would share its memory.
    slice: (from: number, to?: number) => new Uint8Array(bytes.subarray(from, to)).buffer,
  };
  const metadata = await readable(parquetMetadataAsync(file));
  const names = metadata.schema.slice(1).map(({ name }) => name);
  const timeColumn = TIME_COLUMNS.find((name) => names.includes(name));
  if (timeColumn === undefined || !names.includes('offset_ns'))
    throw new ImportError(
      'column_missing',
      `it needs the columns offset_ns and one of at, at_ns, mono_raw_ns; it has ${names.join(', ')}`,
    );
  const nameColumns = NAME_COLUMNS.filter((name) => names.includes(name));
  const columns = [timeColumn, 'offset_ns', ...nameColumns];
  const collector = new SeriesCollector();
  let skippedLines = 0;
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await readable(rowsOf({ file, metadata, columns, rowStart, rowEnd }));
    for (const [index, row] of rows.entries()) {
      const offset = row['offset_ns'];
      if (offset === null || offset === undefined) skippedLines += 1;
      else collector.add(nameOf(row, nameColumns), sampleOf(row[timeColumn], offset, rowStart + index + 1));
    }
    rowStart = rowEnd;
  }
  const sign = `offset_ns as written (positive = subject ahead), over ${timeColumn}`;
  return { format: 'parquet', sign, series: collector.finish('offset_ns'), skippedLines };
}

type Row = Record<string, unknown>;
type ReadOptions = Omit<Parameters<typeof parquetRead>[0], 'onComplete' | 'rowFormat'>;

function rowsOf(options: ReadOptions): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    parquetRead({ ...options, rowFormat: 'object', onComplete: (rows) => resolve(rows as Row[]) }).catch(reject);
  });
}

/** What the library throws says where in the file; that it is damaged is what matters. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ImportError('file_damaged', `the Parquet file cannot be read, it is damaged or cut off: ${detail}`);
  }
}

function nameOf(row: Row, columns: readonly string[]): string {
  const name = columns
    .map((column) => String(row[column] ?? ''))
    .join(' ')
    .trim();
  return name === '' ? 'offset_ns' : name;
}

function sampleOf(time: unknown, offset: unknown, row: number) {
  const timeNs = timeOf(time);
  const offsetNs = Number(offset);
  if (timeNs === null)
    throw new ImportError('line_invalid', `row ${row}: the time is not a whole number of nanoseconds`);
  if (!Number.isFinite(offsetNs))
    throw new ImportError('line_invalid', `row ${row}: "${String(offset)}" is not an offset in ns`);
  return { timeNs, offsetNs };
}

function timeOf(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return value instanceof Date ? BigInt(value.getTime()) * 1_000_000n : null;
}
