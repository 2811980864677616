/** Turning the PHC on where the driver has it off: by module parameter and by devlink, and what happens when that costs the network. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { labImage } from './lab-image.ts';
import type { LabRun } from './lab-run.ts';
import { eventsSince, guestNow, tell } from './observed.ts';
import { readSetupOf, runSetupIn, SETTLED_ON_PHC, stepOf, WAITSYNC } from './setup-in-guest.ts';
import { sharedLabRun } from './tested-lab-run.ts';

const image = await labImage();
const LONG_MS = 1_200_000;
const ROUTE = "ip route show default | grep -q 'via 10.99.0.1'";
const LOCKED_MS = 240_000;
const REBOOT_MS = 400_000;
/** The lab's ENA driver has an interface that carries nothing; with a default route it stands for the instance's only network. */
const NETWORK =
  '[Match]\\nDriver=ena\\n\\n[Network]\\nAddress=10.99.0.2/24\\nGateway=10.99.0.1\\nLinkLocalAddressing=no\\n';
const IN_INITRAMFS = 'lsinitramfs "/boot/initrd.img-$(uname -r)"';
const INITRAMFS_MS = 600_000;
/** It compares the clocks and steers none: 200 readings a second, of which no configuration tells. */
const OTHER_READER = 'phc2sys -s /dev/ptp_ena -c CLOCK_REALTIME -O 0 -R 10 -N 20 --free_running 1 -q -m';
const DRIVER_FILE = '/etc/modprobe.d/ptp-tester-ena.conf';

