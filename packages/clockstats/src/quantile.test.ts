import fc from 'fast-check';
import { expect, it } from 'vitest';
import { absQuantile, isPublishable, nearestRank, quantile, samplesNeeded, sortFinite } from './quantile.ts';

it('gives the nearest-rank percentiles of the 1000-point NBS14 sequence', () => {
  const values = new Float64Array(1000);
  let n = 1_234_567_890;
  for (let i = 0; i < 1000; i += 1) {
    values[i] = n / 2_147_483_647;
    n = (16_807 * n) % 2_147_483_647;
  }
  const ascending = sortFinite(values);
  expect(quantile(ascending, 0.5)).toBeCloseTo(0.4795799532, 10);
  expect(quantile(ascending, 0.9)).toBeCloseTo(0.9003953426, 10);
  expect(quantile(ascending, 0.99)).toBeCloseTo(0.9824616047, 10);
  // p99.9 of 1000 hangs on one sample: known (0.9952864838), but not published.
  expect(ascending[nearestRank(0.999, 1000) - 1]).toBeCloseTo(0.9952864838, 10);
  expect(quantile(ascending, 0.999)).toBeNull();
});

it.each([
  [0.5, 20],
  [0.9, 100],
  [0.99, 1000],
  [0.999, 10_000],
])('publishes p = %f from %i samples on', (p, needed) => {
  expect(samplesNeeded(p)).toBe(needed);
  expect(isPublishable(p, needed)).toBe(true);
  expect(isPublishable(p, needed - 1)).toBe(false);
});

it.each([
  [0.07, 100, 7],
  [0.75, 11, 9],
  [1, 5, 5],
  [0.001, 5, 1],
])('takes rank ceil(pN) of p = %f, N = %i as %i', (p, count, rank) => {
  expect(nearestRank(p, count)).toBe(rank);
});

it.each([
  [0, 5],
  [1.1, 5],
  [Number.NaN, 5],
  [0.5, 0],
])('has no rank for p = %f of %i values', (p, count) => {
  expect(() => nearestRank(p, count)).toThrow('no rank');
});

it('leaves NaN and infinity out when it sorts and keeps the rest', () => {
  expect([...sortFinite([3, Number.NaN, -1, Number.NEGATIVE_INFINITY, 2])]).toEqual([-1, 2, 3]);
});

it('has at least the share p of the values at or below the quantile and not at a smaller value', () => {
  const samples = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 40, maxLength: 200 });
  fc.assert(
    fc.property(samples, fc.constantFrom(0.1, 0.25, 0.5, 0.75), (values, p) => {
      const found = quantile(sortFinite(values), p)!;
      const share = (limit: (value: number) => boolean) => values.filter(limit).length / values.length;
      expect(share((value) => value <= found)).toBeGreaterThanOrEqual(p);
      expect(share((value) => value < found)).toBeLessThan(p);
    }),
  );
});

it('gives quantiles of magnitudes as those of the sorted magnitudes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 30 }), { minLength: 1, maxLength: 300 }), (values) => {
      const magnitudes = sortFinite(values.map(Math.abs));
      for (const p of [0.1, 0.5, 0.9]) expect(absQuantile(sortFinite(values), p)).toBe(quantile(magnitudes, p));
    }),
  );
});
