import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const RULES = { firstMs: 500, longestMs: 30_000 };

test('waits double until the longest, and half of each is random', () => {
  expect([1, 2, 3, 7, 100].map((failures) => backoffMs(RULES, failures, 0))).toEqual([250, 500, 1000, 15_000, 15_000]);
  expect(backoffMs(RULES, 1, 0.999_999)).toBe(500);
});

test('a wait is never shorter than half of the first nor longer than the longest', () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
      const wait = backoffMs(RULES, failures, random);
      expect(wait).toBeGreaterThanOrEqual(250);
      expect(wait).toBeLessThanOrEqual(30_000);
    }),
  );
});
