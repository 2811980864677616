/** ClockReader on the native addon: one call for the three readings. */
import { CLOCK_REALTIME, errnoName, type NativeClocks } from '@ptp-tester/native';
import type { ClockReader } from './clock-reader.ts';

/** Uses the first three slots of the addon's clock buffer. */
export function nativeClockReader(native: NativeClocks): ClockReader {
  return {
    readTriple: () => {
      const errno = native.readTriple(CLOCK_REALTIME, 0);
      const [rawBeforeNs, realtimeNs, rawAfterNs] = native.clockBuffer;
      // Linux always has these clocks: a failure means a broken sandbox, and nothing can be measured in it.
      if (errno !== 0 || rawBeforeNs === undefined || realtimeNs === undefined || rawAfterNs === undefined) {
        throw new Error(`the system clocks cannot be read: ${errnoName(errno)}`);
      }
      return { rawBeforeNs, realtimeNs, rawAfterNs };
    },
  };
}
