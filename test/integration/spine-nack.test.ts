/** A nack whose answer was lost is said again for as long as the agent holds the record, so that it can be put aside. */
import { expect, it, onTestFinished } from 'vitest';
import { EPOCH, HandAgent, IngestSite, poisonAt, recordsAt } from './ingest-support.ts';

it('says a nack again at the next hello, before the agent learns that it may drop the record, and raises one event', async () => {
  const site = new IngestSite();
  onTestFinished(() => site.close());
  await site.start();
  const first = await HandAgent.streaming(site);
  first.sendRecords(...recordsAt(1, 3), poisonAt(4), ...recordsAt(5, 6));
  await first.ackedThrough(6);
  await first.close();
  await site.restart();

  const again = await HandAgent.connect(site);
  again.hello([{ epoch: EPOCH, first: 4, next: 7 }]);
  await again.next('enrolled');
  expect(again.received.slice(0, 2)).toMatchObject([
    { type: 'nack', epoch: EPOCH, sequence: 4, code: 'unknown_kind' },
    { type: 'enrolled', stored: [{ epoch: EPOCH, through: 6 }] },
  ]);
  await again.close();
  expect(site.events('record_nacked')).toHaveLength(1);

  const later = await HandAgent.connect(site);
  later.hello([{ epoch: EPOCH, first: 7, next: 7 }]);
  expect(await later.next('enrolled')).toBe(later.received[0]);
  await later.close();
});
