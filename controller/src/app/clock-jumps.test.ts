import { expect, it } from 'vitest';
import { type ClockJump, ClockJumps } from './clock-jumps.ts';

const HOUR_MS = 3_600_000;

function madeClocks() {
  const clocks = { wall: 1_795_000_000_000, awake: 5_000, boot: 9_000 };
  const jumps = new ClockJumps({
    wallMs: () => clocks.wall,
    awakeMs: () => clocks.awake,
    bootMs: () => clocks.boot,
  });
  const noticed: ClockJump[] = [];
  jumps.onJump((jump) => noticed.push(jump));
  const pass = (ms: number) => {
    clocks.wall += ms;
    clocks.awake += ms;
    clocks.boot += ms;
    return jumps.now();
  };
  return { clocks, jumps, noticed, pass };
}

it('three weeks with a clock that drifts by a minute are no jump', () => {
  const { clocks, noticed, pass } = madeClocks();
  for (let second = 0; second < 21 * 86_400; second += 10) {
    clocks.wall += 0.33;
    pass(10_000);
  }
  expect(noticed).toEqual([]);
});

it('tells by how much the clock was set, once for each time', () => {
  const { clocks, jumps, noticed, pass } = madeClocks();
  pass(1000);
  clocks.wall += HOUR_MS;
  pass(1000);
  pass(1000);
  clocks.wall -= 2 * HOUR_MS;
  pass(1000);
  expect(noticed).toEqual([
    { steppedMs: HOUR_MS, sleptMs: 0 },
    { steppedMs: -2 * HOUR_MS, sleptMs: 0 },
  ]);
  expect(jumps.aheadMs).toBe(HOUR_MS);
});

it('a machine that slept for a night did not set its clock; one that did both is told apart', () => {
  const { clocks, noticed, pass } = madeClocks();
  clocks.wall += 8 * HOUR_MS;
  clocks.boot += 8 * HOUR_MS;
  pass(1000);
  clocks.wall += 8 * HOUR_MS - 60_000;
  clocks.boot += 8 * HOUR_MS;
  pass(1000);
  expect(noticed).toEqual([
    { steppedMs: 0, sleptMs: 8 * HOUR_MS },
    { steppedMs: -60_000, sleptMs: 8 * HOUR_MS },
  ]);
});

it('who asks for the time gets it after the jump was told', () => {
  const { clocks, jumps } = madeClocks();
  const order: string[] = [];
  jumps.onJump(() => order.push('told', String(jumps.now() - clocks.wall)));
  clocks.wall += HOUR_MS;
  jumps.now();
  order.push('answered');
  expect(order).toEqual(['told', '0', 'answered']);
});

it.each([
  ['an hour ahead', HOUR_MS],
  ['a year behind', -365 * 24 * HOUR_MS],
])('a clock that was %s from the start is corrected, also while it is set right in two steps', (_, offByMs) => {
  const { clocks, jumps, pass } = madeClocks();
  const truth = clocks.wall - offByMs;
  jumps.correct(offByMs);
  expect(pass(1000)).toBe(truth + 1000);
  clocks.wall -= offByMs - 5 * 60_000;
  expect(pass(1000)).toBe(truth + 2000);
  clocks.wall -= 5 * 60_000;
  expect(pass(1000)).toBe(truth + 3000);
  expect(jumps.aheadMs).toBe(0);
});

it('once it was set right, a clock that was wrong from the start is like any other', () => {
  const { clocks, jumps, noticed, pass } = madeClocks();
  jumps.correct(HOUR_MS);
  clocks.wall -= HOUR_MS;
  pass(1000);
  clocks.wall += HOUR_MS;
  expect(pass(1000)).toBe(clocks.wall);
  expect(noticed.at(-1)).toEqual({ steppedMs: HOUR_MS, sleptMs: 0 });
});

it('that the clock was set while AWS was asked for the time is no jump', () => {
  const { clocks, jumps, noticed, pass } = madeClocks();
  clocks.wall += HOUR_MS;
  jumps.correct(0);
  expect(pass(1000)).toBe(clocks.wall);
  expect(noticed).toEqual([]);
  expect(jumps.aheadMs).toBe(0);
});
