/** The system clock between two readings of CLOCK_MONOTONIC_RAW: the two times of every sample. */
import { CLOCK_REALTIME } from './clock-ids.ts';
import { errnoName } from './errno.ts';
import type { NativeClocks } from './native-clocks.ts';

/** In the order in which they were read, ns. CLOCK_REALTIME counts from 1970 UTC, CLOCK_MONOTONIC_RAW from boot. */
export interface ClockTriple {
  readonly rawBeforeNs: bigint;
  readonly realtimeNs: bigint;
  readonly rawAfterNs: bigint;
}

/** One native call; uses the first three slots of the clock buffer. */
export function readClockTriple(native: NativeClocks): ClockTriple {
  const errno = native.readTriple(CLOCK_REALTIME, 0);
  const [rawBeforeNs, realtimeNs, rawAfterNs] = native.clockBuffer;
  // Linux always has these clocks: a failure here means a broken sandbox, not a state to live with.
  if (errno !== 0 || rawBeforeNs === undefined || realtimeNs === undefined || rawAfterNs === undefined) {
    throw new Error(`the system clocks cannot be read: ${errnoName(errno)}`);
  }
  return { rawBeforeNs, realtimeNs, rawAfterNs };
}
