/** A cross-timestamp: one reading of the PHC between two readings of the system clock, inside two of CLOCK_MONOTONIC_RAW. Pure. */
import { differenceNs, type Nanoseconds } from '@ptp-tester/measurement';

/** All five in nanoseconds, in the order in which they were read. With hardware latching `pre` = `post` and the raw ones are equal. */
export interface CrossTimestamp {
  readonly rawBeforeNs: bigint;
  readonly preNs: bigint;
  readonly phcNs: bigint;
  readonly postNs: bigint;
  readonly rawAfterNs: bigint;
  /** What the device says of this very reading, ns; null: it says nothing. Absent where the method cannot tell. */
  readonly errorBoundNs?: number | null;
}

/** Time the PHC reading took by the system clock: post - pre. */
export function readDelayNs(reading: CrossTimestamp): Nanoseconds {
  return differenceNs(reading.postNs, reading.preNs);
}

/** System clock in the middle of the bracket - PHC; positive = system clock ahead. Right within half the read delay. */
export function offsetNs(reading: CrossTimestamp): Nanoseconds {
  return differenceNs(systemMidpointNs(reading), reading.phcNs);
}

/** Width of the two CLOCK_MONOTONIC_RAW readings around the reading. */
export function rawBracketNs(reading: CrossTimestamp): Nanoseconds {
  return differenceNs(reading.rawAfterNs, reading.rawBeforeNs);
}

/** The system clock in the middle of the bracket, rounded down to a whole nanosecond; ns since 1970 UTC. */
export function systemMidpointNs(reading: CrossTimestamp): bigint {
  return reading.preNs + (reading.postNs - reading.preNs) / 2n;
}

/** CLOCK_MONOTONIC_RAW in the middle of its bracket, ns since boot. */
export function rawMidpointNs(reading: CrossTimestamp): bigint {
  return reading.rawBeforeNs + (reading.rawAfterNs - reading.rawBeforeNs) / 2n;
}

/** How much longer the system clock may say than the raw clock while it is slewed: chronyd's default limit is 8.3 % (maxslewrate). */
const SLEW_MARGIN = 1.1;
/** Below this a difference of the two brackets says nothing: clock resolution and scheduling of the reads. */
const BRACKET_FLOOR_NS = 1000;

/**
 * Whether the system clock was stepped between `pre` and `post`: then they do not bracket anything. The raw clock, which nobody
 * steps, encloses both, so a system bracket that is negative or wider than the raw one shows it.
 */
export function isTorn(reading: CrossTimestamp): boolean {
  const delay = readDelayNs(reading);
  return delay < 0 || delay > rawBracketNs(reading) * SLEW_MARGIN + BRACKET_FLOOR_NS;
}
