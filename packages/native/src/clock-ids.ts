/** The numbers of Linux clocks (uapi/linux/time.h). */
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_MONOTONIC_RAW = 4;

/** The clock id of an open PHC device, for `readTriple`: FD_TO_CLOCKID of clock_gettime(2). */
export function phcClockId(fd: number): number {
  return (~fd << 3) | 3;
}
