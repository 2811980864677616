import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FoundPhc } from '@ptp-tester/phc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MadeMachine, makeMachine } from '../sources/made-machine.ts';
import type { EnaDriver } from './ena-driver.ts';
import { Journal } from './journal.ts';
import { type MadeHost, makeHost, ranWell } from './made-host.ts';
import { runSetup } from './run-setup.ts';
import { gaveUpOnSelection } from './setup-result.ts';
import type { SetupContext } from './setup-step.ts';
import { CLOCK_CHANGED } from './setup-texts.ts';

const MAIN = '/etc/chrony.conf';
const AMAZON_CONFIG = 'sourcedir /etc/chrony.d\nmakestep 1.0 3\n';
const DEBIAN_CONFIG = 'confdir /etc/chrony/conf.d\nmakestep 1 3\n';
const LOCKED_CSV = '#,*,PHC0,0,0,377,0,-0.000000004,-0.000000005,0.000005020\n';
const NTP_CSV = '^,*,169.254.169.123,3,4,377,9,0.000000004,0.000000005,0.000105020\n';
const CLOCK: FoundPhc = {
  index: 0,
  devicePath: '/dev/ptp0',
  clockName: 'ena-ptp-05',
  isEna: true,
  pciAddress: '0000:00:05.0',
  interfaceNames: ['ens5'],
  errorBoundPath: null,
};
const DRIVER: EnaDriver = {
  interfaces: [{ name: 'ens5', pciAddress: '0000:00:05.0' }],
  family: 'amzn',
  version: '2.17.0g',
  compatible: true,
  phcEnable: true,
  ptpClass: true,
};

let machine: MadeMachine;
let host: MadeHost;

beforeEach(() => {
  machine = makeMachine();
  host = makeHost();
  host.answer('udevadm', '');
  host.answer('udevadm trigger', () => {
    host.answer('readlink -e /dev/ptp_ena', '/dev/ptp0\n');
    return ranWell('');
  });
  host.answer('chronyd --version', 'chronyd (chrony) version 4.3\n');
  host.answer('systemctl show --property=LoadState,Id chronyd.service', 'LoadState=loaded\nId=chronyd.service\n');
  host.answer('systemctl', '');
  host.answer('chronyc -c -n sources', LOCKED_CSV);
  host.answer('chronyc -n sources', '#* PHC0\n');
  host.answer('chronyc waitsync', '');
});
afterEach(() => machine.remove());

/** The configuration lies in memory, where setup writes, and in the tree, where the agent's reader looks. */
function configure(path: string, text: string): void {
  host.files.set(path, { bytes: new TextEncoder().encode(text), mode: 0o644 });
  mkdirSync(dirname(join(machine.root, path)), { recursive: true });
  writeFileSync(join(machine.root, path), text);
}

async function contextWith(change: Partial<SetupContext> = {}): Promise<SetupContext> {
  const journal = new Journal('/var/lib/ptp-tester-setup/journal.json', host);
  await journal.read();
  return {
    plan: { enable_phc: 'auto', configure_chrony: true },
    ownReadsPerS: 12,
    folder: '/var/lib/ptp-tester-setup',
    undoCommand: '/opt/ptp-tester/agent undo --chrony-only',
    host,
    journal,
    roots: machine.roots,
    readDriver: () => DRIVER,
    findClock: () => CLOCK,
    earlier: null,
    clock: null,
    restartNeeded: false,
    whyNotEnabled: null,
    ...change,
  };
}

const textOf = (path: string) => new TextDecoder().decode(host.files.get(path)?.bytes);
const snapshot = () =>
  new Map([...host.files].map(([path, { bytes }]) => [path, Buffer.from(bytes).toString('base64')]));

