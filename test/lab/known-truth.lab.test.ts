/** Scenario 2 at length: small rates and noise need minutes. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { expectNoise, expectRate, expectSteps, stopServo } from './known-truth.ts';
import { labImage } from './lab-image.ts';
import { sharedLabRun } from './tested-lab-run.ts';

const image = await labImage();

describe.skipIf('skipped' in image)('known truth', () => {
  const run = sharedLabRun({ manifest: 'manifest' in image ? image.manifest : '', userData: 'light', duration: '1h' });
  let guest: Guest;

  beforeAll(async () => {
    if ('skipped' in image) return;
    guest = await run().guest();
    await stopServo(guest);
  });

  it('is recovered from the stored samples: steps', async () => {
    await expect(expectSteps(run(), guest, 15)).resolves.toBeUndefined();
  });

  it.each([
    { ppb: 5_000, seconds: 20 },
    { ppb: -50, seconds: 60 },
  ])('is recovered from the stored samples: a rate of $ppb ppb', async (truth) => {
    await expect(expectRate(run(), guest, truth)).resolves.toBeUndefined();
  });

  it('is recovered from the stored samples: noise', async () => {
    await expect(expectNoise(run(), guest, { ns: 20_000, seconds: 40 })).resolves.toBeUndefined();
  });
});
