/** Scenario 4, the setup and chronyd: what people and machines do to them, one after the other on one guest. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { healGuest } from './heal-guest.ts';
import { labImage } from './lab-image.ts';
import { eventsSince, expectWithin, guestNow, untilVerdict } from './observed.ts';
import { readSetupOf, runSetupIn, stepOf, WAITSYNC } from './setup-in-guest.ts';
import { sharedLabRun } from './tested-lab-run.ts';
import { listConfiguration } from './virgin-guest.ts';
import { agentPid, expectSameAgent, expectWellAgain } from './well-again.ts';

const image = await labImage();
const FAULT_MS = 900_000;
const REGAINED_MS = 300_000;
const REBOOT_MS = 400_000;
const EBUSY = 16;
/** chronyd is asked every second, and called lost when it has been silent for 30 of them. */
const SOON_S = 60;
const RESTARTED_S = 120;
const REPOSITORY = 'deb [trusted=yes] file:/opt/lab/repository ./';
const SOURCES = '/etc/apt/sources.list.d/lab.list';
const REMOVE_CHRONY = 'systemctl stop chrony || true; dpkg --remove --force-all chrony';
const UNDO = '/opt/ptp-tester/agent undo';
/** It is not in Debian: a process of its name, which is what is looked at, and a program that tells its version. */
const CLOCKBOUND = [
  "printf '#!/bin/sh\\necho clockbound 3.0.0\\n' >/usr/local/bin/clockbound; chmod 755 /usr/local/bin/clockbound",
  "systemd-run --unit lab-other --description 'stand-in for ClockBound' bash -c 'exec -a clockbound sleep 900'",
].join('; ');
/** As agent/src/repair writes it; its number is another one than those before. */
const RETRY = { version: 1, action: 'retry_setup', why: 'phc_not_selected', number: 1000, asked: [] };
const ASK_AGAIN = `printf %s '${JSON.stringify(RETRY)}' >/var/lib/ptp-tester/repair.json; : >/run/ptp-tester/setup-wanted`;
const DROP_IN = '/etc/chrony/conf.d/ptp-tester.conf';

