import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advanceThrottle, INITIAL_THROTTLE, type ReadThrottle, readingsNow } from './read-throttle.ts';

/** Runs ticks against a device; returns the readings tried at each tick. */
function run(start: ReadThrottle, busyAt: (tick: number) => boolean, ticks: number) {
  let throttle = start;
  const tried: number[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const readings = readingsNow(throttle, 3);
    tried.push(readings);
    const answered = busyAt(tick) ? 'busy' : 'good';
    throttle = advanceThrottle(throttle, readings === 0 ? 'skipped' : answered);
  }
  return { throttle, tried };
}

test('without trouble each tick takes what the plan says', () => {
  const { tried, throttle } = run(INITIAL_THROTTLE, () => false, 20);
  expect(new Set(tried)).toEqual(new Set([3]));
  expect(throttle).toMatchObject({ level: 'full', skip: 0 });
});

test('after one refusal the next bursts have one reading, and the plan is back after eight good ones', () => {
  const { tried } = run(INITIAL_THROTTLE, (tick) => tick === 0, 11);
  expect(tried).toEqual([3, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3]);
});

test('under lasting refusals the agent asks once in sixteen ticks', () => {
  const { tried } = run(INITIAL_THROTTLE, () => true, 86);
  expect(tried.slice(0, 6)).toEqual([3, 1, 0, 0, 0, 1]);
  expect(tried.slice(6).filter((readings) => readings > 0)).toHaveLength(5);
});

test('whatever the device does, the agent never takes more than planned and always comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (answers) => {
      const { throttle, tried } = run(INITIAL_THROTTLE, (tick) => answers[tick] === true, answers.length);
      expect(Math.max(0, ...tried)).toBeLessThanOrEqual(3);
      expect(run(throttle, () => false, 16 * 9 + 4 * 9 + 9).throttle.level).toBe('full');
    }),
  );
});
