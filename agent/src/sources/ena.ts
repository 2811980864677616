/** Source `ena`: counters of the ENA driver for the PHC and for exceeded allowances, of each ENA interface. */
import { errnoName, type NativeClocks } from '@ptp-tester/native';
import { countersWentBackwards, DRIVER_COUNTER_NAMES, pickDriverCounters } from '@ptp-tester/phc';
import type { NoticedEvent, OpenedSource, Reading, Source } from '../source.ts';
import { type ClockReader, readPair } from './clock-reader.ts';
import { findEnaInterfaces } from './ena-interfaces.ts';
import type { MachineRoots } from './machine-roots.ts';

export interface EnaSourceDependencies {
  readonly clocks: ClockReader;
  readonly native: Pick<NativeClocks, 'readEthtoolStats'>;
  readonly roots: MachineRoots;
}

/** What is remembered of an interface between two readings. */
interface CounterHistory {
  readonly values: readonly number[];
  readonly resets: number;
}

/** What one interface gave; `problem`: it did not answer. */
type InterfaceRead =
  | { readonly name: string; readonly reading: Reading; readonly events: readonly NoticedEvent[] }
  | { readonly name: string; readonly problem: string };

/**
 * Opens the source; absent where no interface is ENA. Raises `counters_reset` when a counter went backwards. An interface that does not
 * answer beside others that do is told (`source_failed`), and does not cost their counters.
 */
export function openEnaSource({ clocks, native, roots }: EnaSourceDependencies): OpenedSource {
  if (findEnaInterfaces(roots.sys).length === 0) return { absent: 'no network interface uses the ENA driver' };
  const histories = new Map<string, CounterHistory>();
  const silent = new Set<string>();

  function readInterface(name: string): InterfaceRead {
    const stats = native.readEthtoolStats(name);
    if (typeof stats === 'number') return { name, problem: `ethtool statistics of ${name}: ${errnoName(stats)}` };
    const pair = readPair(clocks);
    const values = pickDriverCounters(stats);
    const history = histories.get(name) ?? { values, resets: 0 };
    const reset = countersWentBackwards(history.values, values);
    const resets = history.resets + (reset ? 1 : 0);
    histories.set(name, { values, resets });
    const counters = fallenCounters(history.values, values);
    const events: NoticedEvent[] = reset ? [{ event: 'counters_reset', detail: { interface: name, counters } }] : [];
    return { name, reading: { key: name, ...pair, values: [...values, resets] }, events };
  }

  /** Once when it begins, and once when it is over. */
  function noticeSilence(read: InterfaceRead): NoticedEvent[] {
    const detail = { stream: 'ena', interface: read.name };
    const wasSilent = silent.delete(read.name);
    if (!('problem' in read)) return wasSilent ? [{ event: 'source_recovered', detail }] : [];
    silent.add(read.name);
    return wasSilent ? [] : [{ event: 'source_failed', detail: { ...detail, problem: read.problem } }];
  }

  const source: Source = {
    stream: 'ena',
    read: () => {
      // Looked up each time: interfaces come and go with a driver reload.
      const read = findEnaInterfaces(roots.sys).map(({ name }) => readInterface(name));
      const answered = read.filter((one) => 'reading' in one);
      if (answered.length === 0) {
        throw new Error(read.find((one) => 'problem' in one)?.problem ?? 'the ENA interface disappeared');
      }
      const events = [...read.flatMap(noticeSilence), ...answered.flatMap((one) => one.events)];
      return { readings: answered.map(({ reading }) => reading), events };
    },
    close: () => undefined,
  };
  return { source };
}

function fallenCounters(before: readonly number[], now: readonly number[]): readonly string[] {
  return DRIVER_COUNTER_NAMES.filter((_, index) => (now[index] ?? Number.NaN) < (before[index] ?? Number.NaN));
}