describe.skipIf('skipped' in image)('an ENA driver with its PHC off', { timeout: LONG_MS }, () => {
  const run = sharedLabRun({ manifest: 'manifest' in image ? image.manifest : '', userData: 'light', duration: '2h' });
  let guest: Guest;

  beforeAll(async () => {
    if ('skipped' in image) return;
    guest = await run().guest();
    await guest.run(`printf '${NETWORK}' >/etc/systemd/network/20-ena.network; networkctl reload`);
    await guest.run('echo ena >/etc/modules-load.d/lab.conf');
    // The test says when the setup runs.
    await guest.run('systemctl disable --now ptp-tester-phc-setup.path');
  });

  it('is left alone when the plan says never', async () => {
    await useDriver(guest, 'ena');
    await guest.run('cp -p /var/lib/ptp-tester/plan.json /run/plan.json');
    await changePlan(guest, 's/"enable_phc":"auto"/"enable_phc":"never"/');
    const result = await runSetupIn(guest);
    await guest.run('cp -p /run/plan.json /var/lib/ptp-tester/plan.json');
    expect(stepOf(result, 'enable_phc')).toMatchObject({ outcome: 'skipped', detail: 'the plan says never' });
    expect(result.setup).toMatchObject({
      value: 'not_attempted',
      reason: expect.stringContaining('the plan says never'),
    });
    expect(await guest.run('cat /sys/module/ena/parameters/phc_enable')).toBe('0\n');
    await guest.run(WAITSYNC);
  });

  it('is not tested where the driver was built without PHC', async () => {
    await useDriver(guest, 'ena');
    await guest.run('mkdir -p /run/empty; mount --bind /run/empty /sys/module/ena/parameters');
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'enable_phc').detail).toBe('the ENA driver was built without PHC');
    await untilCapability(run(), 'not_tested', 'was built without PHC');
    await guest.run('umount /sys/module/ena/parameters');
  });

  it('gets the network back when the driver with PHC costs it, and is not tried again', async () => {
    await useDriver(guest, 'ena', 'options ena phc_breaks_probe=1');
    const result = await runSetupIn(guest);
    expect(result.setup).toMatchObject({ value: 'failed', reason: expect.stringContaining('no route within 60 s') });
    await guest.until(ROUTE, LOCKED_MS);
    await guest.run(`test ! -e ${DRIVER_FILE}; test "$(cat /sys/module/ena/parameters/phc_enable)" = 0`);
    await guest.run(WAITSYNC);
    await untilCapability(run(), 'not_tested', 'phc_enable=0');

    const again = await runSetupIn(guest);
    expect(stepOf(again, 'enable_phc').detail).toMatch(/^not tried again: with PHC there was no route/);
    expect(again.setup.reason).toContain('not tried again');
    await guest.run(ROUTE);
  });

  it('reboots once when the network does not come back at all, and stays up without PHC', async () => {
    // The driver can be loaded once in a boot, with or without PHC.
    const once = 'install ena [ ! -e /run/lab-ena ] && : >/run/lab-ena && modprobe --ignore-install ena $CMDLINE_OPTS';
    await useDriver(guest, 'ena', once);
    const boot = await bootId(guest);
    await guest.run('systemctl start --no-block ptp-tester-phc-setup');
    await guest.untilRebooted(boot, REBOOT_MS);
    await guest.until(ROUTE, LOCKED_MS);
    await guest.until('test "$(cat /var/lib/ptp-tester-setup/driver-reload)" = rebooted', LOCKED_MS);
    const secondBoot = await bootId(guest);
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'enable_phc').detail).toMatch(/^not tried again: .*rebooted without PHC/);
    await guest.run(`${ROUTE} && test ! -e ${DRIVER_FILE}`);
    expect(await bootId(guest)).toBe(secondBoot);
    await guest.run(WAITSYNC);
  });

  it('is unsupported where the driver has PHC enabled and the device offers no clock', async () => {
    await useDriver(guest, 'ena', 'options ena no_phc=1');
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'enable_phc').outcome).toBe('changed');
    expect(result.setup.value).toBe('not_attempted');
    await untilCapability(run(), 'unsupported', 'the device offers no clock');
    await guest.run(`${ROUTE}; ${WAITSYNC}`);
  });

  it('is enabled by module parameter and reload, and the PHC is followed', async () => {
    await useDriver(guest, 'ena');
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'enable_phc').outcome).toBe('changed');
    expect(stepOf(result, 'device').detail).toContain('interfaces: ens0');
    expect(result.setup.value).toBe('locked');
    await guest.until(SETTLED_ON_PHC, LOCKED_MS);
    await guest.run(`${ROUTE} && grep -q phc_enable=1 ${DRIVER_FILE}`);
    expect(await guest.run('cat /sys/module/ena/parameters/phc_enable')).toBe('1\n');
    await untilCapability(run(), 'supported', 'ena-ptp-05 was found and read');
    const second = await runSetupIn(guest);
    expect(second.steps.filter(({ outcome }) => outcome !== 'unchanged')).toEqual([]);
  });

  it('is read by somebody else beside chronyd and the agent: the growth of the driver counter tells', async () => {
    await useDriver(guest, 'ena');
    expect((await runSetupIn(guest)).setup.value).toBe('locked');
    const since = await guestNow(guest);
    await guest.run(`systemd-run --unit lab-other ${OTHER_READER}`);
    const [event] = await eventsSince(run(), since, ['phc_reads_unexplained']);
    await guest.run('systemctl stop lab-other');
    tell(`other readers: ${JSON.stringify(event?.detail)}`);
    expect(event?.detail).toMatchObject({ interface: 'ens0', chrony_per_s: 25 });
    const per = (name: string) => Number(event?.detail[name]);
    expect(per('served_per_s')).toBeGreaterThan(1.2 * (per('own_per_s') + per('chrony_per_s')));
  });

  it('lies in the initramfs: that is made anew with the option, and without it by undo', async () => {
    await useDriver(guest, 'ena');
    // As Debian's cloud images have it; the lab itself boots by an initrd of its own.
    await guest.run('echo ena >>/etc/initramfs-tools/modules; : >"/boot/vmlinuz-$(uname -r)"');
    await guest.run(
      'printf "MODULES=list\\nCOMPRESS=gzip\\n" >/etc/initramfs-tools/conf.d/lab; update-initramfs -c -k "$(uname -r)"',
      INITRAMFS_MS,
    );
    expect(await guest.run(IN_INITRAMFS)).toMatch(/\/ena\.ko$/m);
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'enable_phc')).toMatchObject({
      outcome: 'changed',
      detail: expect.stringContaining('initramfs'),
    });
    expect(result.setup.value).toBe('locked');
    expect(await guest.run(IN_INITRAMFS)).toContain('etc/modprobe.d/ptp-tester-ena.conf');
    await guest.run('/opt/ptp-tester/agent undo', INITRAMFS_MS);
    expect(await guest.run(IN_INITRAMFS)).not.toContain('ptp-tester-ena.conf');
    await guest.run(`rm /boot/*; ${WAITSYNC}`);
  });

  it('is unsupported by the word of a mainline driver that refuses enable_phc', async () => {
    await useDriver(guest, 'ena_mainline', 'options ena_mainline device_has_phc=0');
    await pretendKernel(guest, '6.18.1');
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'enable_phc').detail).toContain("Device doesn't support PHC");
    await untilCapability(run(), 'unsupported', 'refused enable_phc');
    await guest.run(`${ROUTE}; ${WAITSYNC}; umount /proc/sys/kernel/osrelease`);
  });

  it('is enabled by devlink in a mainline driver', async () => {
    await useDriver(guest, 'ena_mainline');
    await pretendKernel(guest, '6.18.1');
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'enable_phc')).toMatchObject({
      outcome: 'changed',
      detail: expect.stringContaining('devlink'),
    });
    expect(result.setup.value).toBe('locked');
    await guest.until(SETTLED_ON_PHC, LOCKED_MS);
    await guest.run(ROUTE);
    await untilCapability(run(), 'supported', 'ena-ptp-05 was found and read');
    await guest.run('umount /proc/sys/kernel/osrelease');
    expect((await readSetupOf(guest)).setup.value).toBe('locked');
  });
});

