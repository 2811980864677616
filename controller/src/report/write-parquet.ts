/** A series as Parquet: int64 for instants and whole numbers, doubles for rates, labels as text, missing values as null. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { type ColumnDeclaration, type ColumnValues, STREAMS } from '@ptp-tester/measurement';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { StoredBatch } from '../store/sample-store.ts';
import { columnName, type SeriesToWrite } from './write-csv.ts';

type ParquetOptions = ConstructorParameters<typeof ParquetWriter>[0];
type SchemaElement = ParquetOptions['schema'][number];

/** Rows of one group; about 8 MB of decoded columns at most. */
const GROUP_ROWS = 50_000;
const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;

export async function writeParquet(path: string, { reader, series }: SeriesToWrite): Promise<void> {
  const temporary = `${path}.new`;
  const declaration = STREAMS[series.stream];
  const columns: readonly ColumnDeclaration[] = declaration.columns;
  const file = openSync(temporary, 'w', 0o600);
  try {
    const writer = fileWriter(file);
    const kvMetadata = [
      { key: 'ptp-tester.stream', value: series.stream },
      { key: 'ptp-tester.version', value: String(declaration.version) },
      { key: 'ptp-tester.key', value: series.key },
    ];
    const parquet = new ParquetWriter({ writer, schema: schemaOf(columns), kvMetadata, createdBy: 'ptp-tester' });
    for (const group of groups(reader.batches(series))) await writeGroup(parquet, columns, group);
    await parquet.finish();
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  await rename(temporary, path);
}

/** Bytes go to the file after each row group. */
function fileWriter(file: number): ByteWriter {
  const writer = new ByteWriter();
  const flush = () => {
    writeSync(file, new Uint8Array(writer.buffer, 0, writer.index));
    writer.index = 0;
  };
  return Object.assign(writer, { flush, finish: flush });
}

function schemaOf(columns: readonly ColumnDeclaration[]): SchemaElement[] {
  const own = columns.map((column): SchemaElement => {
    const name = columnName(column.name);
    const repetition_type = column.optional === true ? 'OPTIONAL' : 'REQUIRED';
    return { name, repetition_type, ...typeOf(column) };
  });
  return [
    { name: 'root', num_children: own.length + 4 },
    { name: 'instance', repetition_type: 'REQUIRED', ...TEXT },
    { name: 'key', repetition_type: 'REQUIRED', ...TEXT },
    { name: 'epoch', repetition_type: 'REQUIRED', ...TEXT },
    { name: 'sequence', repetition_type: 'REQUIRED', type: 'INT64' },
    ...own,
  ];
}

function typeOf({ kind }: ColumnDeclaration): Pick<SchemaElement, 'type' | 'converted_type'> {
  switch (kind) {
    case 'i64':
    case 'int':
      return { type: 'INT64' };
    case 'u64':
      return { type: 'INT64', converted_type: 'UINT_64' };
    case 'float':
      return { type: 'DOUBLE' };
    case 'code':
      return TEXT;
  }
}

/** Batches of a few rows each, together until they make a row group. */
function* groups(batches: Iterable<StoredBatch>): Generator<StoredBatch[]> {
  let group: StoredBatch[] = [];
  let rows = 0;
  for (const stored of batches) {
    group.push(stored);
    rows += stored.batch.rows;
    if (rows < GROUP_ROWS) continue;
    yield group;
    group = [];
    rows = 0;
  }
  if (group.length > 0) yield group;
}

async function writeGroup(
  parquet: ParquetWriter,
  columns: readonly ColumnDeclaration[],
  group: readonly StoredBatch[],
): Promise<void> {
  const repeated = <T>(pick: (stored: StoredBatch) => T) =>
    group.flatMap((stored) => new Array<T>(stored.batch.rows).fill(pick(stored)));
  const columnData = [
    { name: 'instance', data: repeated(({ instanceId }) => instanceId) },
    { name: 'key', data: repeated(({ batch }) => batch.key) },
    { name: 'epoch', data: repeated(({ epoch }) => epoch) },
    { name: 'sequence', data: repeated(({ sequence }) => BigInt(sequence)) },
    ...columns.map((column, index) => ({
      name: columnName(column.name),
      data: group.flatMap(({ batch }) => nullable(column, valuesOf(column, batch.columns[index]))),
    })),
  ];
  await parquet.write({ columnData, rowGroupSize: GROUP_ROWS * 2 });
}

function valuesOf({ labels }: ColumnDeclaration, values: ColumnValues | undefined): unknown[] {
  if (values === undefined) return [];
  if (values instanceof Uint8Array) return Array.from(values, (value) => labels?.[value] ?? String(value));
  return Array.from<bigint | number>(values);
}

/** NaN stands for a missing value; the other whole numbers become int64. */
function nullable({ kind }: ColumnDeclaration, values: unknown[]): unknown[] {
  if (kind !== 'int' && kind !== 'float') return values;
  return values.map((value) => {
    if (Number.isNaN(value)) return null;
    return kind === 'int' ? BigInt(Number(value)) : value;
  });
}
