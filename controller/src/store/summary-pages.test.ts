import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Batch, columnIndex, makeColumn, STREAMS } from '@ptp-tester/measurement';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSummaries, type SummariesQuery } from './read-summaries.ts';
import { openSampleWriter } from './sqlite-sample-writer.ts';
import { summarizeBatch, summarySlot } from './summarize-batch.ts';
import { BATCHES_PER_PAGE, makePage } from './summary-page.ts';

const BATCHES = BATCHES_PER_PAGE * 4;
const INSTANCE = 'i-0123456789abcdef0';
const EPOCH = '00112233445566aa';
const OFFSET = columnIndex(STREAMS.phc, 'offset_ns');
const slot = summarySlot('phc', OFFSET);
const query: SummariesQuery = { series: 1, fromAt: 0n, toAt: 2n ** 62n, slot, unsigned: false };

let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ptp-pages-'));
  path = join(directory, 'samples.db');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Five seconds at the default cadence: offsets and delays that scatter, everything else as on a quiet machine. */
function batchAt(number: number): Batch {
  const columns = STREAMS.phc.columns.map(({ kind, name }, column) => {
    const values = makeColumn(kind, 20);
    for (let row = 0; row < 20; row++) {
      const tick = number * 20 + row;
      const scatter = ((tick * 7919 + column * 104_729) % 997) - 498;
      if (values instanceof BigInt64Array) values[row] = BigInt(tick) * 250_000_000n + BigInt(scatter);
      else if (!(values instanceof BigUint64Array)) values[row] = name.endsWith('_ns') ? 1500 + scatter : 3;
    }
    return values;
  });
  const head = { stream: 'phc', key: '', generation: 1, intervalNs: 250_000_000, missedTicks: 0 } as const;
  return { kind: 'batch', ...head, rows: 20, columns };
}

function write(): void {
  const writer = openSampleWriter({ path });
  const writes = Array.from({ length: BATCHES }, (_, number) => ({
    kind: 'batch' as const,
    instanceId: INSTANCE,
    epoch: EPOCH,
    sequence: number + 1,
    receivedAt: 0n,
    bytes: new Uint8Array(80),
    summary: summarizeBatch(INSTANCE, batchAt(number)),
  }));
  writer.commit(writes);
  writer.close();
}

const summariesOf = (database: DatabaseSync, asked = query) => [...readSummaries(database, asked)];

it('the summaries of weeks take a small part of the room that they would take as they are', () => {
  write();
  const database = new DatabaseSync(path);
  const sizes = database
    .prepare('SELECT count(*) AS pages, sum(length(batches) + length(packed)) AS bytes FROM summary_pages')
    .get();
  database.close();
  const raw = makePage([{ ...summarizeBatch(INSTANCE, batchAt(0)), epoch: 1, sequence: 1 }]);
  const pages = Number(sizes?.['pages']);
  expect(pages).toBeGreaterThan(2);
  expect(Number(sizes?.['bytes']) / pages).toBeLessThan((raw.batches.length + raw.packed.length) / 4);
});

it('a page gives back every batch that it was made of, with and without a column', () => {
  write();
  const database = new DatabaseSync(path);
  const read = summariesOf(database);
  const bare = summariesOf(database, { ...query, slot: null });
  database.close();
  expect(read.map(({ sequence }) => sequence)).toEqual(Array.from({ length: BATCHES }, (_, number) => number + 1));
  for (const [number, { column, fromNs }] of read.entries()) {
    const { columns } = batchAt(number);
    const offsets = [...(columns[OFFSET] as Float64Array)];
    expect(column).toMatchObject({ count: 20, min: Math.min(...offsets), max: Math.max(...offsets) });
    expect(fromNs).toBe(Number((columns[0] as BigInt64Array)[0]));
  }
  expect(bare).toEqual(read.map((batch) => ({ ...batch, column: null })));
});

it('pages that an older version wrote are read as before', () => {
  write();
  const database = new DatabaseSync(path);
  const before = summariesOf(database);
  for (const { from_at: fromAt, sequence } of database.prepare('SELECT from_at, sequence FROM summary_pages').all()) {
    const rows = Array.from({ length: BATCHES_PER_PAGE }, (_, place) => {
      const number = Number(sequence) - 1 + place;
      return { ...summarizeBatch(INSTANCE, batchAt(number)), epoch: 1, sequence: number + 1 };
    });
    const { batches, packed } = makePage(rows);
    const sql = 'UPDATE summary_pages SET batches = ?, packed = ? WHERE from_at = ? AND sequence = ?';
    database.prepare(sql).run(batches, packed, fromAt ?? null, sequence ?? null);
  }
  expect(summariesOf(database)).toEqual(before);
  expect(summariesOf(database, { ...query, slot: null })).toEqual(before.map((batch) => ({ ...batch, column: null })));
  database.close();
});
