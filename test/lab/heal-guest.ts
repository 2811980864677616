/** What a test that failed may have left in a guest that others share is taken back, so that what comes next, or a second try, means something. */
import { type Guest, PARAMETERS } from './guest.ts';
import { runSetupIn, WAITSYNC } from './setup-in-guest.ts';

const SHUTDOWN_MS = 60_000;
const REBOOT_MS = 400_000;
/** Parameters of the clock module that stay as they are written. */
const FAULTS = ['freq_ppb', 'noise_ns', 'stall', 'fail_errno', 'max_per_s', 'lat_us'];
/** What the module says of its own error when nobody has told it otherwise. */
export const ERROR_BOUND_NS = 14_000;
/** Written by scenarios; the agent's own files are undone by its own setup. */
const LEFTOVERS = ['/etc/modprobe.d/lab.conf', '/etc/udev/rules.d/99-lab.rules', '/usr/local/bin/clockbound'];
/** Kept beside by the scenarios that change the first. */
const KEPT = [
  ['/etc/chrony/chrony.conf', '/run/chrony.conf'],
  ['/var/lib/ptp-tester/plan.json', '/run/plan.json'],
] as const;

/** The clock module without faults, and in step with the system clock. */
export async function clearClockFaults(guest: Guest): Promise<void> {
  const faults = `for one in ${FAULTS.join(' ')}; do echo 0 >${PARAMETERS}/$one; done`;
  await guest.run(`${faults}; echo ${ERROR_BOUND_NS} >${PARAMETERS}/error_bound_ns; echo 0 >${PARAMETERS}/sync`);
}

/** As it was when the run had locked: files, modules, daemons, a reboot where the disk takes nothing; then the setup again. */
export async function healGuest(guest: Guest): Promise<void> {
  const kept = KEPT.map(([path, copy]) => `[ ! -e ${copy} ] || mv ${copy} ${path}`);
  await guest.run(
    [
      'umount /sys/module/ena/parameters /proc/sys/kernel/osrelease 2>/dev/null || true',
      'systemctl stop lab-other 2>/dev/null || true; systemctl reset-failed lab-other 2>/dev/null || true',
      '[ ! -e /run/holder ] || kill "$(cat /run/holder)" 2>/dev/null || true',
      ...kept.map((one) => `${one} || true`),
      `rm -f ${LEFTOVERS.join(' ')} 2>/dev/null || true`,
    ].join('\n'),
  );
  if ((await guest.ask('touch /etc/lab-writable && rm /etc/lab-writable')).exitCode !== 0) await rebootHard(guest);
  const others = ['ena', 'ena_mainline', 'ptp_lab', 'vmclock_lab'].map(
    (one) => `modprobe -r ${one} 2>/dev/null || true`,
  );
  await guest.run(
    [...others, 'echo 1 >/sys/bus/pci/drivers_autoprobe', 'udevadm control --reload', 'modprobe ptp_lab'].join('\n'),
  );
  await clearClockFaults(guest);
  // A guest without a time daemon is what the last of the faults leaves.
  if ((await guest.ask('command -v chronyd')).exitCode !== 0) return;
  await guest.run('systemctl reset-failed chrony 2>/dev/null || true; systemctl start chrony || true');
  await runSetupIn(guest);
  await guest.run(WAITSYNC);
}

async function rebootHard(guest: Guest): Promise<void> {
  const boot = await guest.run('cat /proc/sys/kernel/random/boot_id', SHUTDOWN_MS);
  await guest.reset();
  await guest.untilRebooted(boot, REBOOT_MS);
}
