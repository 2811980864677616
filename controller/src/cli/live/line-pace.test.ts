import { expect, it } from 'vitest';
import { LinePace } from './line-pace.ts';

it('tells what happens at once, figures every ten seconds, and nothing twice', () => {
  const pace = new LinePace();
  const isDue = (now: number, figure: number, happened: string) => pace.isDue({ state: { figure }, happened, now });
  expect(isDue(0, 1, 'launching')).toBe(true);
  expect(isDue(500, 2, 'launching')).toBe(false);
  expect(isDue(1000, 3, 'soaking')).toBe(true);
  expect(isDue(10_999, 4, 'soaking')).toBe(false);
  expect(isDue(11_000, 5, 'soaking')).toBe(true);
  expect(isDue(60_000, 5, 'soaking')).toBe(false);
});
