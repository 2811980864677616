/** Rounds of ten seconds, made by hand. */
import { expect, it } from 'vitest';
import { Housekeeping } from './housekeeping.ts';

interface Answers {
  readonly hasChanged?: (round: number) => boolean;
  readonly awaitsLock?: boolean;
}

/** The rounds in which each thing was done. */
function afterRounds(rounds: number, { hasChanged = () => false, awaitsLock = false }: Answers = {}) {
  const done: Record<'look' | 'status' | 'maintenance', number[]> = { look: [], status: [], maintenance: [] };
  let next: () => void = () => undefined;
  let round = 0;
  const housekeeping = new Housekeeping({
    setTimer: (_delayMs, callback) => {
      next = callback;
      return () => undefined;
    },
    tidy: () => undefined,
    hasChanged: () => hasChanged(round),
    awaitsLock: () => awaitsLock,
    look: () => done.look.push(round),
    sendStatus: () => done.status.push(round),
    askMaintenance: () => done.maintenance.push(round),
  });
  housekeeping.start();
  for (round = 1; round <= rounds; round += 1) next();
  return done;
}

it('asks for maintenance soon after the start and every ten minutes, and looks at the machine as often', () => {
  expect(afterRounds(130)).toMatchObject({ maintenance: [1, 61, 121], look: [60, 120] });
});

it('looks in the same round when something has changed, and each minute while a PHC is not locked', () => {
  expect(afterRounds(20, { hasChanged: (round) => round === 7 }).look).toEqual([7]);
  expect(afterRounds(20, { awaitsLock: true }).look).toEqual([6, 12, 18]);
});

it('tells its status each minute in which it does not look, for a look ends with one', () => {
  expect(afterRounds(60).status).toEqual([6, 12, 18, 24, 30, 36, 42, 48, 54]);
});
