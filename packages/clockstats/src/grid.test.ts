import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bridgeHoles } from './bridge-holes.ts';
import { ClockstatsError } from './clockstats-error.ts';
import { toGrid } from './grid.ts';
import { mtie } from './mtie.ts';
import { poolCurves } from './pool-curves.ts';
import { tdev } from './tdev.ts';

function grid(times: readonly number[], interval = 100) {
  return toGrid({ timeNs: Float64Array.from(times), values: Float64Array.from(times, (_, i) => i + 1) }, interval);
}

describe('a grid', () => {
  it('puts each sample at its tick and NaN where there is none', () => {
    const made = grid([1000, 1098, 1103 + 200, 1400]);
    expect([...made.values]).toEqual([1, 2, Number.NaN, 3, 4]);
    expect(made).toMatchObject({ originNs: 1000, missing: 1, missingShare: 0.2, crowded: 0, tau0: 1e-7 });
  });

  it('orders samples by time, and never by the order in which they came', () => {
    expect([...grid([1200, 1000, 1100]).values]).toEqual([2, 3, 1]);
  });

  it('names the rows that have the same monotonic time', () => {
    expect(() => grid([100, 300, 200, 300])).toThrow(ClockstatsError);
    expect(() => grid([100, 300, 200, 300])).toThrow('rows 1 and 3 have the same monotonic time 300 ns');
  });

  it('keeps the sample nearest to a tick that two have, and counts the other', () => {
    const made = grid([0, 100, 140, 200]);
    expect([...made.values]).toEqual([1, 2, 4]);
    expect(made.crowded).toBe(1);
  });

  it('treats a value that is not there like a sample that is not there', () => {
    const made = toGrid({ timeNs: Float64Array.of(0, 1, 2), values: Float64Array.of(5, Number.NaN, 7) }, 1);
    expect(made).toMatchObject({ missing: 1, crowded: 0 });
  });

  it('follows an interval that is 50 ppm longer than its nominal length, with late samples, for a million ticks', () => {
    let state = 3;
    const timeNs = Float64Array.from({ length: 1e6 }, (_, i) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return i * 250_012_500 + (state / 2 ** 32) * 60_000_000;
    });
    const made = toGrid({ timeNs, values: new Float64Array(1e6) }, 250_000_000);
    expect(made).toMatchObject({ missing: 0, crowded: 0 });
    expect(made.values).toHaveLength(1e6);
  });

  it('shows a hole of any length by its number of ticks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: -20, max: 20 }), (hole, lateness) => {
        const made = grid([0, 100, 200, 300 + hole * 100 + lateness]);
        expect(made.missing).toBe(hole);
      }),
    );
  });

  it('refuses an interval or times that no grid fits', () => {
    expect(() => grid([1, 2], 0)).toThrow(/interval of 0 ns/);
    expect(() => grid([1, 1e15], 1)).toThrow(/2 samples would lie on a grid of/);
    expect(() => grid([1, Number.NaN])).toThrow(/row 1 has no time/);
    expect(() => toGrid({ timeNs: new Float64Array(2), values: new Float64Array(1) }, 1)).toThrow(
      /2 times for 1 values/,
    );
  });

  it('of nothing is empty', () => {
    expect(grid([])).toMatchObject({ missing: 0, missingShare: 0 });
  });
});

describe('bridging holes', () => {
  const values = Float64Array.of(
    0,
    Number.NaN,
    Number.NaN,
    6,
    7,
    Number.NaN,
    5,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    1,
    Number.NaN,
  );

  it('fills short holes by a straight line, says how many ticks, and leaves the rest and the original', () => {
    const bridged = bridgeHoles({ values, tau0: 1 }, 2);
    expect([...bridged.values]).toEqual([0, 2, 4, 6, 7, 6, 5, Number.NaN, Number.NaN, Number.NaN, 1, Number.NaN]);
    expect(bridged.bridged).toBe(3);
    expect(values[1]).toBeNaN();
  });

  it('keeps MTIE within that of the whole data for a tau that is longer by the holes at both ends', () => {
    const numbers = fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 17 }), (list, hole) => {
        const whole = Float64Array.from(list);
        const holed = whole.slice().fill(Number.NaN, hole, hole + 2);
        const [sameTau, longerTau] = mtie({ values: whole, tau0: 1 }, [8, 12]).points;
        const bridged = mtie(bridgeHoles({ values: holed, tau0: 1 }, 2), [8]).points[0]!;
        expect(bridged.value).toBeLessThanOrEqual(longerTau!.value);
        expect(bridged.terms).toBe(sameTau!.terms);
      }),
    );
  });
});

describe('pooling curves', () => {
  const a = { values: Float64Array.of(0, 3, 1, 8, 2, 6, 1), tau0: 1 };
  const b = { values: Float64Array.of(5, 5, 6, 9, 1, 1), tau0: 1 };

  it('weighs deviations by their terms, as if the stretches had been one series with a gap', () => {
    const joined = { values: Float64Array.from([...a.values, Number.NaN, ...b.values]), tau0: 1 };
    const pooled = poolCurves([tdev(a, [1]), tdev(b, [1])]);
    expect(pooled?.points[0]?.value).toBeCloseTo(tdev(joined, [1]).points[0]!.value, 12);
    expect(pooled).toMatchObject({ metric: 'tdev', samples: 13, missing: 0 });
  });

  it('takes the largest MTIE, which never decreases', () => {
    const pooled = poolCurves([mtie(a, [1, 6]), mtie(b, [1, 2])]);
    expect(pooled?.points).toEqual([
      { tau: 1, m: 1, value: 8, terms: 11 },
      { tau: 2, m: 2, value: 8, terms: 4 },
      { tau: 6, m: 6, value: 8, terms: 1 },
    ]);
  });

  it('is nothing of nothing, and refuses to mix statistics', () => {
    expect(poolCurves([])).toBeNull();
    expect(() => poolCurves([mtie(a, [1]), tdev(a, [1])])).toThrow(ClockstatsError);
  });
});
