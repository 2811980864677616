/** Source `kernel`: the kernel's own clock discipline (adjtimex), and how often somebody set the system clock. */
import { ClockSetCounter, errnoName, type NativeClocks, readKernelClock } from '@ptp-tester/native';
import type { NoticedEvent, OpenedSource, Source } from '../source.ts';
import { type ClockPair, type ClockReader, readPair } from './clock-reader.ts';

export interface KernelSourceDependencies {
  readonly clocks: ClockReader;
  readonly native: NativeClocks;
}

/** Opens the source; throws where the kernel refuses the timer that notices clock sets. Raises `clock_set`. */
export function openKernelSource({ clocks, native }: KernelSourceDependencies): OpenedSource {
  const counter = new ClockSetCounter(native);
  const errno = counter.open();
  if (errno !== 0) throw new Error(`the timer that notices clock sets cannot be opened: ${errnoName(errno)}`);
  let sets = 0;
  let last: ClockPair = readPair(clocks);

  function noticeSets(pair: ClockPair): NoticedEvent[] {
    const before = last;
    last = pair;
    const now = counter.read();
    if (now === sets) return [];
    sets = now;
    // With the rate difference of the two clocks since the sample before, which is small beside a step worth setting a clock for.
    const changeNs = Number(pair.at - pair.monoRawNs - (before.at - before.monoRawNs));
    return [{ event: 'clock_set', detail: { clock_sets: sets, system_minus_raw_change_ns: changeNs } }];
  }

  const source: Source = {
    stream: 'kernel',
    read: () => {
      const kernel = readKernelClock(native);
      if (typeof kernel === 'number') throw new Error(`adjtimex failed: ${errnoName(kernel)}`);
      const pair = readPair(clocks);
      const events = noticeSets(pair);
      const values = [
        kernel.frequencyPpb,
        kernel.status,
        kernel.maxErrorNs,
        kernel.estimatedErrorNs,
        kernel.taiOffsetS,
        sets,
      ];
      return { readings: [{ key: '', ...pair, values }], events };
    },
    close: () => counter.close(),
  };
  return { source };
}
