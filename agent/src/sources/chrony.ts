/** Source `chrony`: chronyd's tracking report. */
import { chronySampleValues } from '@ptp-tester/chrony';
import type { OpenedSource, Source } from '../source.ts';
import { type ChronyAccessOptions, reachChrony } from './chrony-access.ts';
import { type ClockReader, readPair } from './clock-reader.ts';

export interface ChronySourceDependencies {
  readonly clocks: ClockReader;
  readonly chrony: ChronyAccessOptions;
  readonly random: () => number;
  /** Whether a reference of this name, as chronyc shows it, is the PHC now. `nowNs`: CLOCK_MONOTONIC_RAW. */
  readonly isPhcName: (name: string, nowNs: bigint) => boolean;
  /** What the device says of its own error now, ns; null when unknown. */
  readonly readErrorBoundNs: (nowNs: bigint) => number | null;
}

/** Opens the source; absent where chronyd does not answer. */
export async function openChronySource(dependencies: ChronySourceDependencies): Promise<OpenedSource> {
  const reached = await reachChrony(dependencies.chrony, dependencies);
  if ('absent' in reached) return reached;
  const { reports } = reached;
  const source: Source = {
    stream: 'chrony',
    read: async () => {
      const tracking = await reports.tracking();
      const pair = readPair(dependencies.clocks);
      const selected = dependencies.isPhcName(tracking.name, pair.monoRawNs);
      const phc = { selected, errorBoundNs: selected ? dependencies.readErrorBoundNs(pair.monoRawNs) : null };
      return { readings: [{ key: '', ...pair, values: chronySampleValues(tracking, phc) }], events: [] };
    },
    close: () => reports.close(),
  };
  return { source };
}
