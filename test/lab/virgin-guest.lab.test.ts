/** Scenario 1, with the user data run by the light path from a snapshot. */
import { describe, expect, it } from 'vitest';
import { labImage } from './lab-image.ts';
import { proveVirginGuest } from './virgin-guest.ts';

const image = await labImage();

describe.skipIf('skipped' in image)('a virgin guest', () => {
  it('is set up by its user data, locks, changes nothing twice, and undoes byte by byte', async () => {
    const manifest = 'manifest' in image ? image.manifest : '';
    await expect(proveVirginGuest(manifest, 'light')).resolves.toBeUndefined();
  });
});
