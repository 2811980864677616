/** Scenario 1, with the user data run by real cloud-init on a cold boot. */
import { describe, expect, it } from 'vitest';
import { labImage } from './lab-image.ts';
import { proveVirginGuest } from './virgin-guest.ts';

const image = await labImage();

describe.skipIf('skipped' in image)('a virgin guest', () => {
  it('is set up the same when real cloud-init runs the unchanged user data', async () => {
    const manifest = 'manifest' in image ? image.manifest : '';
    await expect(proveVirginGuest(manifest, 'cloud-init')).resolves.toBeUndefined();
  });
});
