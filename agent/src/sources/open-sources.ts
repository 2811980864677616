/** From the plan's sources to opened ones. The one entry that the agent calls; a source that cannot be opened stops no other. */
import type { StreamName } from '@ptp-tester/measurement';
import type { SourcesPlan } from '@ptp-tester/wire';
import type { OpenedSource } from '../source.ts';
import type { ClockReader } from './clock-reader.ts';
import { openHostSource } from './host.ts';
import type { MachineRoots } from './machine-roots.ts';
import { openRawSource } from './raw.ts';
import { openSelfSource, type SelfGauges } from './self.ts';

export interface SourceDependencies {
  readonly clocks: ClockReader;
  readonly roots: MachineRoots;
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
export async function openSources(plan: SourcesPlan, dependencies: SourceDependencies): Promise<PlannedSource[]> {
  const openers: Partial<Record<StreamName, Open>> = {
    raw: () => openRawSource(dependencies.clocks),
    host: () => openHostSource(dependencies),
    self: () => openSelfSource(dependencies),
  };
  const planned: PlannedSource[] = [];
  for (const [stream, source] of Object.entries(plan) as [StreamName, { interval_ms: number }][]) {
    const open = openers[stream];
    if (open === undefined) continue;
    const reopen = () => attempt(open);
    planned.push({ stream, intervalMs: source.interval_ms, opened: await reopen(), reopen });
  }
  return planned;
}

async function attempt(open: Open): Promise<OpenOutcome> {
  try {
    return await open();
  } catch (error) {
    return { failed: error };
  }
}
