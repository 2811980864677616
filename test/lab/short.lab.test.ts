/** The short set: on one guest, from user data to a locked PHC, known truth in the stored samples, and back to the byte. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { expectRate, expectSteps, stopServo } from './known-truth.ts';
import { labImage } from './lab-image.ts';
import { type LabRun, openLabRun } from './lab-run.ts';
import { expectLocked, expectSecondSetupChangesNothing, expectUndone, listConfiguration } from './virgin-guest.ts';

const image = await labImage();
/** At four samples a second: enough for the median of the better half to be surer than the smallest step is large. */
const STEP_SPAN_S = 10;

describe.skipIf('skipped' in image)('one guest', () => {
  let run: LabRun;
  let guest: Guest;
  let untouched: string;

  beforeAll(async () => {
    if ('skipped' in image) return;
    run = await openLabRun({ manifest: image.manifest, userData: 'light', duration: '1h' });
    guest = await run.guest();
    untouched = await listConfiguration(guest);
  });
  afterAll(async () => {
    await run?.close();
  });

  it('is set up by its user data: the PHC is found, linked, followed and measured', async () => {
    await expect(expectLocked(run, guest)).resolves.toBeUndefined();
  });

  it('is not changed by a second setup', async () => {
    await expect(expectSecondSetupChangesNothing(guest)).resolves.toBeUndefined();
  });

  it('shows steps of the PHC in the stored samples within their uncertainty, sign included', async () => {
    await stopServo(guest);
    await expect(expectSteps(run, guest, STEP_SPAN_S)).resolves.toBeUndefined();
  });

  it.each([
    { ppb: 5_000, seconds: 10 },
    { ppb: -50, seconds: 45 },
  ])('shows a rate error of the PHC of $ppb ppb', async (truth) => {
    await expect(expectRate(run, guest, truth)).resolves.toBeUndefined();
  });

  it('is as it was, to the byte, after undo, and synchronised', async () => {
    await expect(expectUndone(guest, untouched)).resolves.toBeUndefined();
  });
});
