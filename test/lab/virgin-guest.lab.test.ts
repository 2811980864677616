/** Scenario 1: a guest that nobody touched, and the whole way from user data to a locked PHC and stored samples; and back. */
import { describe, expect, it } from 'vitest';
import { labImage } from './lab-image.ts';
import { startLabRun } from './lab-run.ts';

const image = await labImage();
const REFCLOCK = 'refclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer refid PHC0';
/** All that setup and package could change, by content. */
const CONFIGURATION =
  'find /etc/chrony /etc/udev /etc/modprobe.d /etc/systemd/system/chrony.service.d -type f 2>/dev/null | sort | xargs sha256sum';
const LOCKED_MS = 240_000;

describe.skipIf('skipped' in image)('a virgin guest', () => {
  const manifest = 'manifest' in image ? image.manifest : '';

  it('is set up by its user data through cloud-init, locks to the PHC, and gets every file back by undo', async () => {
    const run = await startLabRun({ manifest, userData: 'cloud-init', duration: '1h' });
    const guest = await run.guest();
    const before = await guest.run(CONFIGURATION);
    expect(before).not.toContain('ptp-tester');

    await guest.until("chronyc -c sources | grep -q '^#,\\*,PHC0,'", LOCKED_MS);
    const stored = await run.until('samples of the PHC are stored', ({ samples }) =>
      [...samples.values()].some((count) => count > 100),
    );
    expect(await guest.run('readlink /dev/ptp_ena')).toBe('ptp0\n');
    expect(await guest.run('cat /etc/chrony/conf.d/ptp-tester.conf')).toContain(REFCLOCK);
    const locked = await run.until('the agent reports a locked PHC', ({ instances }) =>
      instances.some(({ verdict }) => verdict?.setup.value === 'locked'),
    );
    const [instance] = locked.instances;
    expect(instance?.verdict?.capability.value).toBe('supported');
    expect(instance?.ptpStatus).toMatchObject({
      supported: true,
      hardware_clock_present: true,
      ptp_ena_symlink_present: true,
      chrony_using_phc: true,
      chrony_synchronized: true,
      clock_device: '/dev/ptp0',
      clock_name: 'ena-ptp-05',
      simulated: false,
    });
    expect(stored.agentEvents.map(({ event }) => event)).toContain('epoch_started');
  });
});
