import { afterEach, beforeEach, expect, it } from 'vitest';
import { readChronyPhc } from './chrony-phc.ts';
import { type MadeMachine, makeMachine } from './made-machine.ts';
import { readChronyConfig } from './read-chrony-config.ts';

let machine: MadeMachine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

it('is null without a configuration', () => {
  expect(readChronyConfig(machine.roots)).toBeNull();
});

it('has included files in the place of the directive, in chronyd’s order', () => {
  machine.file(
    'etc/chrony.conf',
    'driftfile x\ninclude /etc/more/*.conf\nconfdir /etc/b /etc/a\nsourcedir /run/chrony.d\nend\n',
  );
  machine.file('etc/more/2.conf', 'two');
  machine.file('etc/more/1.conf', 'one\nconfdir /etc/nested');
  machine.file('etc/nested/n.conf', 'nested');
  machine.file('etc/a/x.conf', 'not this x: the folder named first wins');
  machine.file('etc/b/x.conf', 'x of b');
  machine.file('etc/a/a.conf', 'a of a');
  machine.file('etc/a/ignored.txt', 'no');
  machine.file('run/chrony.d/ec2.sources', 'server 169.254.169.123 prefer iburst');
  const config = readChronyConfig(machine.roots);
  expect(config?.text.split('\n')).toEqual([
    'driftfile x',
    'one',
    'nested',
    'two',
    'a of a',
    'x of b',
    'server 169.254.169.123 prefer iburst',
    'end',
    '',
  ]);
});

it('ends with a configuration that includes itself', () => {
  machine.file('etc/chrony/chrony.conf', 'line\ninclude /etc/chrony/chrony.conf\n');
  expect(
    readChronyConfig(machine.roots)
      ?.text.split('\n')
      .filter((line) => line === 'line').length,
  ).toBe(10);
});

it('knows the PHC under the names and rates of the refclocks on this device', () => {
  machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp1' });
  machine.link('dev/ptp_ena', 'dev/ptp1');
  const lines = [
    'refclock PHC /dev/ptp0 poll 0',
    'refclock PHC /dev/ptp_ena dpoll 2 poll 2',
    'refclock PHC ens5 refid ENA poll 0',
  ];
  machine.file('etc/chrony.conf', `${lines.join('\n')}\n`);
  const phc = {
    index: 1,
    devicePath: `${machine.roots.dev}/ptp1`,
    clockName: 'ena-ptp-05',
    isEna: true,
    pciAddress: '0000:00:05.0',
    interfaceNames: ['ens5'],
    errorBoundPath: null,
  };
  expect(readChronyPhc(phc, machine.roots)).toEqual({ names: ['PHC1', 'ENA'], readsPerSecond: 31.25 });
  expect(readChronyPhc(undefined, machine.roots)).toEqual({ names: [], readsPerSecond: 0 });
});
