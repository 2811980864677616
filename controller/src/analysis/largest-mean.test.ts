import { expect, it } from 'vitest';
import { largestMean } from './largest-mean.ts';

it('finds the 1000 s with the largest mean, and none in less', () => {
  const values = new Float64Array(8000);
  values.fill(7, 4000, 8000);
  expect(largestMean({ values, tau0: 0.25 })).toEqual({ mean: 7, start: 4000, ticks: 4000 });
  expect(largestMean({ values: values.subarray(0, 3999), tau0: 0.25 })).toBeNull();
  values.fill(Number.NaN, 0, 7000);
  expect(largestMean({ values, tau0: 0.25 })).toBeNull();
});
