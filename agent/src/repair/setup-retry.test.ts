/** When a setup that was rolled back is tried again; the time is SIMULATED, a minute at a look. */
import { expect, it } from 'vitest';
import type { Inspection } from '../setup/inspect.ts';
import { NOT_INSPECTED } from '../status.ts';
import type { Moment } from './repair-request.ts';
import { decideRetry, type SetupRetries } from './setup-retry.ts';

const HOUR_S = 3600;
const ROLLED_BACK: Inspection = {
  ...NOT_INSPECTED,
  capability: { value: 'supported', reason: 'ena-ptp-05 was found and read.' },
  setup: { value: 'rolled_back', reason: 'phc_selected: after 90 s chronyd follows 169.254.169.123' },
  ptpStatus: { ...NOT_INSPECTED.ptpStatus, hardware_clock_present: true },
  phcNotSelectedInTime: true,
};
const UNREADABLE: Inspection = { ...ROLLED_BACK, capability: { value: 'not_tested', reason: 'EBUSY' } };
const LOCKED: Inspection = { ...ROLLED_BACK, setup: { value: 'locked', reason: 'chronyd follows the PHC' } };

function at(hours: number, boot_id = 'first'): Moment {
  return { boot_id, at_s: hours * HOUR_S };
}

/** An agent that keeps what is decided. */
function agent() {
  let retries: SetupRetries | null = null;
  return (inspection: Inspection, now: Moment) => {
    const decision = decideRetry(retries, inspection, now);
    retries = decision.retries;
    return decision.ask;
  };
}

it('it is tried again after 1, 2, 4, 8 and 16 hours, then once a day', () => {
  const look = agent();
  const asked: number[] = [];
  for (let minute = 0; minute <= 5 * 24 * 60; minute += 1) {
    if (look(ROLLED_BACK, at(minute / 60))) asked.push(minute / 60);
  }
  expect(asked).toEqual([1, 3, 7, 15, 31, 55, 79, 103]);
});

it('a try waits until the agent can read the PHC itself', () => {
  const look = agent();
  look(ROLLED_BACK, at(0));
  expect(look(UNREADABLE, at(2))).toBe(false);
  const simulated = { ...ROLLED_BACK, ptpStatus: { ...ROLLED_BACK.ptpStatus, simulated: true } };
  expect(look(simulated, at(2))).toBe(false);
  expect(look(ROLLED_BACK, at(2))).toBe(true);
});

it('a boot counts as a look at the beginning, and forgets no try', () => {
  const look = agent();
  look(ROLLED_BACK, at(0));
  expect(look(ROLLED_BACK, at(1))).toBe(true);
  expect(look(ROLLED_BACK, at(0.1, 'second'))).toBe(false);
  expect(look(ROLLED_BACK, at(1.9, 'second'))).toBe(false);
  expect(look(ROLLED_BACK, at(2.1, 'second'))).toBe(true);
});

it('a PHC that is followed makes the next rollback the first', () => {
  const look = agent();
  look(ROLLED_BACK, at(0));
  expect(look(ROLLED_BACK, at(1))).toBe(true);
  expect(look(LOCKED, at(1.1))).toBe(false);
  expect(look(ROLLED_BACK, at(50))).toBe(false);
  expect(look(ROLLED_BACK, at(51))).toBe(true);
});

it('a setup that ended for another reason is not tried again', () => {
  const look = agent();
  const other = { ...ROLLED_BACK, phcNotSelectedInTime: false };
  expect([0, 1, 100].map((hours) => look(other, at(hours)))).toEqual([false, false, false]);
});
