import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Histogram } from './histogram.ts';
import { nearestRank, sortFinite } from './quantile.ts';

const offsets = fc.array(
  fc.oneof(
    fc.double({ min: -1e12, max: 1e12, noNaN: true }),
    fc.integer({ min: -300, max: 300 }),
    fc.constant(Number.NaN),
  ),
  { maxLength: 300 },
);

function filled(values: readonly number[], unit = 1): Histogram {
  const histogram = new Histogram(unit);
  histogram.add(values);
  return histogram;
}

it('brackets the exact quantile within one unit or 1/128 of it', () => {
  fc.assert(
    fc.property(offsets, fc.constantFrom(0.1, 0.5, 0.9), (values, p) => {
      const ascending = sortFinite(values);
      const bracket = filled(values).quantile(p);
      if (bracket === null) {
        expect(ascending.length * (1 - p)).toBeLessThan(10);
        return;
      }
      const exact = ascending[nearestRank(p, ascending.length) - 1]!;
      expect(bracket.low).toBeLessThanOrEqual(exact);
      expect(bracket.high).toBeGreaterThanOrEqual(exact);
      expect(bracket.high - bracket.low).toBeLessThanOrEqual(Math.max(1, Math.abs(exact) / 127));
    }),
  );
});

it('is the same after merging parts through JSON as after adding everything to one', () => {
  fc.assert(
    fc.property(offsets, offsets, (left, right) => {
      const merged = filled(left);
      merged.merge(JSON.parse(JSON.stringify(filled(right).toData())));
      expect(merged.toData()).toEqual(filled([...left, ...right]).toData());
    }),
  );
});

it('keeps minimum, maximum and counts exact and counts what is not finite as missing', () => {
  const data = filled([Number.NaN, 5, -3.25, 1e15 + 0.5, Number.POSITIVE_INFINITY]).toData();
  expect([data.count, data.missing, data.min, data.max]).toEqual([3, 2, -3.25, 1e15 + 0.5]);
});

it('knows no negative zero', () => {
  expect(filled([-0]).toData()).toEqual({ unit: 1, count: 1, missing: 0, min: 0, max: 0, buckets: [[0, 1]] });
});

it.each([
  [0, 0],
  [127.9, 127],
  [128, 128],
  [255, 255],
  [256, 256],
  [257.9, 256],
  [258, 257],
  [-0.5, -1],
  [-128, -129],
])('puts %f into bucket %i', (value, bucket) => {
  expect(filled([value]).toData().buckets).toEqual([[bucket, 1]]);
});

it('holds values just below a power of two below its bucket', () => {
  for (let power = 8; power < 53; power += 1) {
    const at = filled([2 ** power]).toData().buckets[0]![0];
    const below = filled([2 ** power * (1 - 2 ** -53)]).toData().buckets[0]![0];
    expect(below).toBe(at - 1);
  }
});

it('scales with its unit', () => {
  const histogram = filled(
    Array.from({ length: 1000 }, (_, i) => i / 1000),
    0.001,
  );
  const bracket = histogram.quantile(0.5)!;
  expect(bracket.low).toBeLessThanOrEqual(0.499);
  expect(bracket.high).toBeGreaterThanOrEqual(0.499);
});

it('refuses to merge another unit and to have none', () => {
  expect(() => filled([1]).merge(filled([1], 2).toData())).toThrow('bucket units 1 and 2');
  expect(() => new Histogram(0)).toThrow('buckets of 0');
});
