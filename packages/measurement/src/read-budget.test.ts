import { expect, test } from 'vitest';
import { checkReadBudget, chronyReadsPerS } from './read-budget.ts';

test.each([
  { dpoll: 0, reads: 25 },
  { dpoll: -1, reads: 50 },
  { dpoll: -3, reads: 200 },
  { dpoll: 2, reads: 6.25 },
])('chronyd at dpoll $dpoll takes $reads readings a second', ({ dpoll, reads }) => {
  expect(chronyReadsPerS(dpoll)).toBe(reads);
});

test('the default plan fits beside chronyd at poll 0 and shows its arithmetic', () => {
  expect(checkReadBudget({ readings: 3, intervalMs: 250, chronyReadsPerS: 25 })).toEqual({
    ok: true,
    ownReadsPerS: 12,
    totalReadsPerS: 37,
    explanation:
      '3 readings every 250 ms are 12/s, chronyd takes 25/s, together 37/s of the 75/s that may be used ' +
      "(60 % of the device's 125/s)",
  });
});

test('a plan that needs too much is refused and told what would fit', () => {
  const refused = checkReadBudget({ readings: 25, intervalMs: 250, chronyReadsPerS: 25 });
  expect(refused.ok).toBe(false);
  expect(refused.explanation).toContain('25 readings every 250 ms are 100/s, chronyd takes 25/s, together 125/s');
  expect(refused.explanation).toContain('With 25 readings the interval must be at least 500 ms.');
  expect(checkReadBudget({ readings: 25, intervalMs: 500, chronyReadsPerS: 25 }).ok).toBe(true);
  expect(checkReadBudget({ readings: 25, intervalMs: 499, chronyReadsPerS: 25 }).ok).toBe(false);
});

test('where chronyd alone uses the budget up, its dpoll is what must change', () => {
  const refused = checkReadBudget({ readings: 1, intervalMs: 1000, chronyReadsPerS: chronyReadsPerS(-2) });
  expect(refused.ok).toBe(false);
  expect(refused.explanation).toContain('raise dpoll');
});

test('nonsense is a programming error', () => {
  expect(() => checkReadBudget({ readings: 0, intervalMs: 250, chronyReadsPerS: 0 })).toThrow(RangeError);
  expect(() => checkReadBudget({ readings: 1, intervalMs: Number.NaN, chronyReadsPerS: 0 })).toThrow(RangeError);
});
