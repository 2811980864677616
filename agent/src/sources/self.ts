/** Source `self`: what the agent costs and how well it keeps up. */
import { join } from 'node:path';
import type { OpenedSource } from '../source.ts';
import { type ClockReader, readPair } from './clock-reader.ts';
import type { MachineRoots } from './machine-roots.ts';
import { parseStatusBytes } from './proc-text.ts';
import { readText } from './read-text.ts';

/** What the other parts of the agent say about themselves. */
export interface SelfGauges {
  /** CPU time of this process since it started, user + system, ns. */
  cpuNs(): number;
  spoolBytes(): number;
  /** Records in the spool that are not acknowledged. */
  spoolRecords(): number;
  /** Of all streams, since the epoch began. */
  missedTicks(): number;
  /** From sending a frame to its acknowledgement, ns; NaN when none has been acknowledged. */
  uplinkRttNs(): number;
}

export interface SelfSourceDependencies {
  readonly clocks: ClockReader;
  readonly roots: MachineRoots;
  readonly self: SelfGauges;
}

/** Opens the source; absent only where /proc/self/status has no resident set. */
export function openSelfSource({ clocks, roots, self }: SelfSourceDependencies): OpenedSource {
  const status = join(roots.proc, 'self', 'status');
  if (Number.isNaN(parseStatusBytes(readText(status) ?? '', 'RssAnon'))) return { absent: `${status} has no RssAnon` };
  return {
    source: {
      stream: 'self',
      read: () => {
        const text = readText(status) ?? '';
        const values = [
          self.cpuNs(),
          parseStatusBytes(text, 'RssAnon'),
          parseStatusBytes(text, 'VmRSS'),
          self.spoolBytes(),
          self.spoolRecords(),
          self.missedTicks(),
          self.uplinkRttNs(),
        ];
        return { readings: [{ key: '', ...readPair(clocks), values }], events: [] };
      },
      close: () => undefined,
    },
  };
}
