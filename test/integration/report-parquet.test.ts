/** The samples of a run as Parquet and CSV, read back by DuckDB: every value is there, exactly. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, it } from 'vitest';
import { every, INSTANCE_ID, madeBatch } from '../../controller/src/analysis/made-run.fixture.ts';
import { batchWrite, epochStarted, madeStore } from '../../controller/src/analysis/made-store.fixture.ts';
import { writeStreams } from '../../controller/src/report/write-streams.ts';

const directory = mkdtempSync(join(tmpdir(), 'ptp-report-'));
const ROWS = 500;
const files = join(directory, 'streams', INSTANCE_ID);

async function writeFiles(): Promise<void> {
  const columns = {
    offset_ns: (row: number) => row - 100,
    error_bound_ns: (row: number) => (row % 2 === 0 ? Number.NaN : 40_000),
    error_bound_status: () => 2,
  };
  const reader = madeStore([
    epochStarted('boot-a'),
    batchWrite(madeBatch({ stream: 'phc', sequence: 2, times: every(0.25, ROWS), columns })),
  ]);
  try {
    await writeStreams(directory, { reader, formats: ['csv', 'parquet'] });
  } finally {
    reader.close();
  }
}
afterAll(() => rmSync(directory, { recursive: true }));

async function query(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

it('keeps instants as int64 and missing values as null in Parquet', async () => {
  await writeFiles();
  const path = join(files, 'phc.parquet');
  const types = await query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${path}')`);
  expect(Object.fromEntries(types)).toMatchObject({
    at_ns: 'BIGINT',
    mono_raw_ns: 'BIGINT',
    offset_ns: 'BIGINT',
    error_bound_status: 'VARCHAR',
  });
  const figures = await query(
    `SELECT count(*), min(offset_ns), max(offset_ns), count(error_bound_ns), any_value(error_bound_status), max(at_ns) - min(at_ns) FROM '${path}'`,
  );
  expect(figures).toEqual([
    [BigInt(ROWS), -100n, BigInt(ROWS - 101), BigInt(ROWS / 2), 'paired', BigInt(ROWS - 1) * 250_000_000n],
  ]);
});

it('says the same in CSV, with the instant as text beside the whole nanoseconds', async () => {
  await writeFiles();
  const [parquet, csv] = ['parquet', 'csv'].map((kind) => join(files, `phc.${kind}`));
  const different = await query(
    `SELECT count(*) FROM '${parquet}' p FULL JOIN read_csv('${csv}') c USING (at_ns)
     WHERE p.offset_ns IS DISTINCT FROM c.offset_ns OR p.error_bound_ns IS DISTINCT FROM c.error_bound_ns
       OR p.mono_raw_ns IS DISTINCT FROM c.mono_raw_ns OR epoch_ns(c.at::TIMESTAMP_NS) <> p.at_ns`,
  );
  expect(different).toEqual([[0n]]);
});
