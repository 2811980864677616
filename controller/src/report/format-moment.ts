/** When something in a foreign log happened: an instant where the log has the time of day, else nanoseconds of its own clock (pure). */
import { formatInstant } from '@ptp-tester/measurement';

/** 2001-09-09 as ns since 1970; a clock that counts from the start of a machine would need 31 years to get there. */
const FIRST_INSTANT = 1_000_000_000_000_000_000n;

/** `2026-11-20T00:25:00.000Z`, or `1500000000 ns` of a clock that does not know the date. */
export function formatMoment(atNs: bigint): string {
  return atNs >= FIRST_INSTANT ? readableAt(formatInstant(atNs)) : `${atNs} ns`;
}

/** An instant for people, to the millisecond; the documents keep the nanoseconds. */
export function readableAt(at: string): string {
  return at.replace(/(\.\d{3})\d{6}Z$/, '$1Z');
}
