import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EnaDriver } from './ena-driver.ts';
import { decideEnable, type EnableFacts } from './enable-phc.ts';
import { type LastReload, type ReloadOutcome, reloadScript } from './reload-driver.ts';
import { refclockLine, SETUP_UNIT, udevRule } from './setup-texts.ts';
import { unitFiles } from './setup-units.ts';
import { otherTimeDaemons } from './time-daemons.ts';

const DRIVER: EnaDriver = {
  interfaces: [{ name: 'ens5', pciAddress: '0000:00:05.0' }],
  family: 'amzn',
  version: '2.17.0g',
  compatible: true,
  phcEnable: false,
  ptpClass: true,
};

const MAINLINE: Partial<EnaDriver> = { family: 'mainline', phcEnable: null, version: '6.18.1' };

function earlier(outcome: ReloadOutcome, inThisBoot = false): LastReload {
  return { outcome, inThisBoot };
}

describe('whether to enable the PHC', () => {
  const cases: { what: string; driver?: Partial<EnaDriver>; facts?: Partial<EnableFacts>; how: string }[] = [
    { what: 'amzn-drivers with PHC off', how: 'module' },
    { what: 'mainline', driver: MAINLINE, how: 'devlink' },
    { what: 'a clock that is there', facts: { hasClock: true }, how: 'not' },
    { what: 'a plan that says never', facts: { wanted: 'never' }, how: 'not' },
    { what: 'a driver built without PHC', driver: { phcEnable: null }, how: 'not' },
    { what: 'a driver too old', driver: { compatible: false, version: '2.9.1g' }, how: 'not' },
    { what: 'PHC on, and no clock', driver: { phcEnable: true }, how: 'not' },
    { what: 'an earlier reload that went well', facts: { earlier: earlier('enabled', true) }, how: 'module' },
    { what: 'an earlier reload that cost the network', facts: { earlier: earlier('undone') }, how: 'not' },
    { what: 'an earlier reload that ended in a reboot', facts: { earlier: earlier('rebooted') }, how: 'not' },
    {
      what: 'mainline, set in this boot without a clock',
      driver: MAINLINE,
      facts: { earlier: earlier('enabled', true) },
      how: 'not',
    },
    { what: 'mainline, set in another boot', driver: MAINLINE, facts: { earlier: earlier('enabled') }, how: 'devlink' },
    { what: 'no ENA at all', driver: { family: 'none', version: null, interfaces: [] }, how: 'not' },
  ];
  it.each(cases)('$what', ({ driver, facts, how }) => {
    const asked: EnableFacts = { driver: DRIVER, hasClock: false, wanted: 'auto', earlier: null };
    const decision = decideEnable({ ...asked, driver: { ...DRIVER, ...driver }, ...facts });
    expect(decision.how).toBe(how);
  });

  it('reloads under a watchdog: first with PHC, then without, and at last by a reboot whose configuration is without', () => {
    const lines = reloadScript('/setup/driver-reload', {
      take: ['take'],
      bring: ['bring'],
      disable: ['disable'],
      forget: ['forget'],
    }).split('\n');
    const order = [
      'bring',
      `up && { end "enabled $(cat /proc/sys/kernel/random/boot_id)"; exit 0; }`,
      'disable',
      'end undone; exit 3',
      'end rebooted',
    ];
    const places = order.map((line) => lines.indexOf(line));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(lines.slice(-3)).toEqual(['forget', 'end rebooted', 'systemctl reboot']);
  });

  it('a driver that cannot be unloaded is without PHC at the next boot too, run by a real shell', () => {
    const folder = mkdtempSync(join(tmpdir(), 'reload-'));
    try {
      const did = (what: string) => `echo ${what} >>${folder}/did`;
      const script = reloadScript(join(folder, 'driver-reload'), {
        take: ['false'],
        bring: [did('bring')],
        disable: [did('disable')],
        forget: [did('forget')],
      });
      // The whole machine's disks are not this test's business, nor are its routes.
      const shell = `sync() { :; }\nip() { :; }\n${script}`;
      expect(() => execFileSync('/bin/sh', ['-c', shell])).toThrow(expect.objectContaining({ status: 5 }));
      expect(readFileSync(join(folder, 'driver-reload'), 'utf8')).toBe('not_removable\n');
      expect(readFileSync(join(folder, 'did'), 'utf8')).toBe('disable\nforget\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the refclock line', () => {
  it('is the seed line where there is room for 25 readings a second', () => {
    expect(refclockLine(12)).toBe('refclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer refid PHC0');
  });

  it('raises poll with dpoll, for poll alone saves no reading', () => {
    expect(refclockLine(60)).toBe('refclock PHC /dev/ptp_ena poll 1 dpoll 1 delay 0.000010 prefer refid PHC0');
    expect(refclockLine(72)).toBe('refclock PHC /dev/ptp_ena poll 4 dpoll 4 delay 0.000010 prefer refid PHC0');
  });
});

it('gives the link to the clock by its PCI device, and asks for the setup when any ENA clock comes, or the one with the link goes', () => {
  const rule = udevRule({ clockName: 'ena-ptp-00', pciAddress: '0000:37:00.0' });
  expect(rule.split('\n').slice(1)).toEqual([
    'SUBSYSTEM=="ptp", ATTR{clock_name}=="ena-ptp-00", KERNELS=="0000:37:00.0", SYMLINK+="ptp_ena", OPTIONS+="link_priority=100", TAG+="systemd"',
    'SUBSYSTEM=="ptp", ACTION=="add", ATTR{clock_name}=="ena-ptp-*", RUN+="/bin/touch /run/ptp-tester-clock-changed"',
    'SUBSYSTEM=="ptp", ACTION=="remove", ENV{DEVLINKS}=="*/dev/ptp_ena*", RUN+="/bin/touch /run/ptp-tester-clock-changed"',
    '',
  ]);
});

it('is started by what exists, also when it comes while it runs, and takes that back before all else', () => {
  const files = unitFiles({ agentPath: '/opt/ptp-tester/agent', configPath: '/etc/ptp-tester/agent.json' });
  const requests = ['/run/ptp-tester/setup-wanted', '/run/ptp-tester-clock-changed'];
  const lines = files['ptp-tester-phc-setup.path']?.split('\n') ?? [];
  expect(lines.filter((line) => line.startsWith('Path'))).toEqual(requests.map((path) => `PathExists=${path}`));
  expect(files[SETUP_UNIT]).toContain(
    `ExecStartPre=/bin/rm -f ${requests.join(' ')}\nExecStart=/opt/ptp-tester/agent setup`,
  );
});

describe('other time daemons', () => {
  const cases: [string, string | null, string[]][] = [
    ['/usr/sbin/ntpd -u ntp:ntp -g', null, ['ntpd']],
    ['/usr/lib/systemd/systemd-timesyncd', null, ['systemd-timesyncd']],
    ['phc2sys -s /dev/ptp0 -c CLOCK_REALTIME -O 0', null, ['phc2sys']],
    ['phc2sys -s /dev/ptp0 --free_running 1', null, []],
    ['/usr/sbin/chronyd -F 2', null, []],
    ['clockbound -r PHC0', 'clockbound 2.0.3', []],
    ['clockbound', 'clockbound 3.0.0', ['ClockBound 3']],
    ['clockbound', null, ['ClockBound 3']],
    ['vim ntpd', null, []],
  ];
  it.each(cases)('%s', (line, clockBound, found) => {
    expect(otherTimeDaemons([line], clockBound)).toEqual(found);
  });
});
