import { afterEach, beforeEach, expect, it } from 'vitest';
import { CurrentPhc } from './current-phc.ts';
import { type MadeMachine, makeMachine } from './made-machine.ts';

const SECOND_NS = 1_000_000_000n;
let machine: MadeMachine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

it('finds a PHC and a refclock that come after the sources were opened', () => {
  const current = new CurrentPhc(machine.roots);
  expect(current.at(0n)).toEqual({ phc: undefined, names: [], readsPerSecond: 0 });
  machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp1', bound: '14000\n' });
  machine.link('dev/ptp_ena', 'dev/ptp1');
  machine.file('etc/chrony.conf', 'refclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer refid PHC0\n');
  expect(current.at(29n * SECOND_NS).names).toEqual([]);
  expect(current.at(30n * SECOND_NS)).toMatchObject({
    phc: { index: 1, interfaceNames: ['ens5'] },
    names: ['PHC0'],
    readsPerSecond: 25,
  });
});

it('knows the bound of the last reading for as long as it is asked for', () => {
  const current = new CurrentPhc(machine.roots);
  expect(current.boundWithin(10n, 100n)).toBeNull();
  current.bounded(14_000, 90n);
  expect(current.boundWithin(10n, 100n)).toBe(14_000);
  expect(current.boundWithin(10n, 101n)).toBeNull();
});

it('that looks again after a device came or went knows the other device at once, and none of the bounds of the last', () => {
  const current = new CurrentPhc(machine.roots);
  expect(current.at(0n).phc).toBeUndefined();
  current.bounded(14_000, 1n);
  machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp1' });
  expect(current.lookAgain(1n).phc).toMatchObject({ index: 1 });
  expect(current.at(2n).phc).toMatchObject({ index: 1 });
  expect(current.boundWithin(10n, 2n)).toBeNull();
});
