import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Batch, type ColumnValues, makeColumn, STREAMS, type StreamName } from '@ptp-tester/measurement';
import { encodeRecord } from '@ptp-tester/wire';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import type { SeriesInfo, StoreWrite } from '../../controller/src/store/sample-store.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { summarizeBatch } from '../../controller/src/store/summarize-batch.ts';
import { EPOCH, HandAgent, IngestSite, instanceIdOf, rawBatch, recordAt } from './ingest-support.ts';

const INSTANCE = instanceIdOf(1);

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ptp-store-'));
  path = join(directory, 'samples.db');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function writeOf(sequence: number, batch: Batch, epoch = EPOCH): StoreWrite {
  const bytes = encodeRecord({ epoch, sequence }, batch, NODE_CODEC);
  const summary = summarizeBatch(INSTANCE, batch);
  return { kind: 'batch', instanceId: INSTANCE, epoch, sequence, receivedAt: BigInt(sequence), bytes, summary };
}

function store(batches: readonly Batch[], groupSize = 7): void {
  const writer = openSampleWriter({ path });
  for (let at = 0; at < batches.length; at += groupSize) {
    writer.commit(batches.slice(at, at + groupSize).map((batch, index) => writeOf(at + index + 1, batch)));
  }
  writer.close();
}

interface Sample {
  readonly at: bigint;
  readonly value: number | bigint;
}

/** The envelope from its definition: every sample, no summary. */
function bruteForce(
  samples: readonly Sample[],
  query: { fromAt: bigint; toAt: bigint; points: number },
  origin: bigint,
) {
  const spanNs = query.toAt - query.fromAt;
  const bucketNs = (spanNs + BigInt(query.points) - 1n) / BigInt(query.points);
  const buckets = new Map<bigint, number[]>();
  for (const { at, value } of samples) {
    if (at < query.fromAt || at >= query.toAt || Number.isNaN(value)) continue;
    const start = query.fromAt + ((at - query.fromAt) / bucketNs) * bucketNs;
    const relative = typeof value === 'bigint' ? Number(value - origin) : value;
    buckets.set(start, [...(buckets.get(start) ?? []), relative]);
  }
  return [...buckets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([at, values]) => ({
      at,
      count: values.length,
      min: Math.min(...values),
      max: Math.max(...values),
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    }));
}

const START_AT = 1_763_680_677_123_456_789n;

/** Batches whose clock may step either way between and within them. */
const batchShapes = fc.array(
  fc.record({
    rows: fc.integer({ min: 1, max: 9 }),
    stepNs: fc.integer({ min: -40_000_000_000, max: 200_000_000_000 }),
    intervalNs: fc.integer({ min: 1, max: 3_000_000_000 }),
    seed: fc.integer({ min: 0, max: 1000 }),
  }),
  { minLength: 1, maxLength: 160 },
);

function madeValue(kind: string, { optional, draw }: { optional: boolean; draw: number }): number | bigint {
  if (kind === 'i64') return START_AT + BigInt(draw) * 1_000_003n;
  if (kind === 'u64') return 2n ** 63n + BigInt(draw);
  if (kind === 'code') return draw % 2;
  return optional && draw % 3 === 0 ? Number.NaN : draw - 500;
}

function madeBatches(
  stream: StreamName,
  shapes: readonly { rows: number; stepNs: number; intervalNs: number; seed: number }[],
): Batch[] {
  let at = START_AT;
  return shapes.map(({ rows, stepNs, intervalNs, seed }) => {
    at += BigInt(stepNs);
    const declarations = STREAMS[stream].columns;
    const columns: ColumnValues[] = declarations.map(({ kind }) => makeColumn(kind, rows));
    for (let row = 0; row < rows; row++) {
      for (const [index, { kind, ...rest }] of declarations.entries()) {
        const optional = 'optional' in rest && rest.optional === true;
        const draw = (seed * 7919 + row * 104_729 + index * 31) % 1009;
        const value = index === 0 ? at : madeValue(kind, { optional, draw });
        (columns[index] as { [row: number]: number | bigint })[row] = value;
      }
      at += BigInt(intervalNs);
    }
    return { kind: 'batch', stream, key: '', generation: 1, intervalNs, missedTicks: 0, rows, columns };
  });
}

