/** Scenario 1, with the unchanged user data run by real cloud-init on a cold boot, to cloud-init's very end. */
import { describe, expect, it } from 'vitest';
import { labImage } from './lab-image.ts';
import { startLabRun } from './tested-lab-run.ts';
import { expectLocked, expectSecondSetupChangesNothing, expectUndone, listConfiguration } from './virgin-guest.ts';

const image = await labImage();
const CLOUD_INIT_MS = 600_000;

describe.skipIf('skipped' in image)('a virgin guest', () => {
  it('is set up when real cloud-init runs the unchanged user data, and is undone to the byte', async () => {
    const manifest = 'manifest' in image ? image.manifest : '';
    const run = await startLabRun({ manifest, userData: 'cloud-init', duration: '1h' });
    const guest = await run.guest();
    const untouched = await listConfiguration(guest);

    const status = await guest.run('cloud-init status --wait --long', CLOUD_INIT_MS);
    expect(status).toContain('status: done');
    expect(status).toMatch(/^detail: DataSourceEc2/m);
    expect(await guest.run('cat /var/lib/cloud/instance/user-data.txt')).toMatch(/^#!\/bin\/sh/);
    expect(await guest.run('cat /var/log/cloud-init-output.log')).toMatch(/agent of run \S+, instance 1, is started/);

    await expectLocked(run, guest);
    await expectSecondSetupChangesNothing(guest);
    await expectUndone(guest, untouched);
  });
});
