/** Scenarios 3 and 4, the clock: the read limit, and all that can become of the device, one fault after the other on one guest. */
import { NS_PER_S } from '@ptp-tester/measurement';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../spine/wait-until.ts';
import { type Guest, PARAMETERS } from './guest.ts';
import { ERROR_BOUND_NS } from './heal-guest.ts';
import { labImage } from './lab-image.ts';
import { eventsSince, expectWithin, guestNow, tell, untilVerdict } from './observed.ts';
import { median } from './phc-samples.ts';
import { SETTLED_ON_PHC, WAITSYNC } from './setup-in-guest.ts';
import { sharedLabRun } from './tested-lab-run.ts';
import { expectUnreachablePhc } from './unreachable-phc.ts';
import { agentPid, expectWellAgain } from './well-again.ts';

const image = await labImage();
const FAULT_MS = 900_000;
const REGAINED_MS = 300_000;
const REACHED_MS = 60_000;
const REBOOT_MS = 400_000;
const EBUSY = 16;
/** From a change of the machine to the event that tells of it. */
const SOON_S = 60;
/** The agent gives the full rate back by levels, each after eight good readings: 42 s of ticks where none is late. */
const RECOVERED_S = 150;
/** What may lie between a change of the module and the first reading that shows it. */
const NS_PER_READING = 500_000_000n;
/** In the module, a model of ENA's limit and not ENA. */
const DEVICE_READS_PER_S = 125;
const NTP_SELECTED = "chronyc -c sources | grep -q '^^,\\*,169.254.169.123'";
const FIRST_DEVICE = '0000:00:05.0';
const DRIVER = '/sys/bus/pci/drivers/ptp_lab';
/** A device of the same slot on another bus gets its clock first, and so the lower number; then once more, as the last that claims the link. */
const BIND_TWIN = [
  'twin=$(basename "$(find /sys/bus/pci/devices -name "*:05.0" ! -name "0000:00:*")")',
  'cd /sys/bus/pci; echo 0 >drivers_autoprobe; modprobe ptp_lab second=1; cd drivers/ptp_lab',
  `for one in "$twin" ${FIRST_DEVICE}; do echo "$one" >bind; udevadm settle; done`,
  'echo "$twin" >unbind; udevadm settle; echo "$twin" >bind; udevadm settle; echo 1 >/sys/bus/pci/drivers_autoprobe',
  'cat "$twin"/ptp/*/clock_name; ls "$twin/ptp"',
].join('\n');
/** How much the twin's clock is ahead. */
const TWIN_AHEAD_NS = 1_000_000;
const VMCLOCK = '/sys/module/vmclock_lab/parameters';
/** What keeps a device number busy. */
const HOLD_DEVICE = 'sleep 900 </dev/ptp_ena >/dev/null 2>&1 & echo $! >/run/holder';
const RELEASE_DEVICE = 'kill "$(cat /run/holder)"';