describe('setup', () => {
  it('gives an Amazon Linux configuration a marked block, since a source folder may hold no refclock', async () => {
    configure(MAIN, AMAZON_CONFIG);
    const result = await runSetup(await contextWith(), 'boot');
    expect(result.setup.value).toBe('locked');
    expect(textOf(MAIN)).toBe(
      `${AMAZON_CONFIG}# ptp-tester begin: removed by "agent undo"\nrefclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer refid PHC0\n# ptp-tester end\n`,
    );
    expect(textOf('/etc/udev/rules.d/61-ptp-tester-ena.rules')).toContain('KERNELS=="0000:00:05.0"');
    expect(host.ran).toContain('systemctl restart chronyd.service');
  });

  it('uses a drop-in where the main file has a folder for them', async () => {
    configure(MAIN, DEBIAN_CONFIG);
    await runSetup(await contextWith(), 'boot');
    expect(textOf(MAIN)).toBe(DEBIAN_CONFIG);
    expect(textOf('/etc/chrony/conf.d/ptp-tester.conf')).toContain('refclock PHC /dev/ptp_ena poll 0');
  });

  it('changes nothing the second time, and restarts nothing', async () => {
    configure(MAIN, AMAZON_CONFIG);
    await runSetup(await contextWith(), 'boot');
    configure(MAIN, textOf(MAIN));
    const before = snapshot();
    host.ran.length = 0;
    const again = await runSetup(await contextWith(), 'boot');
    expect(again.steps.map(({ name, outcome }) => [name, outcome])).toEqual(
      again.steps.map(({ name }) => [name, 'unchanged']),
    );
    expect(snapshot()).toEqual(before);
    expect(host.ran.filter((line) => / restart | trigger /.test(line))).toEqual([]);
  });

  it('takes the link back from another clock of that name, and restarts the chronyd that was started with it', async () => {
    configure(MAIN, AMAZON_CONFIG);
    await runSetup(await contextWith(), 'boot');
    configure(MAIN, textOf(MAIN));
    host.ran.length = 0;
    host.answer('readlink -e /dev/ptp_ena', '/dev/ptp1\n');
    const { setup, steps } = await runSetup(await contextWith(), 'boot');
    expect(setup.value).toBe('locked');
    expect(steps.filter(({ outcome }) => outcome === 'changed').map(({ name }) => name)).toEqual([
      'udev_rule',
      'chrony_restart',
    ]);
  });

  it('fails where the link stays with another clock: chronyd would not follow the one that is measured', async () => {
    configure(MAIN, AMAZON_CONFIG);
    host.answer('udevadm trigger', '');
    host.answer('readlink -e /dev/ptp_ena', '/dev/ptp1\n');
    const { setup } = await runSetup(await contextWith(), 'boot');
    expect(setup).toMatchObject({ value: 'failed', reason: expect.stringContaining('does not lead to /dev/ptp0') });
    expect(textOf(MAIN)).toBe(AMAZON_CONFIG);
  });

  it('restarts a chronyd that does not follow the PHC although nothing was changed, as after a driver reload', async () => {
    configure(MAIN, AMAZON_CONFIG);
    await runSetup(await contextWith(), 'boot');
    configure(MAIN, textOf(MAIN));
    host.ran.length = 0;
    host.answer('chronyc -c -n sources', () =>
      ranWell(host.ran.includes('systemctl restart chronyd.service') ? LOCKED_CSV : NTP_CSV),
    );
    const { setup, steps } = await runSetup(await contextWith(), 'boot');
    expect(setup.value).toBe('locked');
    expect(steps.filter(({ outcome }) => outcome === 'changed').map(({ name }) => name)).toEqual(['chrony_restart']);
  });

  it.each([
    { what: 'has another device open, or one that is gone', held: '', csv: LOCKED_CSV },
    { what: 'had no sample at its last poll', held: '/proc/77/fd/5\n', csv: LOCKED_CSV.replace('377', '376') },
  ])('restarts a chronyd that still shows the PHC as selected and $what', async ({ held, csv }) => {
    configure(MAIN, AMAZON_CONFIG);
    await runSetup(await contextWith(), 'boot');
    configure(MAIN, textOf(MAIN));
    host.ran.length = 0;
    const isRestarted = () => host.ran.includes('systemctl restart chronyd.service');
    host.answer('systemctl show --property=MainPID', '77\n');
    host.answer('find /proc/77/fd -lname /dev/ptp0', () => ranWell(isRestarted() ? '/proc/77/fd/5\n' : held));
    host.answer('chronyc -c -n sources', () => ranWell(isRestarted() ? LOCKED_CSV : csv));
    const { steps } = await runSetup(await contextWith(), 'boot');
    expect(steps.filter(({ outcome }) => outcome === 'changed').map(({ name }) => name)).toEqual(['chrony_restart']);
  });

  it('restores every byte by its journal, also after two setups and in another process', async () => {
    configure(MAIN, `${AMAZON_CONFIG}# \u00e9 without a newline at its end`);
    const before = snapshot();
    await runSetup(await contextWith(), 'boot');
    configure(MAIN, textOf(MAIN));
    await runSetup(await contextWith({ ownReadsPerS: 70 }), 'boot');
    const { journal } = await contextWith();
    await journal.undo(['driver', 'device', 'chrony']);
    expect(snapshot()).toEqual(before);
  });

  it('puts the previous configuration back and waits for synchronisation when the PHC is not selected in time', async () => {
    configure(MAIN, AMAZON_CONFIG);
    host.answer('chronyc -c -n sources', NTP_CSV);
    host.answer('chronyc -n sources', '^* 169.254.169.123\n');
    const { setup } = await runSetup(await contextWith(), 'boot');
    expect(setup.value).toBe('rolled_back');
    expect(setup.reason).toContain('after 90 s chronyd follows 169.254.169.123 (reach 377)');
    expect(textOf(MAIN)).toBe(AMAZON_CONFIG);
    expect(host.files.has('/etc/systemd/system/chronyd.service.d/ptp-tester.conf')).toBe(false);
    expect(host.ran.at(-1)).toBe('chronyc waitsync 120 0 0 1');
  });

  it('tells a PHC that was not selected in time from other rollbacks, and has it when it is run again', async () => {
    configure(MAIN, AMAZON_CONFIG);
    host.answer('chronyc -c -n sources', NTP_CSV);
    const first = await runSetup(await contextWith(), 'boot');
    expect(gaveUpOnSelection(first)).toBe(true);
    host.answer('chronyc -c -n sources', LOCKED_CSV);
    const second = await runSetup(await contextWith({ earlier: first.setup }), 'boot');
    expect([second.setup.value, gaveUpOnSelection(second)]).toEqual(['locked', false]);
    configure(MAIN, textOf(MAIN));
    const gone = await runSetup(await contextWith({ findClock: () => undefined }), 'boot');
    expect([gone.setup.value, gaveUpOnSelection(gone)]).toEqual(['rolled_back', false]);
  });

  it('puts it back when chronyd does not come up, and says so when the old one does not come up either', async () => {
    configure(MAIN, AMAZON_CONFIG);
    host.answer('systemctl restart', { kind: 'ran', exitCode: 1, output: 'Job failed' });
    host.answer('journalctl', 'Could not open PHC\n');
    const { setup } = await runSetup(await contextWith(), 'boot');
    expect(setup).toEqual({ value: 'failed', reason: expect.stringContaining('does not work either') });
    expect(textOf(MAIN)).toBe(AMAZON_CONFIG);
  });

  it('touches nothing of time where something else disciplines the clock', async () => {
    configure(MAIN, AMAZON_CONFIG);
    host.processLines = ['/usr/lib/systemd/systemd-timesyncd'];
    const before = snapshot();
    const { setup } = await runSetup(await contextWith(), 'boot');
    expect(setup).toEqual({
      value: 'not_attempted',
      reason: 'Nothing was configured: systemd-timesyncd disciplines the system clock.',
    });
    expect(snapshot()).toEqual(before);
  });

  it('touches nothing of chrony without a PHC', async () => {
    configure(MAIN, AMAZON_CONFIG);
    const { setup, steps } = await runSetup(await contextWith({ findClock: () => undefined }), 'boot');
    expect(setup.value).toBe('not_attempted');
    expect(steps.at(-1)?.name).toBe('device');
    expect(textOf(MAIN)).toBe(AMAZON_CONFIG);
  });

  it('gives chronyd its previous configuration back when the PHC went away', async () => {
    configure(MAIN, AMAZON_CONFIG);
    await runSetup(await contextWith(), 'boot');
    configure(MAIN, textOf(MAIN));
    host.ran.length = 0;
    const { setup } = await runSetup(await contextWith({ findClock: () => undefined }), 'boot');
    expect(setup).toEqual({ value: 'rolled_back', reason: expect.stringMatching(/^The PHC went away: /) });
    expect(textOf(MAIN)).toBe(AMAZON_CONFIG);
    expect(host.ran).toContain('systemctl restart chronyd.service');
    expect(host.ran.at(-1)).toBe('chronyc waitsync 120 0 0 1');
  });

  it('keeps saying that it was rolled back while the PHC stays away, whoever put the configuration back', async () => {
    configure(MAIN, AMAZON_CONFIG);
    const reason = 'The PHC was missing when chronyd started; the previous configuration is back.';
    const earlier = { value: 'rolled_back', reason } as const;
    const { setup } = await runSetup(await contextWith({ findClock: () => undefined, earlier }), 'boot');
    expect(setup).toEqual(earlier);
    expect((await runSetup(await contextWith({ earlier }), 'boot')).setup.value).toBe('locked');
  });

  it('takes back what udev asked for before it looks for the clock, so that only what comes later starts it again', async () => {
    configure(MAIN, AMAZON_CONFIG);
    await host.writeFile(CLOCK_CHANGED, new Uint8Array());
    let wasThere = true;
    const findClock = () => {
      if (host.ran.some((line) => line.startsWith('udevadm settle'))) wasThere &&= host.files.has(CLOCK_CHANGED);
      return CLOCK;
    };
    await runSetup(await contextWith({ findClock }), 'boot');
    expect(wasThere).toBe(false);
  });

  it('keeps what chronyd needs undone when chronyd undoes its part while the setup runs', async () => {
    configure(MAIN, AMAZON_CONFIG);
    await runSetup(await contextWith(), 'boot');
    configure(MAIN, textOf(MAIN));
    const context = await contextWith();
    // chronyd is started without the device, while the driver is loaded again.
    await (await contextWith()).journal.undo(['chrony']);
    configure(MAIN, textOf(MAIN));
    await runSetup(context, 'boot');
    expect(textOf(MAIN)).toContain('refclock PHC /dev/ptp_ena');
    await (await contextWith()).journal.undo(['chrony']);
    expect(textOf(MAIN)).toBe(AMAZON_CONFIG);
  });

  it('leaves a chronyd that was started a moment ago the time to select the PHC', async () => {
    configure(MAIN, AMAZON_CONFIG);
    await runSetup(await contextWith(), 'boot');
    configure(MAIN, textOf(MAIN));
    host.ran.length = 0;
    const begunMs = host.monotonicMs();
    const tookMs = 40_000;
    await host.writeFile('/proc/uptime', new TextEncoder().encode('100.00 200.00\n'));
    host.answer('systemctl show --property=ActiveEnterTimestampMonotonic', '95000000\n');
    host.answer('chronyc -c -n sources', () => ranWell(host.monotonicMs() - begunMs < tookMs ? NTP_CSV : LOCKED_CSV));
    await runSetup(await contextWith(), 'boot');
    expect(host.ran).not.toContain('systemctl restart chronyd.service');
    host.answer('systemctl show --property=ActiveEnterTimestampMonotonic', '5000000\n');
    host.answer('chronyc -c -n sources', () =>
      ranWell(host.ran.includes('systemctl restart chronyd.service') ? LOCKED_CSV : NTP_CSV),
    );
    const { setup } = await runSetup(await contextWith(), 'boot');
    expect(host.ran).toContain('systemctl restart chronyd.service');
    expect(setup.value).toBe('locked');
  });

  it('reports what a package manager says that cannot install chrony', async () => {
    host.answer('chronyd --version', { kind: 'absent' });
    host.answer('env DEBIAN_FRONTEND', { kind: 'ran', exitCode: 100, output: 'E: Unable to fetch some archives' });
    const { setup } = await runSetup(await contextWith(), 'boot');
    expect(setup).toEqual({
      value: 'failed',
      reason: expect.stringContaining('apt-get ended with 100: E: Unable to fetch some archives'),
    });
  });

  it('installs chrony also where the machine has no package lists yet', async () => {
    configure(MAIN, AMAZON_CONFIG);
    const apt = 'env DEBIAN_FRONTEND=noninteractive apt-get -y -q';
    let [hasLists, isInstalled] = [false, false];
    host.answer('chronyd --version', () => {
      return isInstalled ? { kind: 'ran', exitCode: 0, output: 'chronyd 4.6' } : { kind: 'absent' };
    });
    host.answer(`${apt} update`, () => {
      hasLists = true;
      return { kind: 'ran', exitCode: 0, output: '' };
    });
    host.answer(`${apt} install`, () => {
      isInstalled = hasLists;
      return {
        kind: 'ran',
        exitCode: hasLists ? 0 : 100,
        output: hasLists ? '' : 'E: Unable to locate package chrony',
      };
    });
    const { steps, setup } = await runSetup(await contextWith(), 'boot');
    expect(steps.find(({ name }) => name === 'chrony_present')).toMatchObject({
      outcome: 'changed',
      detail: 'installed by apt-get: chronyd 4.6',
    });
    expect(setup.value).toBe('locked');
  });

  it('ends with the reason on a read-only disk, and leaves no time sync behind that was not there', async () => {
    configure(MAIN, AMAZON_CONFIG);
    host.readOnly.add('/var/lib/ptp-tester-setup/journal.json');
    const { setup } = await runSetup(await contextWith(), 'boot');
    expect(setup.value).toBe('failed');
    expect(setup.reason).toContain('EROFS');
    expect(textOf(MAIN)).toBe(AMAZON_CONFIG);
  });

  it('leaves a refclock line of somebody else alone', async () => {
    configure(MAIN, `${AMAZON_CONFIG}refclock PHC /dev/ptp_ena poll 2\n`);
    const before = textOf(MAIN);
    const { steps } = await runSetup(await contextWith(), 'boot');
    expect(textOf(MAIN)).toBe(before);
    expect(steps.find(({ name }) => name === 'chrony_config')?.outcome).toBe('unchanged');
  });

  it.each([
    { line: 'refclock PHC /dev/ptp_ena poll 2 refid ENA', name: 'ENA' },
    { line: 'refclock PHC /dev/ptp0 poll 2', name: 'PHC0' },
    { line: 'refclock SHM 0\nrefclock PHC /dev/ptp0 poll 2', name: 'PHC1' },
  ])('adds no second refclock on the device of "$line", and waits for $name', async ({ line, name }) => {
    const devicePath = join(machine.roots.dev, 'ptp0');
    machine.file('dev/ptp0', '');
    machine.link('dev/ptp_ena', 'dev/ptp0');
    host.answer('udevadm trigger', '');
    host.answer('readlink -e /dev/ptp_ena', `${devicePath}\n`);
    host.answer('chronyc -c -n sources', LOCKED_CSV.replace('PHC0', name));
    const text = `${AMAZON_CONFIG}${line}\n`;
    configure(MAIN, text);
    const { setup } = await runSetup(await contextWith({ findClock: () => ({ ...CLOCK, devicePath }) }), 'boot');
    expect([setup.value, textOf(MAIN)]).toEqual(['locked', text]);
  });

  it('adds its own where the refclock of somebody else is another clock', async () => {
    configure(MAIN, `${AMAZON_CONFIG}refclock PHC /dev/ptp1 refid KVM\n`);
    const { setup } = await runSetup(await contextWith(), 'boot');
    expect(setup.value).toBe('locked');
    expect(textOf(MAIN)).toContain('refclock PHC /dev/ptp_ena');
  });

  it('does not go on by a journal that is none', async () => {
    host.files.set('/var/lib/ptp-tester-setup/journal.json', { bytes: new TextEncoder().encode('{}'), mode: 0o600 });
    await expect(contextWith()).rejects.toThrow('is not a journal of this version');
  });
});
