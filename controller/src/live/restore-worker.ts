/** The thread that restores figures: first it fixes the moment up to which it reads, then it reads in its own time. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openSampleReader } from '../store/open-sample-reader.ts';
import type { SavedTracker } from './instance-tracker.ts';
import { restoreTrackers } from './restore-trackers.ts';

export interface StoredRun {
  readonly run: string;
  /** Of its sample database, which exists. */
  readonly path: string;
}

/** What the thread is started with. */
export interface RestoreWorkerData {
  readonly runs: readonly StoredRun[];
}

/** `fixed`: what is stored from now on is not read. Then each instance of each run. */
export type FromRestoreWorker =
  | { readonly kind: 'fixed' }
  | { readonly kind: 'restored'; readonly run: string; readonly saved: ReadonlyMap<string, SavedTracker> };

function run(port: MessagePort, { runs }: RestoreWorkerData): void {
  const send = (message: FromRestoreWorker) => port.postMessage(message);
  const readers = runs.map(({ run: id, path }) => ({ id, reader: openSampleReader(path, { asOfNow: true }) }));
  send({ kind: 'fixed' });
  for (const { id, reader } of readers) {
    // One after another: of a long run of many instances the first are there within a second.
    for (const one of restoreTrackers(reader)) send({ kind: 'restored', run: id, saved: new Map([one]) });
    reader.close();
  }
}

if (parentPort !== null) run(parentPort, workerData as RestoreWorkerData);
