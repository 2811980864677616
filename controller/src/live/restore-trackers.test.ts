/** What is read back from a real store equals what was followed live. */
import { instantToMs } from '@ptp-tester/measurement';
import { expect, it } from 'vitest';
import { INSTANCE_ID } from '../analysis/made-run.fixture.ts';
import { madeStorePath } from '../analysis/made-store.fixture.ts';
import { madeWrites } from '../report/made-report.fixture.ts';
import { openSampleReader } from '../store/open-sample-reader.ts';
import { HEAT_NAMES } from './heat-columns.ts';
import { InstanceTracker } from './instance-tracker.ts';
import { restoreTrackers } from './restore-trackers.ts';

it('restores the figures and the strip of an instance', () => {
  const reader = openSampleReader(madeStorePath(madeWrites()), { asOfNow: true });
  const followed = new InstanceTracker();
  let last = 0;
  const series = reader.series().filter(({ instanceId }) => instanceId === INSTANCE_ID);
  for (const { batch, receivedAt } of series.flatMap((one) => [...reader.batches(one)])) {
    last = Math.max(last, instantToMs(receivedAt));
    followed.takeBatch(batch, last);
  }
  for (const event of reader.events(INSTANCE_ID)) followed.takeEvent(event);
  const gaps = new Set(reader.losses(INSTANCE_ID).map(({ epoch, sequence }) => `${epoch} ${sequence}`));
  for (const _gap of gaps) followed.takeGap({ kind: 'gap', firstSequence: 1, lostEvents: 0, losses: [] });
  const restored = new InstanceTracker();
  for (const [instanceId, saved] of restoreTrackers(reader)) if (instanceId === INSTANCE_ID) restored.restore(saved);
  reader.close();
  const rate = { samplesPerSecond: 0 };
  expect({ ...restored.figures(last), ...rate }).toEqual({ ...followed.figures(last), ...rate });
  expect(restored.figures(last).offsetLastNs).not.toBeNull();
  // Live, a batch counts where it begins; read back, where its samples lie.
  for (const name of HEAT_NAMES) {
    const [back, live] = [restored.heat(name), followed.heat(name)];
    expect(back === null, name).toBe(live === null);
    expect(back, name).toEqual(
      live === null ? null : expect.objectContaining({ first: live.first, bucketMs: live.bucketMs }),
    );
    expect(Math.max(...(back?.values ?? [])), name).toBe(Math.max(...(live?.values ?? [])));
  }
  expect(restored.heat('offset')).not.toBeNull();
});
