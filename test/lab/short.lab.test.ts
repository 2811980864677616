/** The short set: on one guest, from user data to a locked PHC, known truth in the stored samples, and back to the byte. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { expectRate, expectSteps, runFree } from './known-truth.ts';
import { labImage } from './lab-image.ts';
import type { LabRun } from './lab-run.ts';
import { openReadyRun, READY_MS } from './tested-lab-run.ts';
import { expectLocked, expectSecondSetupChangesNothing, expectUndone, listConfiguration } from './virgin-guest.ts';

const image = await labImage();

describe.skipIf('skipped' in image)('one guest', () => {
  let run: LabRun;
  let guest: Guest;
  let untouched: string;

  beforeAll(async () => {
    if ('skipped' in image) return;
    run = await openReadyRun({ manifest: image.manifest, userData: 'light', duration: '1h' }, async (opened) => {
      guest = await opened.guest();
      untouched = await listConfiguration(guest);
    });
  }, READY_MS);
  afterAll(async () => {
    await run?.close();
  });

  it('is set up by its user data: the PHC is found, linked, followed and measured', async () => {
    await expect(expectLocked(run, guest)).resolves.toBeUndefined();
  });

  it('is not changed by a second setup', async () => {
    await expect(expectSecondSetupChangesNothing(guest)).resolves.toBeUndefined();
  });

  describe('running free', () => {
    beforeEach(async () => {
      await runFree(guest);
    });

    it.each([250_000, 1_000])('shows steps of the PHC of %d ns and back, sign included', async (ns) => {
      await expect(expectSteps(run, guest, { ns, turnS: 1 })).resolves.toBeUndefined();
    });

    it.each([
      { ppb: 5_000, turnS: 0.75 },
      { ppb: -50, turnS: 1.5 },
    ])('shows a rate error of the PHC of $ppb ppb', async (truth) => {
      await expect(expectRate(run, guest, truth)).resolves.toBeUndefined();
    });
  });

  it('is as it was, to the byte, after undo, and synchronised', async () => {
    await expect(expectUndone(guest, untouched)).resolves.toBeUndefined();
  });
});
