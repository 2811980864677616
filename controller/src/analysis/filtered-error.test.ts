/** The filter of G.8273.2 against its closed forms. */
import { expect, it } from 'vitest';
import { filterError, largestMean } from './filtered-error.ts';

const TAU0 = 0.25;

function sine(hertz: number, count = 8000): Float64Array {
  return Float64Array.from({ length: count }, (_, tick) => 100 * Math.sin(2 * Math.PI * hertz * tick * TAU0));
}

function amplitude(values: Float64Array): number {
  return values.filter(Number.isFinite).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

it('halves the power at 0.1 Hz, lets slow through and stops fast', () => {
  const gain = (hertz: number) => amplitude(filterError({ values: sine(hertz), tau0: TAU0 }).lowPass) / 100;
  // One pole in steps of 0.25 s: 1 / sqrt(2) at the corner within the 8 % that sampling costs.
  expect(Math.abs(gain(0.1) - Math.SQRT1_2)).toBeLessThan(0.08);
  expect(gain(0.001)).toBeGreaterThan(0.99);
  expect(gain(1)).toBeLessThan(0.16);
});

it('gives slow and fast parts that add up, and neither before it has settled nor in a gap', () => {
  const values = sine(0.05, 400);
  values.fill(Number.NaN, 200, 210);
  const { lowPass, highPass } = filterError({ values, tau0: TAU0 });
  expect((lowPass[100] ?? 0) + (highPass[100] ?? 0)).toBeCloseTo(values[100] ?? 0, 9);
  for (const tick of [0, 31, 205, 215]) expect(lowPass[tick]).toBeNaN();
  expect(lowPass[150]).not.toBeNaN();
});

it('finds the 1000 s with the largest mean, and none in less', () => {
  const values = new Float64Array(8000);
  values.fill(7, 4000, 8000);
  expect(largestMean({ values, tau0: TAU0 })).toEqual({ mean: 7, start: 4000, ticks: 4000 });
  expect(largestMean({ values: values.subarray(0, 3999), tau0: TAU0 })).toBeNull();
});
