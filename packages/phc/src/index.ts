/** The PTP hardware clock: find it, read it within its budget, estimate the offset; and a simulated one with known truth. */
export {
  type CrossTimestamp,
  isTorn,
  offsetNs,
  rawBracketNs,
  rawMidpointNs,
  readDelayNs,
  systemMidpointNs,
} from './cross-timestamp.ts';
export { countersWentBackwards, DRIVER_COUNTER_NAMES, pickDriverCounters } from './driver-counters.ts';
export {
  compareDriverVersions,
  type DriverVersion,
  FIRST_PHC_VERSION,
  isDriverCompatible,
  parseDriverVersion,
} from './driver-version.ts';
export { errorBoundStatus, parseErrorBound, readErrorBound } from './error-bound.ts';
export { type EstimateResult, estimateOffset, type NoEstimate, type OffsetEstimate } from './estimate-offset.ts';
export {
  choosePhc,
  ENA_CLOCK_PREFIX,
  type FoundPhc,
  findPhcs,
  type MachinePaths,
  readPtpEnaLink,
} from './find-phc.ts';
export { MAX_READINGS, type PhcBurst, type PhcClock, type PhcReadMethod } from './phc-clock.ts';
export { type OpenedPhcDevice, openPhcDevice, PhcDevice, type PhcDeviceOptions } from './phc-device.ts';
export {
  advanceThrottle,
  INITIAL_THROTTLE,
  type ReadThrottle,
  readingsNow,
  type ThrottleLevel,
  type TickOutcome,
} from './read-throttle.ts';
export { SimulatedPhc, type SimulatedPhcDependencies, type SimulatedPhcStart } from './simulated-phc.ts';
export {
  type SimulatedPhcFault,
  type SimulatedPhcOptions,
  type SimulatedState,
  type SimulatedTruth,
  truthAt,
} from './simulated-truth.ts';
