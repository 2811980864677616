/** When a setup is run again that was rolled back because chronyd did not select the PHC in time: the PHC may have been away just then. Pure. */
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Inspection } from '../setup/inspect.ts';
import { HOUR_S, Moment } from './repair-request.ts';

/** Kept by the agent on disk, so that its own restarts and those of the machine do not add up. */
export const SetupRetries = Type.Object(
  {
    version: Type.Literal(1),
    /** How often the setup was asked for again since the PHC was last followed. */
    tries: Type.Integer({ minimum: 0, maximum: 1e6 }),
    /** From when the wait for the next one counts: the rollback was seen, or it was asked for. */
    since: Moment,
  },
  { additionalProperties: false },
);
export type SetupRetries = Static<typeof SetupRetries>;

/** Null for anything that is not of this version. */
export function asSetupRetries(value: unknown): SetupRetries | null {
  return Value.Check(SetupRetries, value) ? value : null;
}

export interface RetryDecision {
  readonly ask: boolean;
  /** To be kept; the same object as before when nothing changed. */
  readonly retries: SetupRetries | null;
}

/** Each try restarts chronyd twice: an instance whose PHC chronyd never selects must not be disturbed more often. */
const LONGEST_WAIT_H = 24;

/** Hours from the rollback to the first try, and from each to the next: 1, 2, 4, 8, 16, 24, 24, ... */
function waitHours(tries: number): number {
  return Math.min(2 ** tries, LONGEST_WAIT_H);
}

/** `retries`: as they were; null when nothing waits. */
export function decideRetry(retries: SetupRetries | null, inspection: Inspection, now: Moment): RetryDecision {
  if (inspection.setup.value === 'locked') return { ask: false, retries: null };
  if (!inspection.phcNotSelectedInTime) return { ask: false, retries };
  // A boot is a try by itself: the setup runs then.
  if (retries?.since.boot_id !== now.boot_id) {
    return { ask: false, retries: { version: 1, tries: retries?.tries ?? 0, since: now } };
  }
  const isDue = now.at_s - retries.since.at_s >= waitHours(retries.tries) * HOUR_S;
  if (!isDue || !canReadPhc(inspection)) return { ask: false, retries };
  return { ask: true, retries: { version: 1, tries: retries.tries + 1, since: now } };
}

/** Where the agent cannot read it, neither could chronyd. */
function canReadPhc({ capability, ptpStatus }: Inspection): boolean {
  return ptpStatus.hardware_clock_present && !ptpStatus.simulated && capability.value === 'supported';
}
