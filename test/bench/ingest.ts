/** Durable ingest end to end: 1000 simulated agents over real WebSockets, acknowledged after the commit. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeRecord } from '@ptp-tester/wire';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';
import { type BenchFigure, type BenchResult, compared } from './bench-result.ts';
import { MeasuredProcess, splitCores } from './measured-process.ts';
import { makePhcBatches } from './phc-noise-model.ts';

const AGENTS = 1000;
const ROWS = 60;
const GOAL_SAMPLES_PER_S = 1_000_000;
const WARM_UP_MS = 2000;
/** What an agent puts into one frame when it has a backlog is bounded at 64 KiB, about a hundred records; this is far less. */
const RECORDS_PER_FRAME = 8;
const WINDOW_RECORDS = 32;

interface Acked {
  readonly ackedSamples: number;
}

/** Measures for about `seconds`, after a warm-up. */
export async function benchIngest(seconds = 10): Promise<BenchResult[]> {
  const cores = splitCores(cpus().length);
  const controller = new MeasuredProcess({
    script: join(import.meta.dirname, 'bench-controller.ts'),
    cores: cores?.measured,
  });
  const fleet = new MeasuredProcess({ script: join(import.meta.dirname, 'bench-fleet.ts'), cores: cores?.load });
  try {
    const { port } = await controller.ask<{ port: number }>({ do: 'start', instances: AGENTS });
    const url = `ws://127.0.0.1:${port}/v1/agent`;
    const load = {
      rowsPerBatch: ROWS,
      pace: 'as_acked',
      recordsPerFrame: RECORDS_PER_FRAME,
      windowRecords: WINDOW_RECORDS,
    };
    await fleet.ask({ do: 'connect', agents: AGENTS, url, ...load });
    await fleet.ask({ do: 'start' });
    await sleep(WARM_UP_MS);
    const before = await fleet.ask<Acked>({ do: 'figures' });
    const usage = { cpuS: controller.cpuSeconds, loadCpuS: fleet.cpuSeconds, at: performance.now() };
    await sleep(seconds * 1000);
    const after = await fleet.ask<Acked>({ do: 'figures' });
    const elapsedS = (performance.now() - usage.at) / 1000;
    const used = (controller.cpuSeconds - usage.cpuS) / elapsedS;
    const loadUsed = (fleet.cpuSeconds - usage.loadCpuS) / elapsedS;
    const rssBytes = controller.rssBytes;
    await fleet.ask({ do: 'pause' });
    const samplesPerS = (after.ackedSamples - before.ackedSamples) / elapsedS;
    const note = `${AGENTS} agents, ${ROWS}-sample phc batches, ${RECORDS_PER_FRAME} records a frame; controller ${pinned(cores?.measured)}, load ${loadUsed.toFixed(2)} cores ${pinned(cores?.load)}; ${Math.round(samplesPerS / used)} samples for each second of CPU`;
    const goal = `>= ${GOAL_SAMPLES_PER_S} samples/s on 2 cores`;
    const result = { name: 'durable ingest, acknowledged', value: samplesPerS, unit: 'samples/s', goal, note };
    const met = samplesPerS >= GOAL_SAMPLES_PER_S && used <= 2.05;
    return [
      { ...compared(result, insertPlainBlobs()), met },
      { name: 'durable ingest: controller CPU', value: used, unit: 'cores' },
      { name: 'durable ingest: controller memory', value: rssBytes / 1e6, unit: 'MB' },
    ];
  } finally {
    await fleet.end();
    await controller.ask({ do: 'stop' }).catch(() => undefined);
    await controller.end();
  }
}

function pinned(cores: string | undefined): string {
  return cores === undefined ? 'not pinned' : `on cores ${cores}`;
}

/** The same records as blobs into one SQLite table, one connection, no network, no look at them; synchronous=FULL, 1000 in a commit. */
function insertPlainBlobs(): BenchFigure {
  const records = makePhcBatches(64, ROWS).map((batch, index) =>
    encodeRecord({ epoch: '0000000000000000', sequence: index + 1 }, batch, NODE_CODEC),
  );
  const directory = mkdtempSync(join(tmpdir(), 'ptp-bench-'));
  try {
    const database = new DatabaseSync(join(directory, 'plain.db'));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('CREATE TABLE records (epoch INTEGER, sequence INTEGER, bytes BLOB, PRIMARY KEY (epoch, sequence))');
    const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?)');
    const startedAt = performance.now();
    let stored = 0;
    for (let commit = 1; performance.now() - startedAt < 2000; commit++) {
      database.exec('BEGIN IMMEDIATE');
      for (let epoch = 1; epoch <= AGENTS; epoch++)
        insert.run(epoch, commit, records[epoch % records.length] as Uint8Array);
      database.exec('COMMIT');
      stored += AGENTS;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    database.close();
    return { name: 'SQLite blob inserts without network', value: (stored * ROWS) / seconds, unit: 'samples/s' };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
