import { expect, test } from 'vitest';
import { randomWalkAt } from './random-walk.ts';

const S = 1e9;

function deviationOver(seeds: number, value: (seed: number) => number): number {
  const squares = Array.from({ length: seeds }, (_, seed) => value(seed) ** 2);
  return Math.sqrt(squares.reduce((a, b) => a + b) / seeds);
}

test('the walk starts at zero', () => {
  expect(randomWalkAt([1, 1], 0)).toBe(0);
});

test.each([0.5, 1, 4, 3600, 700_000])('after %d s its standard deviation is the square root of that', (seconds) => {
  const deviation = deviationOver(3000, (seed) => randomWalkAt([seed, 1], seconds * S));
  // Five standard errors of a standard deviation from 3000 values: 5 / sqrt(6000).
  expect(Math.abs(deviation / Math.sqrt(seconds) - 1)).toBeLessThan(0.065);
});

test('increments of neighbouring seconds are independent', () => {
  const key = [5, 1] as const;
  const increments = Array.from({ length: 4000 }, (_, i) => randomWalkAt(key, (i + 1) * S) - randomWalkAt(key, i * S));
  let product = 0;
  for (let i = 1; i < increments.length; i++) product += (increments[i] ?? 0) * (increments[i - 1] ?? 0);
  // Five standard errors: 5 / sqrt(4000).
  expect(Math.abs(product / increments.length)).toBeLessThan(0.08);
});

test('between the grid points the walk is continuous', () => {
  for (let i = 0; i < 1000; i++) {
    const at = i * 31_250_000;
    expect(Math.abs(randomWalkAt([9, 1], at) - randomWalkAt([9, 1], at + 1))).toBeLessThan(1e-6);
  }
});

test('any time can be asked in any order, and another seed walks elsewhere', () => {
  const late = randomWalkAt([3, 1], 1e6 * S);
  randomWalkAt([3, 1], 5 * S);
  expect(randomWalkAt([3, 1], 1e6 * S)).toBe(late);
  expect(randomWalkAt([4, 1], 1e6 * S)).not.toBe(late);
});
