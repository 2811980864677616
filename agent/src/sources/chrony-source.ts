/** Source `chrony_source`: each of chronyd's sources, keyed by its address or reference ID. */
import { chronySourceSampleValues } from '@ptp-tester/chrony';
import type { OpenedSource, Source } from '../source.ts';
import { type ChronyAccessOptions, reachChrony } from './chrony-access.ts';
import { type ClockReader, readPair } from './clock-reader.ts';

export interface ChronySourceSourceDependencies {
  readonly clocks: ClockReader;
  readonly chrony: ChronyAccessOptions;
  readonly random: () => number;
}

/** Opens the source; absent where chronyd does not answer. A chronyd without sources gives no reading. */
export async function openChronySourceSource(dependencies: ChronySourceSourceDependencies): Promise<OpenedSource> {
  const reached = await reachChrony(dependencies.chrony, dependencies);
  if ('absent' in reached) return reached;
  const { reports } = reached;
  const source: Source = {
    stream: 'chrony_source',
    read: async () => {
      const sources = await reports.sources();
      const pair = readPair(dependencies.clocks);
      const stats = new Map((await reports.sourceStats()).map((one) => [one.name, one]));
      const readings = sources.map((one) => {
        const values = chronySourceSampleValues(one, stats.get(one.name) ?? null);
        return { key: one.name, ...pair, values };
      });
      return { readings, events: [] };
    },
    close: () => reports.close(),
  };
  return { source };
}