describe.skipIf('skipped' in image)('a clock in trouble', { timeout: FAULT_MS }, () => {
  const run = sharedLabRun({ manifest: 'manifest' in image ? image.manifest : '', userData: 'light', duration: '3h' });
  let guest: Guest;
  let agent: string;

  beforeAll(async () => {
    if ('skipped' in image) return;
    guest = await run().guest();
  });
  beforeEach(async () => {
    agent = await agentPid(guest);
  });

  it('is read within its limit by chronyd and the agent together', async () => {
    await guest.setClock('max_per_s', DEVICE_READS_PER_S);
    const [readsBefore, refusedBefore] = [await guest.clockTruth('reads'), await guest.clockTruth('refused')];
    await guest.run('sleep 60');
    const [reads, refused] = [await guest.clockTruth('reads'), await guest.clockTruth('refused')];
    await guest.setClock('max_per_s', 0);
    const [asked, denied] = [reads - readsBefore, refused - refusedBefore];
    const share = ((100 * denied) / asked).toFixed(2);
    tell(`limit ${DEVICE_READS_PER_S}/s for 60 s, chronyd at poll 0: ${asked} reads, ${denied} refused (${share} %)`);
    expect(await guest.run('cat /etc/chrony/conf.d/ptp-tester.conf')).toMatch(/^refclock PHC \/dev\/ptp_ena poll 0 /m);
    // chronyd takes 25 a second, the agent 12.
    expect(asked).toBeGreaterThan(60 * 30);
    expect(denied).toBe(0);
    // Eight polls in a row; one that a starved guest missed leaves the register after eight more.
    await guest.until("chronyc -c sources | grep -q ',PHC0,.*,377,'", REACHED_MS);
  });

  it('would be read beyond its limit by such a plan: refused with the arithmetic before anything is launched', async () => {
    const fits = await run().dryRun(['--interval', '250', '--readings', '3']);
    const exceeds = await run().dryRun(['--interval', '10', '--readings', '25']);
    expect(fits.end, fits.describe()).toMatchObject({ code: 0 });
    expect(exceeds.end, exceeds.describe()).toMatchObject({ code: 2 });
    expect(exceeds.stderr).toContain(
      '25 readings every 10 ms are 2500/s, chronyd takes 25/s, together 2525/s of the 75/s',
    );
    expect(exceeds.stderr).toContain('With 25 readings the interval must be at least 500 ms.');
    tell(`plan refused: ${exceeds.stderr.trim().split('\n').at(-1)?.trim()}`);
  });

  it('tells another error bound: it lies beside the readings that it belongs to', async () => {
    const before = (await run().phcSamplesUntil(await guestNow(guest))).at(-1);
    await guest.setClock('error_bound_ns', 21_500);
    const changed = await guestNow(guest);
    await guest.run('sleep 5');
    const after = (await run().phcSamplesUntil(await guestNow(guest))).filter(
      ({ at }) => at > changed + NS_PER_READING,
    );
    await guest.setClock('error_bound_ns', ERROR_BOUND_NS);
    // The same before and after the burst: whoever else reads meanwhile, it is the bound of these readings.
    expect(before).toMatchObject({ errorBoundNs: ERROR_BOUND_NS, errorBoundStatus: 'paired' });
    expect(after.length).toBeGreaterThan(5);
    expect(new Set(after.map(({ errorBoundNs }) => errorBoundNs))).toEqual(new Set([21_500]));
  });

  it('refuses every reading for 20 s: the agent yields and says so, the clock coasts, and the PHC is regained', async () => {
    const since = await guestNow(guest);
    await guest.setClock('fail_errno', EBUSY);
    await guest.run('sleep 20');
    const [blocked] = await eventsSince(run(), since, ['reads_blocked']);
    await guest.until("chronyc -c sources | grep -q '^#,.,PHC0,0,0,0,'", REGAINED_MS);
    await expectUnreachablePhc(guest);
    await guest.run(WAITSYNC);
    const until = await guestNow(guest);
    await guest.setClock('fail_errno', 0);
    await isWellAgain();
    expect(blocked?.detail).toMatchObject({ errno: 'EBUSY' });
    expect(secondsAfter(since, blocked)).toBeLessThan(5);
    expectWithin(RECOVERED_S, until, await eventsSince(run(), until, ['reads_recovered']));
  });

  it('stands still: the samples show it, the event names the time, and beside NTP it is not followed', async () => {
    const since = await guestNow(guest);
    await guest.setClock('stall', 1);
    await guest.run('sleep 10');
    // Alone, a clock that stands still keeps its star; an NTP source that stays selectable makes it a falseticker.
    await guest.until("chronyc -c sources | grep -q '^#,[x?~-],PHC0'", REGAINED_MS);
    const until = await guestNow(guest);
    await guest.setClock('stall', 0);
    await guest.setClock('sync', 0);
    await isWellAgain();
    const [stopped, running] = await eventsSince(run(), since, ['phc_stopped', 'phc_running']);
    expect(secondsAfter(since, stopped)).toBeLessThan(10);
    const stoodStillS = Number(until - since) / NS_PER_S;
    expect(Math.abs(Number(running?.detail['stood_still_s']) - stoodStillS)).toBeLessThan(5);

    const samples = await run().phcSamplesUntil(await guestNow(guest));
    const stalled = samples.filter(({ at }) => at > since + 2_000_000_000n && at < since + 9_000_000_000n);
    const [first, last] = [stalled[0], stalled.at(-1)];
    const moved = Number((last?.phcMinusRawNs ?? 0n) - (first?.phcMinusRawNs ?? 0n));
    const elapsed = Number((last?.monoRawNs ?? 0n) - (first?.monoRawNs ?? 0n));
    // Standing still, the PHC loses one second a second against the raw clock.
    expect(Math.abs(moved + elapsed)).toBeLessThan(1_000_000);
  });

  it.each([
    { how: 'under the same number', before: 'systemctl stop chrony', after: 'true', renumbered: false },
    { how: 'under another number', before: HOLD_DEVICE, after: RELEASE_DEVICE, renumbered: true },
  ])('goes away and comes back $how', async ({ before, after, renumbered }) => {
    const since = await guestNow(guest);
    const deviceBefore = await guest.run('readlink /dev/ptp_ena');
    await guest.run(before);
    await guest.run('modprobe -r ptp_lab');
    expectWithin(SOON_S, since, await eventsSince(run(), since, ['device_gone']));
    const returnedAt = await guestNow(guest);
    await guest.run('modprobe ptp_lab');
    const [back] = await eventsSince(run(), since, ['device_back']);
    expectWithin(SOON_S, returnedAt, back === undefined ? [] : [back]);
    expect(back?.detail).toMatchObject({ renumbered });
    // chronyd held the device that went away; the setup runs again when the clock appears.
    await isWellAgain();
    expect((await guest.run('readlink /dev/ptp_ena')) !== deviceBefore).toBe(renumbered);
    await guest.run(after);
  });

  it('has a twin of the same name and a lower number: link, chronyd and agent keep to the lower PCI address, and return to it', async () => {
    await guest.run('modprobe -r ptp_lab');
    const [name, twin] = (await guest.run(BIND_TWIN)).trim().split('\n');
    const own = (await guest.run(`ls /sys/bus/pci/devices/${FIRST_DEVICE}/ptp`)).trim();
    expect([name, Number(twin?.slice(3)) < Number(own.slice(3))]).toEqual(['ena-ptp-05', true]);
    await isWellAgain();
    expect(await guest.run('readlink /dev/ptp_ena')).toBe(`${own}\n`);
    await untilStatusNames(own);
    // Whoever read the twin would be off by a millisecond: chronyd against the truth, the agent against chronyd.
    const [truth, read] = [await guest.clockTruth('system_minus_phc_ns'), await storedOffsetNs()];
    tell(
      `twin ${twin} is ${TWIN_AHEAD_NS} ns ahead of ${own}: system clock - PHC ${truth} ns in truth, ${read} ns stored`,
    );
    expect(Math.abs(truth)).toBeLessThan(TWIN_AHEAD_NS / 2);
    expect(Math.abs(read)).toBeLessThan(TWIN_AHEAD_NS / 2);

    // Without it the twin is the machine's clock; when it is back, it is taken again.
    await guest.run(`echo ${FIRST_DEVICE} >${DRIVER}/unbind`);
    await guest.until(`[ "$(readlink /dev/ptp_ena)" = "${twin}" ]`, REGAINED_MS);
    await isWellAgain();
    await guest.until(`[ "$(cat ${PARAMETERS}/system_minus_phc_ns)" -gt ${TWIN_AHEAD_NS / 2} ]`, REGAINED_MS);
    await guest.run(`echo ${FIRST_DEVICE} >${DRIVER}/bind`);
    await guest.until(`[ "$(readlink /dev/ptp_ena)" = "$(ls ${DRIVER}/${FIRST_DEVICE}/ptp)" ]`, REGAINED_MS);
    await isWellAgain();
    await guest.until(`[ "$(cat ${PARAMETERS}/system_minus_phc_ns)" -lt ${TWIN_AHEAD_NS / 2} ]`, REGAINED_MS);
    await untilStatusNames((await guest.run(`ls ${DRIVER}/${FIRST_DEVICE}/ptp`)).trim());
    const isOfFirst = async () => Math.abs(await storedOffsetNs()) < TWIN_AHEAD_NS / 2;
    await waitUntil('the agent reads the first clock again', isOfFirst, { timeoutMs: REGAINED_MS });
    await guest.run('modprobe -r ptp_lab; modprobe ptp_lab');
    await isWellAgain();
  });

  it('is in a machine that the hypervisor disrupts: the unprivileged agent reads the marker, and tells', async () => {
    // On EC2 the page is there before the agent, whose unit opens only what is there when it starts.
    await guest.run('modprobe vmclock_lab; udevadm settle; systemctl restart ptp-tester-agent');
    agent = await agentPid(guest);
    await guest.until(`[ "$(cat ${VMCLOCK}/reads)" -gt 0 ]`, REACHED_MS);
    const since = await guestNow(guest);
    await guest.run(`echo 7 >${VMCLOCK}/disruption_marker`);
    const [disrupted] = await eventsSince(run(), since, ['vm_disrupted']);
    expect(disrupted?.detail).toMatchObject({ marker_before: '0', marker: '7' });
    expectWithin(SOON_S, since, disrupted === undefined ? [] : [disrupted]);
    await guest.until('modprobe -r vmclock_lab', REACHED_MS);
    await isWellAgain();
  });

  it('has another name: it is no ENA clock, NTP is followed, and the verdict names it', async () => {
    const since = await guestNow(guest);
    await guest.run('modprobe -r ptp_lab; modprobe ptp_lab name=other-05');
    expectWithin(SOON_S, since, await eventsSince(run(), since, ['device_gone']));
    await guest.until(NTP_SELECTED, REGAINED_MS);
    await guest.run(`${WAITSYNC}; test ! -e /etc/chrony/conf.d/ptp-tester.conf`);
    const { capability, setup } = await untilVerdict(run(), { capability: 'not_tested', setup: 'rolled_back' });
    expect(capability.reason).toContain("Other PTP clocks, which are not ENA's: other-05");
    expect(setup.reason).toContain('The PHC went away');
    await guest.run('modprobe -r ptp_lab; modprobe ptp_lab');
    await isWellAgain();
  });

  it('lacks PTP_SYS_OFFSET_EXTENDED: the older call is used, and the verdict says so', async () => {
    await guest.run('modprobe -r ptp_lab; modprobe ptp_lab extended=0');
    await isWellAgain();
    await run().until('the verdict names the older call', ({ instances }) => {
      return instances[0]?.verdict?.capability.reason.includes('does not offer PTP_SYS_OFFSET_EXTENDED') === true;
    });
    const now = await guestNow(guest);
    await run().phcSamplesUntil(now);
    await guest.run('modprobe -r ptp_lab; modprobe ptp_lab');
    await isWellAgain();
  });

  it('may not be read by the agent: chronyd follows it all the same, and the verdict is not "unsupported"', async () => {
    await guest.run('printf \'SUBSYSTEM=="ptp", GROUP="root", MODE="0600"\\n\' >/etc/udev/rules.d/99-lab.rules');
    await guest.run('udevadm control --reload; modprobe -r ptp_lab; modprobe ptp_lab');
    await guest.until(SETTLED_ON_PHC, REGAINED_MS);
    const { capability } = await untilVerdict(run(), { capability: 'not_tested' });
    expect(capability.reason).toContain('EACCES');
    await guest.run(
      'rm /etc/udev/rules.d/99-lab.rules; udevadm control --reload; modprobe -r ptp_lab; modprobe ptp_lab',
    );
    await isWellAgain();
  });

  it('is not there after a reboot: chronyd starts by its previous configuration, and by the PHC when it appears', async () => {
    const boot = await guest.run('cat /proc/sys/kernel/random/boot_id');
    await guest.run("echo 'blacklist ptp_lab' >/etc/modprobe.d/lab.conf; systemctl --no-block reboot");
    await guest.untilRebooted(boot, REBOOT_MS);
    await guest.until(NTP_SELECTED, REGAINED_MS);
    await guest.run(`${WAITSYNC}; test ! -e /etc/chrony/conf.d/ptp-tester.conf`);
    await untilVerdict(run(), { capability: 'not_tested', setup: 'rolled_back' });
    agent = await agentPid(guest);
    await guest.run('rm /etc/modprobe.d/lab.conf; modprobe ptp_lab');
    await isWellAgain();
  });

  async function untilStatusNames(clock: string): Promise<void> {
    await run().until(`the PTP status names ${clock}`, ({ instances }) => {
      return instances[0]?.ptpStatus?.clock_device === `/dev/${clock}`;
    });
  }

  /** The median of the next five seconds. */
  async function storedOffsetNs(): Promise<number> {
    const since = await guestNow(guest);
    await guest.run('sleep 5');
    const samples = await run().phcSamplesUntil(await guestNow(guest));
    return median(samples.filter(({ at }) => at >= since).map(({ offsetNs }) => offsetNs));
  }

  async function isWellAgain(): Promise<void> {
    await expectWellAgain(run(), guest, agent);
  }
});

function secondsAfter(since: bigint, event: { readonly at: bigint } | undefined): number {
  return Number((event?.at ?? 0n) - since) / NS_PER_S;
}
