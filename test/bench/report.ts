/** The report of a finished run, from the file to the written page: 100 instances of 24 h at default cadence, in a process of its own. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { storedBytes, threadsForWork } from '../../controller/src/analysis/threads-for-work.ts';
import type { StoreWrite } from '../../controller/src/store/sample-store.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { simulateRecords } from '../simulation/simulate-records.ts';
import { type BenchResult, compared } from './bench-result.ts';
import { MeasuredProcess } from './measured-process.ts';
import type { ReportDone, ReportRequest } from './report-process.ts';
import { reportTruth } from './report-process.ts';

const FULL = { instances: 100, hours: 24 };
const SHORT = { instances: 4, hours: 6 };
const GOAL_S = 60;
const GOAL_BYTES = 1e9;
const WRITE_GROUP = 5000;
const INSTANCE_SECONDS = 86_400;

/** `short`: 4 instances, one for each thread, of a quarter of a day. Nothing is extrapolated from it. */
export async function benchReport(short: boolean): Promise<BenchResult[]> {
  const { instances: count, hours } = short ? SHORT : FULL;
  const folder = mkdtempSync(join(tmpdir(), 'ptp-bench-report-'));
  try {
    const path = join(folder, 'samples.db');
    const records = writeInstances(path, hours, count);
    const ask = { database: path, hours, directory: join(folder, 'report') };
    const one = await measured({ ...ask, instances: [instanceName(1)], threads: 1 });
    const all = await measured({ ...ask, instances: namesOf(count), threads: null });
    const cores = availableParallelism();
    const threads = threadsForWork({ bytes: storedBytes(path), instances: count, cores });
    const days = (count * hours * 3600) / INSTANCE_SECONDS;
    const size = `${count} instances x ${hours} h, ${records * count} records, ${Math.round(statSync(path).size / 1e6)} MB`;
    const load = `load of the machine ${loadavg()[0]?.toFixed(1)}`;
    const note = `${size}; ${threads} threads, ${cores} cores, ${load}; ${all.cpuSeconds.toFixed(0)} s of CPU; page of ${(all.pageBytes / 1e6).toFixed(1)} MB`;
    return [
      {
        ...compared(
          { name: 'report of a run, written', value: all.seconds, unit: 's', note },
          { name: 'one instance, one thread', value: one.seconds, unit: 's' },
        ),
        ...(short ? {} : { goal: `<= ${GOAL_S} s`, met: all.seconds <= GOAL_S }),
      },
      { name: 'report: CPU time per instance-day', value: (all.cpuSeconds / days) * 1000, unit: 'ms' },
      {
        name: 'report: largest memory of the process',
        value: all.rssBytes / 1e6,
        unit: 'MB',
        goal: `<= ${GOAL_BYTES / 1e6} MB`,
        met: all.rssBytes <= GOAL_BYTES,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In a fresh process, as `ptp-tester report` is one. */
async function measured(request: ReportRequest): Promise<ReportDone> {
  const child = new MeasuredProcess({ script: fileURLToPath(new URL('./report-process.ts', import.meta.url)) });
  try {
    return await child.ask<ReportDone>(request);
  } finally {
    await child.end();
  }
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => instanceName(index + 1));
}

export function instanceName(index: number): string {
  return `i-${String(index).padStart(17, '0')}`;
}

/** Through the store's own writer; all instances have the records of the first. Returns the number of its records. */
function writeInstances(path: string, hours: number, count: number): number {
  const writer = openSampleWriter({ path });
  const writes = simulateRecords(instanceName(1), reportTruth(hours));
  for (let index = 1; index <= count; index += 1) {
    const instanceId = instanceName(index);
    for (let from = 0; from < writes.length; from += WRITE_GROUP) {
      writer.commit(writes.slice(from, from + WRITE_GROUP).map((write) => renamed(write, instanceId)));
    }
  }
  writer.close();
  return writes.length;
}

/** A record's bytes do not name the instance. */
export function renamed(write: StoreWrite, instanceId: string): StoreWrite {
  if (write.kind !== 'batch') return { ...write, instanceId };
  return { ...write, instanceId, summary: { ...write.summary, series: { ...write.summary.series, instanceId } } };
}
