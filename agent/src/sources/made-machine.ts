/** Only for tests: a folder laid out as the kernel lays out /proc, /sys and /dev, symbolic links included, and clocks under control. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { ClockReader } from './clock-reader.ts';
import type { MachineRoots } from './machine-roots.ts';

interface MadeEna {
  readonly pci: string;
  readonly interfaceName: string;
  /** `ptp0`: the device has a clock. */
  readonly ptp?: string;
  readonly bound?: string;
}

export interface MadeMachine {
  readonly root: string;
  readonly roots: MachineRoots;
  file(path: string, text: string | Uint8Array): void;
  link(path: string, target: string): void;
  /** A PCI device with an ENA network interface, and with a clock where `ptp` names one. */
  ena(device: MadeEna): void;
  /** That PCI device registers a clock. */
  clock(pci: string, ptp: string): void;
  /** Its driver lets the clock go: sysfs and /dev have it no more. */
  withoutClock(ptp: string): void;
  remove(): void;
}

export function makeMachine(): MadeMachine {
  const root = mkdtempSync(join(tmpdir(), 'made-machine-'));
  const at = (path: string) => join(root, path);

  function file(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }

  function link(path: string, target: string): void {
    mkdirSync(dirname(at(path)), { recursive: true });
    symlinkSync(relative(dirname(at(path)), at(target)), at(path));
  }

  function ena(device: MadeEna): void {
    const pci = `sys/devices/pci0000:00/${device.pci}`;
    const net = `${pci}/net/${device.interfaceName}`;
    file(`${net}/address`, '02:00:00:00:00:01\n');
    mkdirSync(at('sys/bus/pci/drivers/ena'), { recursive: true });
    link(`${pci}/driver`, 'sys/bus/pci/drivers/ena');
    link(`${net}/device`, pci);
    link(`sys/class/net/${device.interfaceName}`, net);
    mkdirSync(at('sys/class/ptp'), { recursive: true });
    if (device.bound !== undefined) file(`${pci}/phc_error_bound`, device.bound);
    if (device.ptp !== undefined) clock(device.pci, device.ptp);
  }

  function clock(pciAddress: string, ptp: string): void {
    const pci = `sys/devices/pci0000:00/${pciAddress}`;
    file(`${pci}/ptp/${ptp}/clock_name`, 'ena-ptp-05\n');
    link(`${pci}/ptp/${ptp}/device`, pci);
    link(`sys/class/ptp/${ptp}`, `${pci}/ptp/${ptp}`);
    // No device node can be made without root: a file that opens, and is no PTP clock.
    file(`dev/${ptp}`, '');
  }

  function withoutClock(ptp: string): void {
    for (const path of [`sys/class/ptp/${ptp}`, `dev/${ptp}`]) rmSync(at(path));
  }

  const roots = { proc: at('proc'), sys: at('sys'), dev: at('dev'), etc: at('etc') };
  return {
    root,
    roots,
    file,
    link,
    ena,
    clock,
    withoutClock,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export interface SetClocks extends ClockReader {
  /** Both clocks go on. */
  advance(ns: number): void;
  /** Only the system clock jumps. */
  step(ns: number): void;
}

/** Clocks that stand still until told: CLOCK_REALTIME at `at`, CLOCK_MONOTONIC_RAW at 1000 s. */
export function makeClocks(at = 1_795_000_000_000_000_000n): SetClocks {
  let realtimeNs = at;
  let rawNs = 1_000_000_000_000n;
  return {
    readTriple: () => ({ rawBeforeNs: rawNs - 40n, realtimeNs, rawAfterNs: rawNs + 60n }),
    advance: (ns) => {
      realtimeNs += BigInt(ns);
      rawNs += BigInt(ns);
    },
    step: (ns) => {
      realtimeNs += BigInt(ns);
    },
  };
}
