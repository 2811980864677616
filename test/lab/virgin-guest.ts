/** Scenario 1: a guest that nobody touched, and the whole way from user data to a locked PHC and stored samples; and back. */
import type { VmUserData } from '@ptp-tester/local-ec2';
import { expect } from 'vitest';
import { startLabRun } from './tested-lab-run.ts';

const REFCLOCK = 'refclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer refid PHC0';
/** Everything that the setup writes to, by content and permissions. */
const CONFIGURATION = [
  'cd /etc && find chrony udev modprobe.d systemd/system/chrony.service.d -type f 2>/dev/null | sort',
  'xargs -r stat -c "%n %a %U"; find chrony udev modprobe.d -type f | sort | xargs sha256sum',
].join(' | ');
const SETUP = '/opt/ptp-tester/agent setup --config /etc/ptp-tester/agent.json';
const LOCKED_MS = 300_000;

export async function proveVirginGuest(manifest: string, how: VmUserData): Promise<void> {
  const run = await startLabRun({ manifest, userData: how, duration: '1h' });
  const guest = await run.guest();
  const before = await guest.run(CONFIGURATION);

  await guest.until("chronyc -c sources | grep -q '^#,\\*,PHC0,'", LOCKED_MS);
  const locked = await run.untilLocked();
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
  await run.until('samples are stored', ({ samples }) => [...samples.values()].some((count) => count > 100));
  expect(await guest.run('readlink /dev/ptp_ena')).toBe('ptp0\n');
  expect(await guest.run('cat /etc/chrony/conf.d/ptp-tester.conf')).toContain(REFCLOCK);

  const configured = await guest.run(CONFIGURATION);
  const started = await guest.run('systemctl show -p ExecMainStartTimestampMonotonic chrony');
  const again: { steps: { name: string; outcome: string }[] } = JSON.parse(await guest.run(SETUP));
  expect(again.steps.filter(({ outcome }) => outcome !== 'unchanged')).toEqual([]);
  expect(await guest.run(CONFIGURATION)).toBe(configured);
  expect(await guest.run('systemctl show -p ExecMainStartTimestampMonotonic chrony')).toBe(started);

  await guest.run('/opt/ptp-tester/agent undo');
  expect(withoutDeviceAccess(await guest.run(CONFIGURATION))).toBe(before);
  expect(await guest.run('chronyc waitsync 30 0 0 1')).toContain('refid: A9FEA97B');
}

/** Read access for the unprivileged agent is the user data's own rule, which stays. */
function withoutDeviceAccess(listing: string): string {
  return listing
    .split('\n')
    .filter((line) => !line.includes('60-ptp-tester.rules'))
    .join('\n');
}
