/** Ratios with intervals. */
import { describe, expect, test } from 'vitest';
import { normals } from './normals.fixture.ts';
import { blockRatio, deviationRatio, groupRatio, pairedRatio, studentQuantile975 } from './ratio-interval.ts';

describe("Student's t", () => {
  test.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [120, 1.98],
    [Number.POSITIVE_INFINITY, 1.96],
  ])('with %d degrees of freedom: %d, as the tables have it', (freedom, value) => {
    expect(Math.abs(studentQuantile975(freedom) / value - 1)).toBeLessThan(0.0015);
  });
});

/** Lognormal values around `level` with lag-1 correlation `r` of their logarithms. */
function made(random: () => number, { level, n, r = 0 }: { level: number; n: number; r?: number }): number[] {
  let state = random();
  return Array.from({ length: n }, () => {
    state = r * state + Math.sqrt(1 - r * r) * random();
    return level * Math.exp(0.2 * state);
  });
}

describe('the interval', () => {
  test.each([
    { r: 0, covered: [0.93, 0.97] },
    { r: 0.5, covered: [0.88, 0.98] },
  ])('of 24 blocks with correlation $r holds the true ratio about as often as it says', ({ r, covered }) => {
    const random = normals(7);
    const runs = 2000;
    let hits = 0;
    for (let i = 0; i < runs; i += 1) {
      const found = blockRatio(made(random, { level: 100, n: 24, r }), made(random, { level: 130, n: 24, r }));
      if (found !== null && found.low <= 1.3 && 1.3 <= found.high) hits += 1;
    }
    const [least = 0, most = 0] = covered;
    expect(hits / runs).toBeGreaterThan(least);
    expect(hits / runs).toBeLessThan(most);
  });

  test('of two groups of three instances is wide; of the same instances twice it is not', () => {
    const before = [100, 200, 400];
    const after = [110, 222, 439];
    const apart = groupRatio(before, after);
    const paired = pairedRatio(before.map((value, i) => [value, after[i] ?? 0]));
    expect(apart?.ratio).toBeCloseTo(paired?.ratio ?? 0, 12);
    expect(apart?.low).toBeLessThan(1);
    expect(paired?.low).toBeGreaterThan(1);
  });

  test('of two TDEV is that of the F distribution within a few per cent', () => {
    // F quantiles of 40 and 40 degrees: 0.5333 and 1.8752; the ratio of deviations is divided by their roots.
    const found = deviationRatio({ value: 10, freedom: 40 }, { value: 15, freedom: 40 });
    expect(found?.low).toBeCloseTo(1.5 / Math.sqrt(1.8752), 1);
    expect(found?.high).toBeCloseTo(1.5 / Math.sqrt(0.5333), 1);
  });

  test('is not there where nothing shows the scatter', () => {
    expect(blockRatio([1, 2, 3], [1, 2, 3, 4])).toBeNull();
    expect(blockRatio([1, 2, 3, 0], [1, 2, 3, 4])).toBeNull();
    expect(groupRatio([1], [2, 3])).toBeNull();
    expect(pairedRatio([[1, 2]])).toBeNull();
    expect(deviationRatio({ value: 1, freedom: 4 }, { value: 1, freedom: 100 })).toBeNull();
  });

  test('of constant blocks has no width', () => {
    const found = blockRatio([5, 5, 5, 5], [10, 10, 10, 10]);
    for (const value of [found?.ratio, found?.low, found?.high]) expect(value).toBeCloseTo(2, 12);
  });
});
