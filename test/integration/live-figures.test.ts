/** Live figures over a restart of the real ingest: nothing is counted twice and nothing is lost. */
import type { EventRecord } from '@ptp-tester/measurement';
import { encodeRecord } from '@ptp-tester/wire';
import { expect, it } from 'vitest';
import { FiguresRestorer } from '../../controller/src/live/figures-restorer.ts';
import { LiveFigures } from '../../controller/src/live/live-figures.ts';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';
import { sampleDatabasePath } from '../../controller/src/store/sample-database.ts';
import { waitUntil } from '../spine/wait-until.ts';
import { EPOCH, HandAgent, IngestSite, instanceIdOf, RUN_ID, rawBatch } from './ingest-support.ts';

function recordAt(sequence: number): Uint8Array {
  const clocks = { at: 1_763_680_677_000_000_000n, monoRawNs: 5n };
  const event: EventRecord = { kind: 'event', event: 'clock_set', ...clocks, detail: {} };
  const content = sequence % 2 === 0 ? event : { ...rawBatch(), missedTicks: 3 };
  return encodeRecord({ epoch: EPOCH, sequence }, content, NODE_CODEC);
}

it('goes on counting where it was, with what arrives while the past is still read', async () => {
  const figures = new LiveFigures();
  const site = new IngestSite({ dependencies: { liveFigures: figures } });
  const failures: unknown[] = [];
  const restorer = new FiguresRestorer({
    figures,
    restore: (run, saved) => site.listener.restoreFigures(run, saved),
    onFailure: (error) => failures.push(error),
  });
  const counts = () => {
    const { eventsWarning, missedTicks } = figures.get(RUN_ID, instanceIdOf(1), Date.now()) ?? {};
    return { eventsWarning, missedTicks };
  };
  const are = (eventsWarning: number, missedTicks: number) =>
    waitUntil(`${eventsWarning} events and ${missedTicks} missed ticks`, () => {
      const now = counts();
      return now.eventsWarning === eventsWarning && now.missedTicks === missedTicks;
    });
  try {
    await site.start();
    const first = await HandAgent.streaming(site);
    first.sendRecords(...[1, 2, 3, 4, 5].map(recordAt));
    await first.ackedThrough(5);
    await are(2, 9);
    await first.close();
    await site.listener.close();
    await restorer.fix([{ run: RUN_ID, path: sampleDatabasePath(site.directory, RUN_ID) }]);
    await site.restart();
    const second = await HandAgent.connect(site);
    second.hello([{ epoch: EPOCH, first: 6, next: 9 }]);
    second.sendRecords(...[6, 7, 8].map(recordAt));
    await second.ackedThrough(8);
    restorer.deliver();
    await are(4, 12);
    expect(failures).toEqual([]);
  } finally {
    await restorer.close();
    await site.close();
  }
});
