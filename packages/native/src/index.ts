/** Native clock access: PTP ioctls, clock reads, adjtimex, ethtool statistics. Linux on x64 and arm64. */
export { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME, phcClockId } from './clock-ids.ts';
export { ClockSetCounter } from './clock-set-counter.ts';
export { ERRNO, errnoName } from './errno.ts';
export { type KernelClock, readKernelClock } from './kernel-clock.ts';
export { ADDON_NAME, type LoadOptions, loadNativeClocks } from './load-addon.ts';
export {
  type EthtoolDriver,
  type EthtoolStats,
  type NativeClocks,
  PTP_ATTRIBUTED_VALUES,
  PTP_ATTRIBUTES_AT,
  PTP_RAW_VALUES,
  PTP_READING_VALUES,
} from './native-clocks.ts';
export { NativeError, type NativeErrorCode } from './native-error.ts';
export {
  namePtpAttributes,
  PTP_CLOCK_STATUSES,
  type PtpAttributes,
  type PtpClockStatus,
} from './ptp-attributes.ts';
export { type PtpCaps, readPtpCaps } from './ptp-caps.ts';
