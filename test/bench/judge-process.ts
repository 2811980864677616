/** A process that judges a run as the controller does while it soaks, for the benchmark; or analyses all of it, to compare with. */
import { analyseRunInWorkers } from '../../controller/src/analysis/analyse-run-in-workers.ts';
import { InterimAnalyst } from '../../controller/src/analysis/interim/interim-analyst.ts';
import { simulatedInstance, simulatedRun } from '../simulation/analyse-truth.ts';
import type { SimulatedTruth } from '../simulation/simulated-truth.ts';
import { answerRequests } from './measured-process.ts';

export interface JudgeRequest {
  readonly do: 'judge' | 'whole';
  readonly database: string;
  readonly instances: readonly string[];
  readonly durationS: number;
}

export interface JudgeDone {
  readonly seconds: number;
  /** Of all threads, for this request. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

/** Every stream at its default cadence. */
export function judgeTruth(durationS: number): SimulatedTruth {
  return { durationS, walkNs: 1, driverReadsPerS: () => 37, vmclockMarker: () => 7n, everyStream: true };
}

const analyst = new InterimAnalyst();

async function work({ do: what, database, instances: names, durationS }: JudgeRequest): Promise<void> {
  const run = simulatedRun(judgeTruth(durationS));
  const instances = names.map(simulatedInstance);
  if (what === 'whole') {
    const input = { run, instances, controllerEvents: [], awsCalls: [], samplesDatabase: database };
    await analyseRunInWorkers(input, { threads: 1 });
    return;
  }
  const files = { samplesDatabase: database, statesFile: `${database}.interim`, going: [run.id] };
  const { quality } = await analyst.judge({ run, instances, ...files }, new AbortController().signal);
  if (quality.value === 'fail') throw new Error(quality.reason);
}

async function measured(request: JudgeRequest): Promise<JudgeDone> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work(request);
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

if (process.send !== undefined) answerRequests(measured);
