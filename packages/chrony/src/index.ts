/** chronyd: its reports over the command port or through chronyc, in its own signs; and their turn into our samples. */
export { refidOfText, refidText } from './address.ts';
export { ChronyError, type ChronyErrorCode } from './chrony-error.ts';
export type { ChronyReports } from './chrony-reports.ts';
export { parseSourceStatsCsv, parseSourcesCsv, parseTrackingCsv } from './chronyc-csv.ts';
export { clockErrorBoundNs, type PhcReference } from './clock-error-bound.ts';
export { type MaxClockError, parseMaxClockError } from './max-clock-error.ts';
export {
  CHRONYD_ADDRESS,
  type ChronydAddress,
  type ChronydDependencies,
  connectChronyd,
} from './query-chronyd.ts';
export { type PhcRefclock, parsePhcRefclocks } from './refclock-config.ts';
export { CHRONYC_OPTIONS, type ChronycOptions, chronycReports } from './run-chronyc.ts';
export {
  MODE_REFERENCE_CLOCK,
  NEVER_SAMPLED,
  SOURCE_SELECTED,
  type SourceData,
  type SourceMode,
  type SourceState,
} from './sources.ts';
export type { SourceStats } from './sourcestats.ts';
export { chronySampleValues, chronySourceSampleValues } from './to-sample.ts';
export { isFreeRunning, isSynchronised, type LeapStatus, NOT_SYNCHRONISED, type Tracking } from './tracking.ts';
