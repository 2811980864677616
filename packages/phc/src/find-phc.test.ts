/** Finding clocks in trees that are laid out as the kernel lays out /sys, symbolic links included. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { choosePhc, findPhcs, readPtpEnaLink } from './find-phc.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find-phc-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function file(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(relative(dirname(join(root, path)), join(root, target)), join(root, path));
}

/** A PCI device with a network interface and, where a ptp name is given, a clock. */
function eni(options: { pci: string; interfaceName: string; ptp?: string; clockName?: string; bound?: string }): void {
  const device = `sys/devices/pci0000:00/${options.pci}`;
  const net = `${device}/net/${options.interfaceName}`;
  file(`${net}/address`, '02:00:00:00:00:01\n');
  link(`${net}/device`, device);
  link(`sys/class/net/${options.interfaceName}`, net);
  if (options.bound !== undefined) file(`${device}/phc_error_bound`, options.bound);
  if (options.ptp === undefined) return;
  file(`${device}/ptp/${options.ptp}/clock_name`, `${options.clockName ?? 'ena-ptp-05'}\n`);
  link(`${device}/ptp/${options.ptp}/device`, device);
  link(`sys/class/ptp/${options.ptp}`, `${device}/ptp/${options.ptp}`);
}

function kvmClock(ptp: string): void {
  file(`sys/devices/virtual/ptp/${ptp}/clock_name`, 'KVM virtual PTP\n');
  link(`sys/class/ptp/${ptp}`, `sys/devices/virtual/ptp/${ptp}`);
}

function find() {
  return findPhcs({ sysRoot: join(root, 'sys'), devRoot: join(root, 'dev') });
}

test('the clock of an ENA interface is found with its device, interface and error bound', () => {
  eni({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0', bound: '14000\n' });
  expect(find()).toEqual([
    {
      index: 0,
      devicePath: join(root, 'dev/ptp0'),
      clockName: 'ena-ptp-05',
      isEna: true,
      pciAddress: '0000:00:05.0',
      interfaceNames: ['ens5'],
      errorBoundPath: join(root, 'sys/devices/pci0000:00/0000:00:05.0/phc_error_bound'),
    },
  ]);
});

test('a KVM clock at index 0 is listed but never chosen', () => {
  kvmClock('ptp0');
  eni({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp1' });
  const found = find();
  expect(found.map((phc) => [phc.index, phc.isEna, phc.pciAddress])).toEqual([
    [0, false, null],
    [1, true, '0000:00:05.0'],
  ]);
  expect(choosePhc(found)?.devicePath).toBe(join(root, 'dev/ptp1'));
});

test('several interfaces whose clocks have the same name are told apart by the PCI device', () => {
  eni({ pci: '0000:38:00.0', interfaceName: 'ens38', ptp: 'ptp0', clockName: 'ena-ptp-00' });
  eni({ pci: '0000:37:00.0', interfaceName: 'ens37', ptp: 'ptp10', clockName: 'ena-ptp-00' });
  const found = find();
  expect(found.map((phc) => [phc.index, ...phc.interfaceNames])).toEqual([
    [0, 'ens38'],
    [10, 'ens37'],
  ]);
  expect(choosePhc(found)?.interfaceNames).toEqual(['ens37']);
  expect(choosePhc(found, 'ens38')?.index).toBe(0);
  expect(choosePhc(found, 'ens99')?.index).toBe(10);
});

test('an interface without a clock and a driver without an error bound are no obstacle', () => {
  eni({ pci: '0000:00:05.0', interfaceName: 'ens5' });
  eni({ pci: '0000:00:06.0', interfaceName: 'ens6', ptp: 'ptp0', clockName: 'ena-ptp-06' });
  expect(find()).toMatchObject([{ interfaceNames: ['ens6'], errorBoundPath: null }]);
});

test('a clock whose device link is missing is found without PCI address and interface', () => {
  file('sys/devices/virtual/ptp/ptp0/clock_name', 'ena-ptp-05\n');
  link('sys/class/ptp/ptp0', 'sys/devices/virtual/ptp/ptp0');
  expect(find()).toMatchObject([{ isEna: true, pciAddress: null, interfaceNames: [], errorBoundPath: null }]);
});

test('a clock whose folder went away between listing and reading is left out', () => {
  link('sys/class/ptp/ptp0', 'sys/devices/virtual/ptp/ptp0');
  expect(find()).toEqual([]);
});

test('a machine without any clock, or without sysfs, has none', () => {
  expect(find()).toEqual([]);
  mkdirSync(join(root, 'sys/class/ptp'), { recursive: true });
  expect(find()).toEqual([]);
  expect(choosePhc([])).toBeUndefined();
});

test('the link of the udev rule is reported as it is written', () => {
  const paths = { devRoot: join(root, 'dev') };
  expect(readPtpEnaLink(paths)).toBe(null);
  mkdirSync(join(root, 'dev'));
  symlinkSync('ptp0', join(root, 'dev/ptp_ena'));
  expect(readPtpEnaLink(paths)).toBe('ptp0');
});
