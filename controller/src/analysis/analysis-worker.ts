/** A thread that analyses instances one after another, each through the thread's own read-only connection. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { ControllerEvent } from '../runs/run-repository.ts';
import { openSampleReader } from '../store/open-sample-reader.ts';
import { analyseInstance, type InstanceAnalysis } from './analyse-instance.ts';

/** What the thread is started with. */
export interface AnalysisWorkerData {
  readonly run: Run;
  readonly criteria: unknown;
  /** Null when the run never stored anything. */
  readonly samplesDatabase: string | null;
}

export interface AnalysisTask {
  readonly place: number;
  readonly instance: InstanceRecord;
  /** Of this instance. */
  readonly controllerEvents: readonly ControllerEvent[];
}

/** Null ends the thread. An error of a task reaches the parent as the worker's `error` event. */
export type AnalysisMessage = AnalysisTask | null;

export interface AnalysisResult {
  readonly place: number;
  readonly analysis: InstanceAnalysis;
}

function run(port: MessagePort, { run, criteria, samplesDatabase }: AnalysisWorkerData): void {
  const reader = samplesDatabase === null ? null : openSampleReader(samplesDatabase);
  port.on('message', (message: AnalysisMessage) => {
    if (message === null) {
      reader?.close();
      port.close();
      return;
    }
    const { place, instance, controllerEvents } = message;
    const analysis = analyseInstance(instance, { run, reader, controllerEvents, criteria });
    port.postMessage({ place, analysis } satisfies AnalysisResult);
  });
}

if (parentPort !== null) run(parentPort, workerData as AnalysisWorkerData);
