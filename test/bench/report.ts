/** The whole analysis of a finished run, from the file to the report: 100 instances of 24 h at default cadence. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyseRun } from '../../controller/src/analysis/analyse-run.ts';
import { analyseRunInWorkers } from '../../controller/src/analysis/analyse-run-in-workers.ts';
import { storedBytes, threadsForWork } from '../../controller/src/analysis/threads-for-work.ts';
import { buildReport } from '../../controller/src/report/build-report.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import type { StoreWrite } from '../../controller/src/store/sample-store.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { simulatedInstance, simulatedRun } from '../simulation/analyse-truth.ts';
import { simulateRecords } from '../simulation/simulate-records.ts';
import type { SimulatedTruth } from '../simulation/simulated-truth.ts';
import { type BenchResult, compared } from './bench-result.ts';

const FULL = { instances: 100, hours: 24 };
const SHORT = { instances: 5, hours: 2 };
const GOAL_S = 60;
const GOAL_BYTES = 1e9;
const WRITE_GROUP = 5000;
const INSTANCE_SECONDS = 86_400;

/** `short`: 5 instances of 2 h, which are not worth a thread: they say nothing of the goal, which is for 100 x 24 h on threads. */
export async function benchReport(short: boolean): Promise<BenchResult[]> {
  const { instances: count, hours } = short ? SHORT : FULL;
  const truth: SimulatedTruth = {
    durationS: hours * 3600,
    walkNs: 3,
    driverReadsPerS: () => 37,
    vmclockMarker: () => 7n,
    everyStream: true,
  };
  const folder = mkdtempSync(join(tmpdir(), 'ptp-bench-report-'));
  try {
    const path = join(folder, 'samples.db');
    const records = writeInstances(path, truth, count);
    const instances = Array.from({ length: count }, (_, index) => simulatedInstance(instanceName(index + 1)));
    const input = { run: simulatedRun(truth), instances, controllerEvents: [], awsCalls: [] };
    // First, so that both are measured with compiled code, as in a controller that has been running for a while.
    const first = oneThread(path, { ...input, instances: instances.slice(0, 1) });
    const peak = watchMemory();
    const startedAt = performance.now();
    const analysis = await analyseRunInWorkers({ ...input, samplesDatabase: path });
    const report = buildReport(analysis, { toolVersion: '0.1.0', generatedAt: 0 });
    const seconds = (performance.now() - startedAt) / 1000;
    const rssBytes = peak.stop();
    if (report.verdict.quality.value !== 'pass') throw new Error(report.verdict.quality.reason);
    const alone = short ? oneThread(path, input) : first * count;
    const cores = availableParallelism();
    const threads = threadsForWork({ bytes: storedBytes(path), instances: count, cores });
    const days = (count * hours * 3600) / INSTANCE_SECONDS;
    const size = `${count} instances x ${hours} h, ${records * count} records, ${Math.round(statSync(path).size / 1e6)} MB`;
    const goal = `<= ${GOAL_S} s for 100 instances x 24 h`;
    return [
      {
        ...compared(
          {
            name: 'report of a run',
            value: seconds,
            unit: 's',
            note: `${size}, ${threads === 0 ? 'on the thread of the caller' : `${threads} threads`}, ${cores} cores`,
          },
          { name: 'the same on one thread', value: alone, unit: 's' },
        ),
        ...(short ? {} : { goal, met: seconds <= GOAL_S }),
      },
      { name: 'report: time per instance-day', value: (seconds / days) * 1000, unit: 'ms' },
      { name: 'report: memory', value: rssBytes / 1e6, unit: 'MB', goal: '<= 1000 MB', met: rssBytes <= GOAL_BYTES },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function instanceName(index: number): string {
  return `i-${String(index).padStart(17, '0')}`;
}

/** Through the store's own writer; all instances have the records of the first. Returns the number of its records. */
function writeInstances(path: string, truth: SimulatedTruth, count: number): number {
  const writer = openSampleWriter({ path });
  const writes = simulateRecords(instanceName(1), truth);
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
function renamed(write: StoreWrite, instanceId: string): StoreWrite {
  if (write.kind !== 'batch') return { ...write, instanceId };
  return { ...write, instanceId, summary: { ...write.summary, series: { ...write.summary.series, instanceId } } };
}

function oneThread(path: string, input: Omit<Parameters<typeof analyseRun>[0], 'reader'>): number {
  const reader = openSampleReader(path);
  const startedAt = performance.now();
  analyseRun({ ...input, reader });
  const seconds = (performance.now() - startedAt) / 1000;
  reader.close();
  return seconds;
}

/** The largest resident size of the process, threads included, sampled every 50 ms. */
function watchMemory(): { stop(): number } {
  let most = 0;
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 50);
  return {
    stop() {
      look();
      clearInterval(timer);
      return most;
    },
  };
}
