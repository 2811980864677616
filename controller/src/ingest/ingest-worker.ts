/** The thread that writes: takes messages one after another, so that a group is committed before the next is looked at. */
import { statfsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { instantToMs } from '@ptp-tester/measurement';
import { LiveTracker } from '../live/live-tracker.ts';
import { NODE_CODEC } from '../store/node-codec-environment.ts';
import { sampleDatabasePath } from '../store/sample-database.ts';
import { openSampleWriter } from '../store/sqlite-sample-writer.ts';
import { checkRoom } from './check-room.ts';
import { IngestEngine } from './ingest-engine.ts';
import { RunStores } from './run-stores.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** What the thread is started with. */
export interface IngestWorkerData {
  readonly dataDirectory: string;
  /** Largest size of each database file in pages of 8 KiB; undefined = as large as the disk. */
  readonly maxPages: number | undefined;
}

/** More than frames wait for the thread: then the controller goes by another clock than that of its machine, which is wrong. */
const LEAST_OFF_MS = 60_000;

function systemClockOffBy(receivedAtMs: number): number {
  const offByMs = Date.now() - receivedAtMs;
  return Math.abs(offByMs) < LEAST_OFF_MS ? 0 : offByMs;
}

/** How often the live figures are told. */
const TELL_MS = 1000;

function run(port: MessagePort, { dataDirectory, maxPages }: IngestWorkerData): void {
  const send = (message: FromWorker, moved: ArrayBuffer[] = []) => port.postMessage(message, moved);
  const stores = new RunStores({
    openWriter: (name) => openSampleWriter({ path: sampleDatabasePath(dataDirectory, name), maxPages }),
    checkRoom: () => checkRoom(statfsSync(dataDirectory)),
    pause,
    onCondition: (name, condition) => send({ kind: 'store', run: name, ...condition }),
  });
  // The clock of `receivedAt`: a steady one would be away from it by every step, and by the hours that a laptop slept.
  let offByMs = 0;
  const live = new LiveTracker({ now: () => Date.now() - offByMs });
  const engine = new IngestEngine({ stores, codec: NODE_CODEC, live });
  const telling = setInterval(() => {
    const report = live.report();
    if (report !== null) send({ kind: 'live', report });
  }, TELL_MS);

  async function take(message: ToWorker): Promise<void> {
    switch (message.kind) {
      case 'open':
        send(await engine.open(message));
        return;
      case 'frames': {
        offByMs = systemClockOffBy(instantToMs(message.receivedAt));
        const committed = await engine.take(message);
        send(committed, [committed.buffer]);
        return;
      }
      case 'close':
        engine.close(message.connection);
        return;
      case 'forget':
        engine.forget(message.run);
        return;
      case 'watch':
        live.watch(message.instanceIds);
        return;
      case 'ask_strips':
        send({ kind: 'strips', run: message.run, name: message.name, strips: live.strips(message.run, message.name) });
        return;
      case 'restore':
        live.restore(message.run, message.saved);
        return;
      case 'stop':
        clearInterval(telling);
        stores.close();
        send({ kind: 'stopped' });
        port.close();
        return;
    }
  }

  let last: Promise<void> = Promise.resolve();
  port.on('message', (message: ToWorker) => {
    last = last.then(() => take(message));
  });
}

if (parentPort !== null) run(parentPort, workerData as IngestWorkerData);
