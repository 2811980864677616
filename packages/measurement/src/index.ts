/** The vocabulary of ptp-tester: units, instants, clocks, streams, records, events, PTP status. Imports nothing. */
export { CLOCK_NAMES, type ClockId } from './clock.ts';
export { type ColumnDeclaration, type ColumnKind, type ColumnUnit, type ColumnValues, makeColumn } from './column.ts';
export {
  EVENT_KINDS,
  EVENTS,
  type EventDeclaration,
  type EventKind,
  type EventOwner,
  type EventSeverity,
  isEventKind,
} from './event.ts';
export { addNs, differenceNs, formatInstant, type Instant, instant, instantFromMs, instantToMs } from './instant.ts';
export type { AxisVerdict, Capability, PtpStatus, Quality, Setup, Verdict } from './ptp-status.ts';
export {
  CHRONY_DEFAULT_READS_PER_S,
  checkReadBudget,
  chronyReadsPerS,
  DEVICE_READS_PER_S,
  type PlannedReads,
  type ReadBudget,
  USABLE_READS_PER_S,
} from './read-budget.ts';
export type {
  Batch,
  EpochId,
  EventRecord,
  GapRecord,
  JsonValue,
  Loss,
  LossReason,
  RecordContent,
  RecordIdentity,
} from './record.ts';
export { AT_COLUMN, columnIndex, MONO_COLUMN, type StreamDeclaration, TIME_COLUMNS } from './stream.ts';
export {
  ERROR_BOUND_STATUSES,
  isStreamName,
  LEAP_STATUSES,
  SOURCE_MODES,
  SOURCE_STATES,
  STREAM_NAMES,
  STREAMS,
  type StreamName,
  streamById,
  VMCLOCK_STATUSES,
  YES_NO,
} from './streams.ts';
export {
  msToNs,
  type Nanoseconds,
  NS_PER_MS,
  NS_PER_S,
  NS_PER_US,
  nanoseconds,
  type PartsPerBillion,
  partsPerBillion,
  secondsToNs,
} from './units.ts';
