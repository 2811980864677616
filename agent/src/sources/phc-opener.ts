/** Opens the PHC that a plan asks for: the machine's ENA device, or the simulated one when the plan says so, and only then. */
import { ERRNO, errnoName, type NativeClocks } from '@ptp-tester/native';
import {
  choosePhc,
  type FoundPhc,
  findPhcs,
  openPhcDevice,
  type PhcClock,
  readErrorBound,
  SimulatedPhc,
} from '@ptp-tester/phc';
import type { PhcSourcePlan } from '@ptp-tester/wire';
import { type ClockReader, readPair } from './clock-reader.ts';
import type { MachineRoots } from './machine-roots.ts';

/** Which clock of the machine it is: neither says it alone, for numbers are given anew and a name is not unique. */
export interface PhcPlace {
  /** `/dev/ptp0`; null for the simulation. */
  readonly devicePath: string | null;
  /** `0000:00:05.0`; null for a clock without a PCI device. */
  readonly pciAddress: string | null;
}

export interface OpenPhc extends PhcPlace {
  readonly clock: PhcClock;
  /** What the device says of its own error, ns; null where it says nothing. */
  readErrorBoundNs(): number | null;
}

/** `absent`: there is no such device; `refused`: it is there and cannot be opened. */
export type PhcOpening = { readonly phc: OpenPhc } | { readonly absent: string } | { readonly refused: string };

export interface PhcOpenerDependencies {
  readonly clocks: ClockReader;
  readonly native: NativeClocks;
  readonly roots: MachineRoots;
  /** When the simulated truth begins, CLOCK_MONOTONIC_RAW: the same for the whole life of the process. */
  readonly simulationStart: () => bigint;
  /** Added to the seed of a simulated truth, so that the instances of a run differ; 0 when absent. */
  readonly seedShift?: number;
}

/** How to open the clock of this plan; called again after the device was gone, by the name that sysfs gives then. */
export function phcOpener(plan: PhcSourcePlan, dependencies: PhcOpenerDependencies): () => PhcOpening {
  if (plan.mode === 'device') return () => openDevice(dependencies);
  const { simulated } = plan;
  if (simulated === undefined) return () => ({ absent: 'the plan asks for a simulated PHC without its truth' });
  // One clock for every opening, so that its noise goes on instead of beginning again.
  const truth = { ...simulated, seed: (simulated.seed + (dependencies.seedShift ?? 0)) >>> 0 };
  const start = { truth, startedAtRawNs: dependencies.simulationStart() };
  const clock = new SimulatedPhc(start, { readClocks: () => readPair(dependencies.clocks) });
  return () => ({ phc: { clock, devicePath: null, pciAddress: null, readErrorBoundNs: () => null } });
}

/** The ENA clock of this machine. Also what the inspection of the machine opens. */
export function openDevice(dependencies: Pick<PhcOpenerDependencies, 'native' | 'roots'>): PhcOpening {
  const { native, roots } = dependencies;
  return openFound(choosePhc(findPhcs({ sysRoot: roots.sys, devRoot: roots.dev })), native);
}

/** The clock that was chosen out of those that sysfs names; undefined: there was none. */
export function openFound(found: FoundPhc | undefined, native: NativeClocks): PhcOpening {
  if (found === undefined) return { absent: 'no ENA PHC is registered in /sys/class/ptp' };
  const opened = openPhcDevice({ path: found.devicePath, name: found.clockName }, native);
  if ('clock' in opened) {
    const { errorBoundPath, devicePath, pciAddress } = found;
    const readErrorBoundNs = () => readBoundOf(errorBoundPath);
    return { phc: { clock: opened.clock, devicePath, pciAddress, readErrorBoundNs } };
  }
  const problem = `${found.devicePath} (${found.clockName}): ${errnoName(opened.errno)}`;
  if (opened.errno === ERRNO.ENOENT || opened.errno === ERRNO.ENODEV) return { absent: problem };
  return { refused: `${problem}${opened.errno === ERRNO.EACCES ? '; the device needs root or a udev rule' : ''}` };
}

/** A bound that may not be read is a missing bound: the column says so, and the offset is worth more than its bound. */
export function readBoundOf(path: string | null): number | null {
  if (path === null) return null;
  try {
    return readErrorBound(path);
  } catch {
    return null;
  }
}