describe.skipIf('skipped' in image)('a machine in trouble', { timeout: FAULT_MS }, () => {
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

  it('is healed of what a test that failed left in it, before a second try', async () => {
    await guest.run("cp -p /etc/chrony/chrony.conf /run/chrony.conf; echo 'not a directive' >>/etc/chrony/chrony.conf");
    await guest.run(
      'systemctl stop chrony; systemd-run --unit lab-other phc2sys -s /dev/ptp0 -c CLOCK_REALTIME -O 0 -R 1',
    );
    await guest.setClock('fail_errno', 16);
    await guest.setClock('step_ns', 5_000_000);
    await healGuest(guest);
    await isWellAgain();
  });

  it('has its chronyd killed: systemd brings it back, and the PHC is followed', async () => {
    const since = await guestNow(guest);
    const chronyd = await guest.run('systemctl show -p MainPID --value chrony');
    await guest.run('kill -KILL "$(systemctl show -p MainPID --value chrony)"; sleep 1');
    await isWellAgain();
    expect(await guest.run('systemctl show -p MainPID --value chrony')).not.toBe(chronyd);
    expectWithin(SOON_S, since, await eventsSince(run(), since, ['source_failed', 'source_recovered']));
  });

  it('has a chronyd that hangs: the agent asks, root restarts it by systemd, and both are events', async () => {
    const since = await guestNow(guest);
    const chronyd = await guest.run('systemctl show -p MainPID --value chrony');
    await guest.run(`kill -STOP ${chronyd}`);
    const [lost] = await eventsSince(run(), since, ['chrony_lost']);
    expect(lost?.detail).toMatchObject({ trouble: 'unanswered' });
    expectWithin(RESTARTED_S, since, await eventsSince(run(), since, ['chrony_lost', 'chrony_back']));
    expect(await guest.run('systemctl show -p MainPID --value chrony')).not.toBe(chronyd);
    await isWellAgain();
  });

  it('has our part of the chrony configuration damaged: the setup makes it good', async () => {
    const since = await guestNow(guest);
    await guest.run(`echo 'refclock PHC /dev/nowhere' >>${DROP_IN}; systemctl restart chrony || true`);
    expectWithin(SOON_S, since, await eventsSince(run(), since, ['source_failed']));
    const result = await runSetupIn(guest);
    expect(result.setup.value).toBe('locked');
    expect(stepOf(result, 'chrony_config').outcome).toBe('changed');
    await isWellAgain();
  });

  it('has chrony.conf broken by hand: the setup says with chronyd’s words that it cannot help, and can after the repair', async () => {
    const since = await guestNow(guest);
    await guest.run("cp -p /etc/chrony/chrony.conf /run/chrony.conf; echo 'not a directive' >>/etc/chrony/chrony.conf");
    await guest.run('systemctl restart chrony || true');
    const result = await runSetupIn(guest);
    expect(result.setup).toMatchObject({ value: 'failed', reason: expect.stringContaining('Invalid directive') });
    await untilVerdict(run(), { capability: 'supported', setup: 'failed' });
    const [lost] = await eventsSince(run(), since, ['chrony_lost']);
    expect(lost?.detail).toMatchObject({ trouble: 'unanswered' });
    expectWithin(RESTARTED_S, since, lost === undefined ? [] : [lost]);
    const repairedAt = await guestNow(guest);
    await guest.run('cp -p /run/chrony.conf /etc/chrony/chrony.conf');
    expect((await runSetupIn(guest)).setup.value).toBe('locked');
    await isWellAgain();
    expectWithin(RESTARTED_S, repairedAt, await eventsSince(run(), repairedAt, ['chrony_back']));
  });

  it('has a PHC that chronyd does not select in time: rolled back to the byte, synchronised, and locked when the agent asks again', async () => {
    await guest.run(UNDO);
    const before = ofChrony(await listConfiguration(guest));
    await guest.setClock('fail_errno', EBUSY);
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'phc_selected').outcome).toBe('failed');
    expect(result.setup.value).toBe('rolled_back');
    expect(ofChrony(await listConfiguration(guest))).toBe(before);
    await guest.run(WAITSYNC);
    await untilVerdict(run(), { setup: 'rolled_back' });
    await guest.setClock('fail_errno', 0);
    // The agent itself asks after an hour: the same files, by the same user.
    await guest.run(`runuser -u ptp-tester -- sh <<'WORDS'\n${ASK_AGAIN}\nWORDS`);
    await isWellAgain();
    expect((await readSetupOf(guest)).setup.value).toBe('locked');
    expect(await guest.run('journalctl -o cat -u ptp-tester-phc-setup')).toContain('the setup is tried again');
  });

  it('has a read-only root: the controller is told the reason, time sync stays, and the agent loses no process', async () => {
    await guest.run(UNDO);
    const boot = await guest.run('cat /proc/sys/kernel/random/boot_id');
    // As the kernel does it after an error of the disk; files that are open for writing would hold an ordinary remount.
    await guest.run('sync; echo u >/proc/sysrq-trigger; sleep 2; ! touch /etc/written 2>/dev/null');
    const result = await runSetupIn(guest);
    expect(result.setup).toMatchObject({ value: 'failed', reason: expect.stringContaining('EROFS') });
    const { setup } = await untilVerdict(run(), { capability: 'supported', setup: 'failed' });
    expect(setup.reason).toContain('EROFS');
    await guest.run(WAITSYNC);
    await expectSameAgent(guest, agent);
    // Nothing but a reboot makes it writable again.
    await guest.reset();
    await guest.untilRebooted(boot, REBOOT_MS);
    agent = await agentPid(guest);
    await isWellAgain();
  });

  it.each([
    {
      daemon: 'phc2sys',
      start: 'systemd-run --unit lab-other phc2sys -s /dev/ptp0 -c CLOCK_REALTIME -O 0 -R 1',
      says: 'phc2sys',
    },
    {
      daemon: "NTPsec's ntpd",
      // It wants port 123 of every address, which the guest's own server has.
      start: ': >/run/ntp.conf; systemd-run --unit lab-other -p PrivateNetwork=yes ntpd -n -c /run/ntp.conf',
      says: 'ntpd',
    },
    {
      daemon: 'systemd-timesyncd',
      start: 'systemd-run --unit lab-other /usr/lib/systemd/systemd-timesyncd',
      says: 'systemd-timesyncd',
    },
    {
      daemon: 'ClockBound 3',
      start: CLOCKBOUND,
      says: 'ClockBound 3',
    },
  ])('has $daemon running: nothing of time is touched, and the reason is told', async ({ start, says }) => {
    await guest.run(UNDO);
    const before = await listConfiguration(guest);
    await guest.run(`systemctl stop lab-other 2>/dev/null; systemctl reset-failed lab-other 2>/dev/null; ${start}`);
    await guest.until('systemctl is-active --quiet lab-other', REGAINED_MS);
    const result = await runSetupIn(guest);
    expect(result.setup).toEqual({
      value: 'not_attempted',
      reason: `Nothing was configured: ${says} disciplines the system clock.`,
    });
    expect(await listConfiguration(guest)).toBe(before);
    await untilVerdict(run(), { capability: 'supported', setup: 'not_attempted' });
    await guest.run('systemctl stop lab-other; rm -f /usr/local/bin/clockbound');
    await guest.run(WAITSYNC);
    await expectSameAgent(guest, agent);
  });

  it('loses its power in the middle of the setup: the next boot finishes it, and undo is still to the byte', async () => {
    await guest.run(UNDO);
    const untouched = await listConfiguration(guest);
    const boot = await guest.run('cat /proc/sys/kernel/random/boot_id');
    // The configuration is written, chronyd was not restarted yet.
    await guest.run(`systemctl start --no-block ptp-tester-phc-setup; until [ -e ${DROP_IN} ]; do sleep 0.05; done`);
    await guest.reset();
    await guest.untilRebooted(boot, REBOOT_MS);
    agent = await agentPid(guest);
    await isWellAgain();
    await guest.run(UNDO);
    expect(await listConfiguration(guest)).toBe(untouched);
    await guest.run(WAITSYNC);
    await expectSameAgent(guest, agent);
  });

  it('has no chrony and no package lists: the setup gets it from the repository, and the PHC is followed', async () => {
    await guest.run(`mkdir -p /etc/apt/sources.list.d && echo '${REPOSITORY}' >${SOURCES} && { ${REMOVE_CHRONY}; }`);
    const result = await runSetupIn(guest);
    expect(stepOf(result, 'chrony_present').detail).toMatch(/^installed by apt-get: chronyd/);
    expect(result.setup.value).toBe('locked');
    await isWellAgain();
  });

  it('has no chrony and no way to get one: the setup says why', async () => {
    // Last: this guest has no time daemon any more.
    await guest.run(`rm -f ${SOURCES}; apt-get update -q; ${REMOVE_CHRONY}`);
    const result = await runSetupIn(guest);
    expect(result.setup.value).toBe('failed');
    expect(result.setup.reason).toMatch(/^chrony_present: chrony could not be installed: apt-get ended with \d+/);
    await untilVerdict(run(), { capability: 'supported', setup: 'failed' });
    await expectSameAgent(guest, agent);
  });

  async function isWellAgain(): Promise<void> {
    await expectWellAgain(run(), guest, agent);
  }
});

/** Of a listing: the rule that links the clock does no harm and stays. */
function ofChrony(listing: string): string {
  return listing
    .split('\n')
    .filter((line) => line.includes('chrony'))
    .join('\n');
}
