/** The kernel's own clock discipline (adjtimex), in the project's units. */
import type { NativeClocks } from './native-clocks.ts';

export interface KernelClock {
  /** Frequency correction that the kernel applies, ppb; positive = the clock is made to run faster. */
  readonly frequencyPpb: number;
  /** STA_* bits of linux/timex.h. */
  readonly status: number;
  readonly maxErrorNs: number;
  readonly estimatedErrorNs: number;
  /** TAI - UTC that the kernel was told, seconds; 0 = nobody told it. */
  readonly taiOffsetS: number;
  /** TIME_OK (0) .. TIME_ERROR (5). */
  readonly state: number;
}

/** `freq` counts 2^-16 ppm (adjtimex(2)). */
const PPB_PER_FREQ_UNIT = 1000 / 65_536;
const NS_PER_US = 1000;

/** The state of the discipline, or the errno. Needs no privilege. */
export function readKernelClock(native: NativeClocks): KernelClock | number {
  const values = new BigInt64Array(6);
  const errno = native.readAdjtimex(values);
  if (errno !== 0) return errno;
  const [freq = 0, status = 0, maxError = 0, estimatedError = 0, taiOffsetS = 0, state = 0] = Array.from(
    values,
    Number,
  );
  return {
    frequencyPpb: freq * PPB_PER_FREQ_UNIT,
    status,
    maxErrorNs: maxError * NS_PER_US,
    estimatedErrorNs: estimatedError * NS_PER_US,
    taiOffsetS,
    state,
  };
}
