/** What chronyd does, by its manual, with a refclock that gives no measurements: it coasts on it, or lets go of it for NTP. */
import { expect } from 'vitest';
import type { Guest } from './guest.ts';
import { tell } from './observed.ts';

const NTP = '169.254.169.123';
/** chronyd's `maxclockerror` by default, in s/s: what the clock is assumed to drift without updates. A tenth is for rounding. */
const ASSUMED_DRIFT = 1e-6 * 0.9;
/** Of `chronyc -c sources`: mode, state, name, stratum, poll, reach, seconds since the last measurement. */
const REACH = 5;
const LAST_RX = 6;
/** Of `chronyc -c tracking`: reference id, its name, ..., root dispersion, update interval, leap status. */
const ROOT_DISPERSION = 11;
const LEAP = 13;

/**
 * Reachability is no condition of selection (chronyc: `sources`, `selectdata`). While its measurements are not older than those of
 * others, the source keeps its star, and its root dispersion grows by `maxclockerror`; after that it is `?` (`S` in selectdata) and
 * an NTP source has the star. Nothing else may happen, and the machine says of itself that it is synchronised.
 */
export async function expectUnreachablePhc(guest: Guest): Promise<void> {
  const ask = ['sources', 'selectdata', 'tracking'].map((one) => `chronyc -c ${one}`).join('; echo; ');
  const [sources = [], selection = [], [tracking = []] = []] = (await guest.run(ask)).split('\n\n').map(rows);
  const phc = sources.find((row) => row[2] === 'PHC0') ?? [];
  const ntp = sources.find((row) => row[2] === NTP) ?? [];
  expect(phc[REACH]).toBe('0');
  expect(tracking[LEAP]).toBe('Normal');
  const [silentS, dispersionS] = [Number(phc[LAST_RX]), Number(tracking[ROOT_DISPERSION])];
  tell(`PHC silent for ${silentS} s: chronyd says ${phc[1]}, NTP ${ntp[1]}, root dispersion ${dispersionS * 1e6} us`);
  const states = {
    phc: phc[1],
    phcSelection: selection.find((row) => row[1] === 'PHC0')?.[0],
    ntpHasStar: ntp[1] === '*',
    followed: tracking[1],
  };
  expect([
    { phc: '*', phcSelection: '*', ntpHasStar: false, followed: 'PHC0' },
    { phc: '?', phcSelection: 'S', ntpHasStar: true, followed: NTP },
  ]).toContainEqual(states);
  if (states.phc === '*') expect(dispersionS).toBeGreaterThan(silentS * ASSUMED_DRIFT);
}

function rows(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
}
