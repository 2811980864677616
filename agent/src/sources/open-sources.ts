/** From the plan's sources to opened ones. The one entry that the agent calls; a source that cannot be opened stops no other. */
import { checkReadBudget, type StreamName } from '@ptp-tester/measurement';
import type { NativeClocks } from '@ptp-tester/native';
import type { PhcSourcePlan, SourcesPlan } from '@ptp-tester/wire';
import type { OpenedSource } from '../source.ts';
import { openChronySource } from './chrony.ts';
import type { ChronyAccessOptions } from './chrony-access.ts';
import { openChronySourceSource } from './chrony-source.ts';
import { type ClockReader, readPair } from './clock-reader.ts';
import { CurrentPhc } from './current-phc.ts';
import { openEnaSource } from './ena.ts';
import { openHostSource } from './host.ts';
import { openKernelSource } from './kernel.ts';
import type { MachineRoots } from './machine-roots.ts';
import { openPhcSource } from './phc.ts';
import { openFound, phcOpener, readBoundOf } from './phc-opener.ts';
import { openRawSource } from './raw.ts';
import { openSelfSource, type SelfGauges } from './self.ts';

/** What the sources read the machine through. `machineSourceDependencies` makes the real ones. */
export interface SourceDependencies {
  readonly clocks: ClockReader;
  readonly native: NativeClocks;
  readonly roots: MachineRoots;
  readonly chrony: ChronyAccessOptions;
  /** In [0, 1). */
  readonly random: () => number;
  /** When the truth of a simulated PHC begins, CLOCK_MONOTONIC_RAW: the same at each call. */
  readonly simulationStart: () => bigint;
  /** Added to the seed of a simulated truth; 0 when absent. */
  readonly seedShift?: number;
  readonly self: SelfGauges;
}

/** The source, why this machine has none, or the error of a source that should be there and is broken. */
export type OpenOutcome = OpenedSource | { readonly failed: unknown };

export interface PlannedSource {
  readonly stream: StreamName;
  readonly intervalMs: number;
  readonly opened: OpenOutcome;
  /** Opens it again, for one that was absent or failed (chronyd started later, the device came back). */
  readonly reopen: () => Promise<OpenOutcome>;
}

type Open = () => OpenedSource | Promise<OpenedSource>;

/** Opens every source of the plan. Never throws: each outcome is in the list, in the plan's order. */
export function openSources(plan: SourcesPlan, dependencies: SourceDependencies): Promise<PlannedSource[]> {
  const current = new CurrentPhc(dependencies.roots);
  const openers: Readonly<Record<StreamName, Open>> = {
    raw: () => openRawSource(dependencies.clocks),
    phc: () => (plan.phc === undefined ? { absent: 'not planned' } : openPlannedPhc(plan.phc, current, dependencies)),
    kernel: () => openKernelSource(dependencies),
    chrony: () => openPlannedChrony(current, dependencies),
    chrony_source: () => openChronySourceSource(dependencies),
    ena: () => openEnaSource(dependencies),
    host: () => openHostSource(dependencies),
    self: () => openSelfSource(dependencies),
  };
  const planned = Object.entries(plan) as [StreamName, { interval_ms: number }][];
  return Promise.all(
    planned.map(async ([stream, source]) => {
      const reopen = () => attempt(openers[stream]);
      return { stream, intervalMs: source.interval_ms, opened: await reopen(), reopen };
    }),
  );
}

async function attempt(open: Open): Promise<OpenOutcome> {
  try {
    return await open();
  } catch (error) {
    return { failed: error };
  }
}

/** A plan that would read the device more often than it allows is refused with the arithmetic. A simulated clock has no such limit. */
function openPlannedPhc(plan: PhcSourcePlan, current: CurrentPhc, dependencies: SourceDependencies): OpenedSource {
  const { clocks, native } = dependencies;
  const lookAgain = () => current.lookAgain(readPair(clocks).monoRawNs);
  const now = () => current.at(readPair(clocks).monoRawNs);
  const { readings } = plan;
  const bounded = (boundNs: number, monoRawNs: bigint) => current.bounded(boundNs, monoRawNs);
  if (plan.mode !== 'device') {
    return openPhcSource({ readings, isShared: () => false }, { clocks, open: phcOpener(plan, dependencies), bounded });
  }
  // A clock that has just come may have its reader already.
  const chronyReadsPerS = lookAgain().readsPerSecond;
  const budget = checkReadBudget({ readings, intervalMs: plan.interval_ms, chronyReadsPerS });
  if (!budget.ok) return { absent: `the plan exceeds the PHC's read budget: ${budget.explanation}` };
  const open = () => openFound(lookAgain().phc, native);
  const isShared = () => now().readsPerSecond > 0;
  return openPhcSource({ readings, isShared }, { clocks, open, bounded, chosen: () => now().phc });
}

/** A bound that came with a reading of the agent's serves chronyd's reports for so long. */
const BOUND_AGE_NS = 10_000_000_000n;

function openPlannedChrony(current: CurrentPhc, dependencies: SourceDependencies): Promise<OpenedSource> {
  return openChronySource({
    ...dependencies,
    isPhcName: (name, nowNs) => current.at(nowNs).names.includes(name),
    readErrorBoundNs: (nowNs) =>
      readBoundOf(current.at(nowNs).phc?.errorBoundPath ?? null) ?? current.boundWithin(BOUND_AGE_NS, nowNs),
  });
}
