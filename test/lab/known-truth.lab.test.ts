/** Scenario 2 at length: small rates and noise need minutes. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { expectNoise, expectRate, expectSteps, runFree } from './known-truth.ts';
import { labImage } from './lab-image.ts';
import { sharedLabRun } from './tested-lab-run.ts';

const image = await labImage();

describe.skipIf('skipped' in image)('known truth', () => {
  const run = sharedLabRun({ manifest: 'manifest' in image ? image.manifest : '', userData: 'light', duration: '1h' });
  let guest: Guest;

  beforeAll(async () => {
    if ('skipped' in image) return;
    guest = await run().guest();
  });
  beforeEach(async () => {
    await runFree(guest);
  });

  it.each([250_000, 1_000, -1_000])('is recovered from the stored samples: a step of %d ns and back', async (ns) => {
    await expect(expectSteps(run(), guest, { ns, turnS: 2 })).resolves.toBeUndefined();
  });

  it.each([5_000, -50, 20])('is recovered from the stored samples: a rate of %d ppb', async (ppb) => {
    await expect(expectRate(run(), guest, { ppb, turnS: 3 })).resolves.toBeUndefined();
  });

  it('is recovered from the stored samples: noise', async () => {
    await expect(expectNoise(run(), guest, { ns: 20_000, turnS: 5 })).resolves.toBeUndefined();
  });
});
