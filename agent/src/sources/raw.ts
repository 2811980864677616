/** Source `raw`: the system clock against CLOCK_MONOTONIC_RAW. Real on every machine. */
import type { OpenedSource } from '../source.ts';
import { type ClockReader, pairOfTriple } from './clock-reader.ts';

/** Opens the source; it is never absent. `offset_ns` = CLOCK_REALTIME - CLOCK_MONOTONIC_RAW, absolute. */
export function openRawSource(clocks: ClockReader): OpenedSource {
  return {
    source: {
      stream: 'raw',
      read: () => {
        const triple = clocks.readTriple();
        const pair = pairOfTriple(triple);
        const values = [pair.at - pair.monoRawNs, Number(triple.rawAfterNs - triple.rawBeforeNs)];
        return { readings: [{ key: '', ...pair, values }], events: [] };
      },
      close: () => undefined,
    },
  };
}
