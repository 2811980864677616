/** Scenario 1 in parts: a guest that nobody touched, the whole way from user data to a locked PHC and stored samples; and back. */
import { expect } from 'vitest';
import type { Guest } from './guest.ts';
import type { LabRun } from './lab-run.ts';
import { runSetupIn, SETTLED_ON_PHC, WAITSYNC } from './setup-in-guest.ts';

/** All that the setup may write: one line, and nothing that steps the clock. */
const DROP_IN = `# ptp-tester begin: removed by "agent undo"
refclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer refid PHC0
# ptp-tester end
`;
const LOCKED_MS = 400_000;
const NTP_SELECTABLE = "chronyc -c sources | grep -q '^^,[*+-],169.254.169.123'";

/** Everything that the setup writes to, by content and permissions. */
export function listConfiguration(guest: Guest): Promise<string> {
  const folders = 'chrony udev modprobe.d systemd/system/chrony.service.d';
  const files = `cd /etc && find ${folders} -type f 2>/dev/null | sort`;
  return guest.run(`${files} | xargs -r stat -c "%n %a %U"; ${files} | xargs -r sha256sum`);
}

export async function expectLocked(run: LabRun, guest: Guest): Promise<void> {
  await guest.until(SETTLED_ON_PHC, LOCKED_MS);
  const locked = await run.untilLocked();
  const [instance] = locked.instances;
  expect(instance?.verdict?.capability.value).toBe('supported');
  await run.until('samples are stored', ({ samples }) => [...samples.values()].some((count) => count > 100));
  expect(await guest.run('readlink /dev/ptp_ena')).toBe('ptp0\n');
  expect(await guest.run('cat /etc/chrony/conf.d/ptp-tester.conf')).toBe(DROP_IN);
  // A preferred PHC does not take the witness away.
  await guest.until(NTP_SELECTABLE, LOCKED_MS);
  const stored = await run.until('the PTP status is that of a locked machine', ({ instances }) => {
    return instances[0]?.ptpStatus?.chrony_using_phc === true;
  });
  expect(stored.instances[0]?.ptpStatus).toMatchObject({
    supported: true,
    hardware_clock_present: true,
    ptp_ena_symlink_present: true,
    chrony_using_phc: true,
    chrony_synchronized: true,
    clock_device: '/dev/ptp0',
    clock_name: 'ena-ptp-05',
    simulated: false,
  });
}

export async function expectSecondSetupChangesNothing(guest: Guest): Promise<void> {
  const startOfChronyd = 'systemctl show -p ExecMainStartTimestampMonotonic chrony';
  const [configured, started] = [await listConfiguration(guest), await guest.run(startOfChronyd)];
  const again = await runSetupIn(guest);
  expect(again.steps.filter(({ outcome }) => outcome !== 'unchanged')).toEqual([]);
  expect(await listConfiguration(guest)).toBe(configured);
  expect(await guest.run(startOfChronyd)).toBe(started);
}

/** `before`: the configuration of the guest before its setup; user data may have been quicker than who listed it. */
export async function expectUndone(guest: Guest, before: string): Promise<void> {
  await guest.run('/opt/ptp-tester/agent undo');
  expect(withoutDeviceAccess(await listConfiguration(guest))).toBe(withoutDeviceAccess(before));
  await guest.run(WAITSYNC);
  expect(await guest.run('chronyc -c tracking')).toMatch(/^A9FEA97B,/);
}

/** Read access for the unprivileged agent is the user data's own rule, which stays. */
function withoutDeviceAccess(listing: string): string {
  return listing
    .split('\n')
    .filter((line) => !line.includes('60-ptp-tester.rules'))
    .join('\n');
}