/** As a machine that was never set up and has this driver; `configuration`: further lines of modprobe.d. */
async function useDriver(guest: Guest, name: 'ena' | 'ena_mainline', configuration = ''): Promise<void> {
  const others = ['ptp_lab', 'ena', 'ena_mainline'].map((one) => `modprobe -r ${one} 2>/dev/null || true`).join('; ');
  await guest.run(
    [
      '/opt/ptp-tester/agent undo',
      `printf '%s\\n' 'blacklist ptp_lab' '${configuration}' >/etc/modprobe.d/lab.conf`,
      `${others}; rm -f /run/lab-ena; modprobe ${name}`,
    ].join('\n'),
  );
  await guest.until(`${ROUTE} && test ! -e /sys/class/ptp/ptp0`, LOCKED_MS);
}

/** Kept by the agent as its own until the controller has another generation. */
async function changePlan(guest: Guest, sed: string): Promise<void> {
  await guest.run(`sed -i '${sed}' /var/lib/ptp-tester/plan.json && grep -q never /var/lib/ptp-tester/plan.json`);
}

/** The mainline driver has PHC from Linux 6.17; the guest's kernel is older. */
async function pretendKernel(guest: Guest, release: string): Promise<void> {
  await guest.run(`echo ${release} >/run/osrelease; mount --bind /run/osrelease /proc/sys/kernel/osrelease`);
}

async function bootId(guest: Guest): Promise<string> {
  return await guest.run('cat /proc/sys/kernel/random/boot_id');
}

async function untilCapability(run: LabRun, value: string, reason: string): Promise<void> {
  await run.until(`the controller is told: ${value}, ${reason}`, ({ instances }) => {
    const capability = instances[0]?.verdict?.capability;
    return capability?.value === value && capability.reason.includes(reason);
  });
}
