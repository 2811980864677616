import { expect, it } from 'vitest';
import { judgeClock } from './judge-clock.ts';

it('is content with a clock that is off by what an answer takes', () => {
  expect([judgeClock(1500), judgeClock(-20_000)].map(({ result }) => result)).toEqual(['ok', 'ok']);
});

it('warns of a clock that is off, with the direction', () => {
  expect(judgeClock(-3_600_000)).toMatchObject({
    result: 'warning',
    reason: expect.stringContaining("ahead of AWS's"),
  });
  expect(judgeClock(365 * 86_400_000)).toMatchObject({
    result: 'warning',
    reason: expect.stringContaining("behind AWS's"),
    remedy: expect.stringContaining('synchronise it'),
  });
});

it('does not say that a clock is right that nothing was compared with', () => {
  expect(judgeClock(null).result).toBe('skipped');
});
