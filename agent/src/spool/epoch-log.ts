/** One epoch's part of the spool: its segments in order, and how far it is written and acknowledged. */
import type { EpochId } from '@ptp-tester/measurement';
import type { Segment } from './segment.ts';

export interface EpochLog {
  readonly epoch: EpochId;
  /** By sequence, without overlap. */
  readonly segments: Segment[];
  /** The last sequence on the disk; 0 = none. */
  written: number;
  /** The controller has everything up to here. */
  acked: number;
  /**
   * The first sequence of the newest segment from which anything may have been sent. Records of it and of earlier segments may
   * be stored by the controller already, so they are never dropped: a gap over a stored record would count it twice.
   */
  offeredFrom: number;
}

export function newEpochLog(epoch: EpochId): EpochLog {
  return { epoch, segments: [], written: 0, acked: 0, offeredFrom: 0 };
}

/** The segment that holds this sequence number. */
export function segmentWith(log: EpochLog, sequence: number): Segment | undefined {
  return log.segments.find((segment) => sequence <= segment.last && sequence >= segment.first);
}

export function bytesOf(logs: readonly EpochLog[]): number {
  let bytes = 0;
  for (const log of logs) for (const segment of log.segments) bytes += segment.bytes;
  return bytes;
}
