/** The system clock and CLOCK_MONOTONIC_RAW at one instant: the two times of every sample. */
import { CLOCK_REALTIME } from './clock-ids.ts';
import { errnoName } from './errno.ts';
import type { NativeClocks } from './native-clocks.ts';

export interface SystemClocks {
  /** CLOCK_REALTIME, ns since 1970 UTC. */
  readonly at: bigint;
  /** CLOCK_MONOTONIC_RAW in the middle of the two readings around it, ns since boot. */
  readonly monoRawNs: bigint;
  /** Width of those two readings, ns. */
  readonly bracketNs: number;
}

/** Reads both clocks in one call. Uses the first three slots of the clock buffer. */
export function readSystemClocks(native: NativeClocks): SystemClocks {
  const errno = native.readTriple(CLOCK_REALTIME, 0);
  const [before, at, after] = native.clockBuffer;
  // Linux always has these clocks: a failure here means a broken sandbox, not a state to live with.
  if (errno !== 0 || before === undefined || at === undefined || after === undefined) {
    throw new Error(`the system clocks cannot be read: ${errnoName(errno)}`);
  }
  const width = after - before;
  return { at, monoRawNs: before + width / 2n, bracketNs: Number(width) };
}
