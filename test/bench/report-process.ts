/** A process that makes one report, for the benchmark: what `ptp-tester report RUN --out DIR` does with the samples, on a store without a run. */
import { statSync } from 'node:fs';
import { analyseRunInWorkers } from '../../controller/src/analysis/analyse-run-in-workers.ts';
import { buildReport } from '../../controller/src/report/build-report.ts';
import { writeReport } from '../../controller/src/report/write-report.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { simulatedInstance, simulatedRun } from '../simulation/analyse-truth.ts';
import type { SimulatedTruth } from '../simulation/simulated-truth.ts';
import { answerRequests } from './measured-process.ts';

export interface ReportRequest {
  readonly database: string;
  readonly instances: readonly string[];
  readonly hours: number;
  readonly directory: string;
  /** Null: as many as the work is worth. */
  readonly threads: number | null;
}

export interface ReportDone {
  readonly seconds: number;
  /** Of all threads of the process, from its start. */
  readonly cpuSeconds: number;
  /** The most that was resident at any time. */
  readonly rssBytes: number;
  readonly pageBytes: number;
}

/** Every stream at its default cadence. */
export function reportTruth(hours: number): SimulatedTruth {
  return {
    durationS: hours * 3600,
    walkNs: 3,
    driverReadsPerS: () => 37,
    vmclockMarker: () => 7n,
    everyStream: true,
  };
}

async function makeReport(request: ReportRequest): Promise<ReportDone> {
  const startedAt = performance.now();
  const input = {
    run: simulatedRun(reportTruth(request.hours)),
    instances: request.instances.map(simulatedInstance),
    controllerEvents: [],
    awsCalls: [],
    samplesDatabase: request.database,
  };
  const analysis = await analyseRunInWorkers(input, request.threads === null ? {} : { threads: request.threads });
  const report = buildReport(analysis, { toolVersion: '0.1.0', generatedAt: 0, preparation: null });
  if (report.verdict.quality.value !== 'pass') throw new Error(report.verdict.quality.reason);
  const reader = openSampleReader(request.database);
  const files = await writeReport(request.directory, report, { reader });
  reader.close();
  const { user, system } = process.cpuUsage();
  return {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.resourceUsage().maxRSS * 1024,
    pageBytes: statSync(files.html).size,
  };
}

if (process.send !== undefined) answerRequests(makeReport);
