/** The real parts that sources read this machine through. */
import type { NativeClocks } from '@ptp-tester/native';
import { CHRONY_ACCESS } from './chrony-access.ts';
import { readPair } from './clock-reader.ts';
import { MACHINE_ROOTS } from './machine-roots.ts';
import { nativeClockReader } from './native-clock-reader.ts';
import type { SourceDependencies } from './open-sources.ts';
import type { SelfGauges } from './self.ts';

export interface MachineParts {
  readonly native: NativeClocks;
  /** From the other parts of the agent; the CPU time is this process's own. */
  readonly self: Omit<SelfGauges, 'cpuNs'>;
  /** Number of the instance within the run, from 1: the first one has the plan's seed itself. */
  readonly instanceIndex: number;
}

/** Make it once per process: the simulated PHC's truth begins when a source first asks for it, and goes on over plans. */
export function machineSourceDependencies({ native, self, instanceIndex }: MachineParts): SourceDependencies {
  const clocks = nativeClockReader(native);
  let simulationStartedAt: bigint | null = null;
  return {
    clocks,
    native,
    roots: MACHINE_ROOTS,
    chrony: CHRONY_ACCESS,
    random: () => Math.random(),
    seedShift: instanceIndex - 1,
    simulationStart: () => {
      simulationStartedAt ??= readPair(clocks).monoRawNs;
      return simulationStartedAt;
    },
    self: {
      spoolBytes: () => self.spoolBytes(),
      spoolRecords: () => self.spoolRecords(),
      missedTicks: () => self.missedTicks(),
      uplinkRttNs: () => self.uplinkRttNs(),
      cpuNs: processCpuNs,
    },
  };
}

function processCpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}
