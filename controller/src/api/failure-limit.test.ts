import { expect, it } from 'vitest';
import { FailureLimit } from './failure-limit.ts';

it('answers twenty wrong tokens, then one every three seconds, and says once that the limit is reached', () => {
  let now = 1_000;
  const limit = new FailureLimit({ now: () => now });
  const held = (count: number) => Array.from({ length: count }, () => limit.fail().retryAfterS !== null);
  expect(held(20)).toEqual(Array(20).fill(false));
  expect(limit.fail()).toEqual({ retryAfterS: 3, reached: true });
  expect(limit.fail()).toEqual({ retryAfterS: 3, reached: false });
  now += 6_000;
  expect(held(3)).toEqual([false, false, true]);
  now += 3_600_000;
  expect(held(21)).toEqual([...Array(20).fill(false), true]);
});

it('says it again after it has been calm, and is not moved by a clock that goes back', () => {
  let now = 1_000_000;
  const limit = new FailureLimit({ now: () => now });
  const untilReached = () => Array.from({ length: 21 }, () => limit.fail()).filter(({ reached }) => reached).length;
  expect(untilReached()).toBe(1);
  now -= 900_000;
  expect(limit.fail().retryAfterS).toBe(3);
  now += 60_000;
  expect(untilReached()).toBe(1);
});
