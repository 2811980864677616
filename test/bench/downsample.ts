/** A 7-day 1 Hz stream downsampled to 1000 points: from the summaries, against decoding every sample. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Batch, type ColumnValues, columnIndex, makeColumn, STREAMS } from '@ptp-tester/measurement';
import { encodeRecord } from '@ptp-tester/wire';
import { EnvelopeBuckets } from '../../controller/src/store/envelope-buckets.ts';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { relativeTo } from '../../controller/src/store/relative-values.ts';
import type { SampleReader, StoreWrite } from '../../controller/src/store/sample-store.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { summarizeBatch } from '../../controller/src/store/summarize-batch.ts';
import { type BenchResult, compared } from './bench-result.ts';
import { SeededRandom } from './seeded-random.ts';

const ROWS = 60;
const BATCHES = (7 * 86_400) / ROWS;
const SECOND_NS = 1_000_000_000;
const START_AT = 1_763_680_677_123_456_789n;
const SERIES = { instanceId: 'i-0123456789abcdef0', stream: 'raw', key: '' } as const;
const COLUMN = 'offset_ns';
const POINTS = 1000;
const REPEATS = 9;
const GOAL_MS = 50;

/** The `raw` stream: system clock against CLOCK_MONOTONIC_RAW, 12.3 ppm apart, with a walk and noise. */
function* makeBatches(): Generator<Batch> {
  const random = new SeededRandom(7);
  let walk = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const columns: ColumnValues[] = STREAMS.raw.columns.map(({ kind }) => makeColumn(kind, ROWS));
    const [at, mono, offset, bracket] = columns as [BigInt64Array, BigInt64Array, BigInt64Array, Float64Array];
    for (let row = 0; row < ROWS; row++) {
      const second = batch * ROWS + row;
      walk += random.normal();
      const drift = BigInt(Math.round(second * 12_300 + walk + 15 * random.normal()));
      mono[row] = BigInt(second * SECOND_NS + Math.round(60_000 + 400 * random.normal()));
      offset[row] = START_AT + drift;
      at[row] = (mono[row] as bigint) + (offset[row] as bigint);
      bracket[row] = 62 + Math.round(12 * random.exponential());
    }
    const head = { stream: 'raw', key: '', generation: 1, intervalNs: SECOND_NS, missedTicks: 0 } as const;
    yield { kind: 'batch', ...head, rows: ROWS, columns };
  }
}

function fill(path: string): void {
  const writer = openSampleWriter({ path });
  const epoch = '00112233445566aa';
  let group: StoreWrite[] = [];
  let sequence = 0;
  for (const batch of makeBatches()) {
    sequence += 1;
    const bytes = encodeRecord({ epoch, sequence }, batch, NODE_CODEC);
    const identity = { instanceId: SERIES.instanceId, epoch, sequence, receivedAt: START_AT };
    group.push({ kind: 'batch', ...identity, bytes, summary: summarizeBatch(SERIES.instanceId, batch) });
    if (group.length < 1000) continue;
    writer.commit(group);
    group = [];
  }
  writer.commit(group);
  writer.close();
}

/** The same answer without summaries. */
function decodeEverything(reader: SampleReader): number {
  const info = reader.series()[0];
  if (info === undefined) return 0;
  const fromAt = info.firstAt;
  const buckets = new EnvelopeBuckets({ fromAt, toAt: info.lastAt + 1n, points: POINTS });
  const column = columnIndex(STREAMS.raw, COLUMN);
  for (const { batch } of reader.batches(SERIES)) {
    const values = relativeTo(batch.columns[column] as ColumnValues, START_AT);
    const at = relativeTo(batch.columns[0] as ColumnValues, fromAt);
    for (let row = 0; row < values.length; row++) {
      buckets.addValue(buckets.indexOf(at[row] as number), values[row] as number);
    }
  }
  return buckets.finish({ originValue: START_AT, decodedBatches: BATCHES }).at.length;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function timed(repeats: number, work: () => unknown): { readonly first: number; readonly median: number } {
  const times = Array.from({ length: repeats }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return { first: times[0] ?? Number.NaN, median: median(times) };
}

/** The median of some queries through a connection of its own; the note has the first, with a cold cache of pages and code. */
export async function benchDownsample(): Promise<BenchResult[]> {
  const directory = mkdtempSync(join(tmpdir(), 'ptp-bench-'));
  try {
    const path = join(directory, 'samples.db');
    fill(path);
    const reader = openSampleReader(path);
    const query = { ...SERIES, column: COLUMN, points: POINTS };
    const envelope = reader.envelope(query);
    const summaries = timed(REPEATS, () => reader.envelope(query));
    const everything = timed(3, () => decodeEverything(reader));
    reader.close();
    const value = summaries.median;
    const note = `${BATCHES * ROWS} samples in ${BATCHES} batches to ${envelope.at.length} points, ${envelope.decodedBatches} batches decoded at the edges; first query ${summaries.first.toFixed(0)} ms`;
    const result = { name: 'downsample 7 days at 1 Hz', value, unit: 'ms', goal: `< ${GOAL_MS} ms`, note };
    const baseline = { name: 'decoding every sample', value: everything.median, unit: 'ms' };
    return await Promise.resolve([{ ...compared(result, baseline), met: value < GOAL_MS }]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