function samplesOf(batches: readonly Batch[], column: string): Sample[] {
  return batches.flatMap(({ stream, columns, rows }) => {
    const index = STREAMS[stream].columns.findIndex(({ name }) => name === column);
    return Array.from({ length: rows }, (_, row) => ({
      at: columns[0]?.[row] as bigint,
      value: columns[index]?.[row] as number | bigint,
    }));
  });
}

function partOf(info: SeriesInfo | undefined, part: { from: number; length: number } | null) {
  const { firstAt = 0n, lastAt = 0n } = info ?? {};
  if (part === null) return { fromAt: firstAt, toAt: lastAt + 1n };
  const span = lastAt - firstAt + 1n;
  const shareOf = (share: number) => (span * BigInt(Math.round(share * 1000))) / 1000n;
  const fromAt = firstAt + shareOf(part.from);
  return { fromAt, toAt: fromAt + shareOf(part.length) + 1n };
}

describe('envelope', () => {
  it.each([
    ['phc', 'offset_ns'],
    ['phc', 'phc_minus_raw_ns'],
    ['phc', 'error_bound_ns'],
    ['phc', 'error_bound_status'],
    ['phc', 'mono_raw_ns'],
    ['host', 'vmclock_marker'],
    ['host', 'load_1m'],
  ] as const)('of %s.%s equals what every sample says', (stream, column) => {
    const range = fc.record({
      from: fc.double({ min: 0, max: 0.6, noNaN: true }),
      length: fc.double({ min: 0, max: 0.6, noNaN: true }),
    });
    fc.assert(
      fc.property(batchShapes, fc.option(range), fc.integer({ min: 1, max: 60 }), (shapes, part, points) => {
        rmSync(directory, { recursive: true, force: true });
        const batches = madeBatches(stream, shapes);
        store(batches);
        const reader = openSampleReader(path);
        const info = reader.series()[0];
        expect(info?.samples).toBe(shapes.reduce((sum, { rows }) => sum + rows, 0));
        const { fromAt, toAt } = partOf(info, part);
        const query = { instanceId: INSTANCE, stream, key: '', column, points };
        const envelope = reader.envelope(part === null ? query : { ...query, fromAt, toAt });
        reader.close();
        const samples = samplesOf(batches, column);
        const expected = bruteForce(samples, { fromAt, toAt, points }, envelope.originValue);
        expect([...envelope.at]).toEqual(expected.map(({ at }) => at));
        expect([...envelope.count]).toEqual(expected.map(({ count }) => count));
        expect([...envelope.min]).toEqual(expected.map(({ min }) => min));
        expect([...envelope.max]).toEqual(expected.map(({ max }) => max));
        for (const [bucket, { mean }] of expected.entries()) {
          expect(envelope.mean[bucket]).toBeCloseTo(mean, 3);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('decodes only the batches at the edges of buckets', () => {
    const batches = Array.from({ length: 400 }, (_, index) =>
      rawBatch({ rows: 10, startAt: START_AT + BigInt(index) * 10_000_000_000n }),
    );
    store(batches, 50);
    const reader = openSampleReader(path);
    const envelope = reader.envelope({ instanceId: INSTANCE, stream: 'raw', key: '', column: 'offset_ns', points: 7 });
    expect(envelope.count.reduce((sum, count) => sum + count)).toBe(4000);
    expect(envelope.decodedBatches).toBeLessThanOrEqual(6);
    reader.close();
  });

  it('keeps nanoseconds of an absolute column, relative to its origin', () => {
    store([rawBatch({ rows: 3, offsetAt: (row) => 1_763_680_000_123_456_789n + BigInt(row) })]);
    const reader = openSampleReader(path);
    const envelope = reader.envelope({ instanceId: INSTANCE, stream: 'raw', key: '', column: 'offset_ns', points: 1 });
    expect(envelope).toMatchObject({ originValue: 1_763_680_000_123_456_789n });
    expect([envelope.min[0], envelope.max[0], envelope.mean[0]]).toEqual([0, 2, 1]);
    reader.close();
  });

  it('decodes everything where the summaries are of another version of the stream', () => {
    store([rawBatch({ rows: 4 }), rawBatch({ rows: 4, startAt: START_AT })]);
    const database = new DatabaseSync(path);
    database.exec('UPDATE series SET summary_version = 99');
    database.close();
    const reader = openSampleReader(path);
    const envelope = reader.envelope({ instanceId: INSTANCE, stream: 'raw', key: '', column: 'bracket_ns', points: 5 });
    expect(envelope.count.reduce((sum, count) => sum + count)).toBe(8);
    expect(envelope.decodedBatches).toBe(2);
    reader.close();
  });

  it('is empty for a series that is not there, and refuses a column that is not there', () => {
    store([rawBatch()]);
    const reader = openSampleReader(path);
    const query = { instanceId: INSTANCE, stream: 'kernel', key: '', column: 'status', points: 10 } as const;
    expect(reader.envelope(query).at).toHaveLength(0);
    expect(() => reader.envelope({ ...query, column: 'nonsense' })).toThrow(/not_found/);
    reader.close();
  });
});

describe('the writer', () => {
  it('changes nothing when one write of a group fails, and takes the mended group', () => {
    const writer = openSampleWriter({ path });
    writer.commit([writeOf(1, rawBatch())]);
    const bad = [writeOf(2, rawBatch({ key: 'new' })), writeOf(1, rawBatch())];
    expect(() => writer.commit(bad)).toThrow(/UNIQUE/);
    expect(writer.cursors()).toMatchObject([{ through: 1 }]);
    writer.commit([writeOf(2, rawBatch({ key: 'new' }))]);
    writer.close();
    const reader = openSampleReader(path);
    expect(reader.series()).toMatchObject([
      { key: '', records: 1 },
      { key: 'new', records: 1 },
    ]);
    reader.close();
  });

  it('refuses a file that is something else or of a newer program', () => {
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE mine (a)');
    other.close();
    expect(() => openSampleWriter({ path })).toThrow(/not_ours/);
    expect(() => openSampleReader(path)).toThrow(/not_ours/);
    rmSync(path);
    store([rawBatch()]);
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 1000');
    newer.close();
    expect(() => openSampleWriter({ path })).toThrow(/too_new/);
    expect(() => openSampleReader(join(directory, 'absent.db'))).toThrow(/not_found/);
  });
});

describe('reading while it is written', () => {
  it('shows two readers whole groups only, and never less than before', async () => {
    const site = new IngestSite({ lingerMs: 1 });
    await site.start();
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(recordAt(1), recordAt(2));
    await agent.ackedThrough(2);
    const readers = [site.reader(), site.reader()];
    const seen = [0, 0];
    for (let next = 3; next <= 300; next += 3) {
      agent.sendRecords(recordAt(next), recordAt(next + 1), recordAt(next + 2));
      for (const [index, reader] of readers.entries()) {
        const { samples = 0, records = 0 } = reader.series()[0] ?? {};
        const query = { instanceId: INSTANCE, stream: 'raw', key: '', column: 'bracket_ns', points: 10 } as const;
        expect(records).toBeGreaterThanOrEqual(seen[index] ?? 0);
        expect(samples).toBe(records * 5);
        expect(reader.envelope(query).count.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(samples);
        seen[index] = records;
      }
      await agent.ackedThrough(next + 2);
    }
    expect(readers.map((reader) => reader.coverage(INSTANCE, EPOCH).records)).toEqual([
      [{ first: 1, last: 302 }],
      [{ first: 1, last: 302 }],
    ]);
    for (const reader of readers) reader.close();
    await site.close();
  });
});
