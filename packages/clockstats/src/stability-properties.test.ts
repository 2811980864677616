/** What must hold for any series: against the definitions written out, for gaps, constants and scales, and at the edges. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adev, oadev } from './adev.ts';
import { ClockstatsError } from './clockstats-error.ts';
import { hdev, ohdev } from './hadamard.ts';
import { mdev } from './mdev.ts';
import { mtie } from './mtie.ts';
import { normals } from './normals.fixture.ts';
import type { StabilityCurve } from './stability-curve.ts';
import { largestFactor, octaveFactors, perOctaveFactors } from './taus.ts';
import { tdev } from './tdev.ts';
import { tieRms } from './tie-rms.ts';
import { totdev } from './total-deviation.ts';

const STATISTICS = { adev, oadev, mdev, tdev, hdev, ohdev, totdev, tieRms, mtie };
const NAMES = Object.keys(STATISTICS) as (keyof typeof STATISTICS)[];

/** Whole nanoseconds, sometimes with missing ones; noise, walks and slopes. */
const SERIES = fc
  .record({
    steps: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 300 }),
    isWalk: fc.boolean(),
    slope: fc.integer({ min: -30, max: 30 }),
    holes: fc.array(fc.nat(299), { maxLength: 3 }),
  })
  .map(({ steps, isWalk, slope, holes }) => {
    let walk = 0;
    const values = Float64Array.from(steps, (step, i) => {
      walk += step;
      return (isWalk ? walk : step) + slope * i;
    });
    for (const hole of holes) if (hole < values.length) values[hole] = Number.NaN;
    return values;
  });

const FACTORS = [1, 2, 3, 5, 8, 13, 16, 17, 18, 33, 40, 64, 100, 128, 129, 150, 200, 255];

/** The definition, written out: a window is cut off at a gap, and only complete windows count as terms. */
function plainMtie(values: Float64Array, m: number): { value: number; terms: number } {
  let value = 0;
  let terms = 0;
  for (let start = 0; start < values.length; start += 1) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let end = start;
    while (end <= start + m && end < values.length && Number.isFinite(values[end]!)) {
      low = Math.min(low, values[end]!);
      high = Math.max(high, values[end]!);
      end += 1;
    }
    if (end === start + m + 1) terms += 1;
    if (high > low) value = Math.max(value, high - low);
  }
  return { value, terms };
}

function plainTdev(values: Float64Array, m: number): { value: number; terms: number } {
  let sum = 0;
  let terms = 0;
  for (let j = 0; j + 3 * m <= values.length; j += 1) {
    let inner = 0;
    for (let i = j; i < j + m; i += 1) inner += values[i + 2 * m]! - 2 * values[i + m]! + values[i]!;
    if (!Number.isFinite(inner)) continue;
    sum += inner * inner;
    terms += 1;
  }
  return { value: Math.sqrt(sum / terms / 6) / m, terms };
}

function plainOadev(values: Float64Array, m: number): { value: number; terms: number } {
  let sum = 0;
  let terms = 0;
  for (let i = 0; i + 2 * m < values.length; i += 1) {
    const difference = values[i + 2 * m]! - 2 * values[i + m]! + values[i]!;
    if (!Number.isFinite(difference)) continue;
    sum += difference * difference;
    terms += 1;
  }
  return { value: Math.sqrt(sum / terms / 2) / m, terms };
}

describe('against the definition written out', () => {
  it('MTIE is exact, also for long windows, slopes and gaps, and tells where', () => {
    const series = fc.oneof(
      SERIES,
      fc.tuple(SERIES, SERIES, SERIES, SERIES).map((parts) => Float64Array.from(parts.flatMap((part) => [...part]))),
    );
    fc.assert(
      fc.property(series, (values) => {
        const points = new Map(mtie({ values, tau0: 1 }, FACTORS).points.map((point) => [point.m, point]));
        for (const m of FACTORS) {
          const plain = plainMtie(values, m);
          const point = points.get(m);
          expect(point?.terms ?? 0).toBe(plain.terms);
          if (point === undefined) continue;
          expect(point.value).toBe(plain.value);
          const window = values.subarray(point.start, point.start + m + 1).filter(Number.isFinite);
          expect(Math.max(...window) - Math.min(...window)).toBeGreaterThanOrEqual(plain.value);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['tdev', plainTdev],
    ['oadev', plainOadev],
  ] as const)('%s leaves out exactly the terms that touch a gap', (name, plain) => {
    fc.assert(
      fc.property(SERIES, (values) => {
        for (const point of STATISTICS[name]({ values, tau0: 1 }, FACTORS).points) {
          const expected = plain(values, point.m);
          expect(point.terms).toBe(expected.terms);
          expect(point.value).toBeCloseTo(expected.value, 8);
        }
      }),
    );
  });
});

describe('properties', () => {
  it('MTIE never decreases with tau, and at the full span of a series without gaps it is peak-to-peak', () => {
    fc.assert(
      fc.property(SERIES, (values) => {
        const { points } = mtie({ values, tau0: 1 }, FACTORS);
        for (let i = 1; i < points.length; i += 1)
          expect(points[i]!.value).toBeGreaterThanOrEqual(points[i - 1]!.value);
        const whole = values.filter(Number.isFinite);
        fc.pre(whole.length >= 2);
        const [span] = mtie({ values: whole, tau0: 1 }, [whole.length - 1]).points;
        expect(span).toMatchObject({ terms: 1, value: Math.max(...whole) - Math.min(...whole) });
      }),
    );
  });

  it.each(NAMES)('%s: a constant, also 37 s in ns, changes nothing', (name) => {
    fc.assert(
      fc.property(SERIES, fc.constantFrom(37_000_000_000, -12_345, 1_760_000_000_000_000), (values, constant) => {
        const curve = STATISTICS[name]({ values, tau0: 1 }, FACTORS);
        const shifted = values.map((value) => value + constant);
        expect(STATISTICS[name]({ values: shifted, tau0: 1 }, FACTORS)).toEqual(curve);
      }),
    );
  });

  it.each(NAMES)('%s: scaling the series scales the value', (name) => {
    fc.assert(
      fc.property(SERIES, fc.constantFrom(-4, 0.5, 1024), (values, scale) => {
        const points = STATISTICS[name]({ values, tau0: 1 }, FACTORS).points.map((p) => [
          p.m,
          p.value * Math.abs(scale),
          p.terms,
        ]);
        const scaled = STATISTICS[name]({ values: values.map((value) => value * scale), tau0: 1 }, FACTORS);
        expect(scaled.points.map((p) => [p.m, p.value, p.terms])).toEqual(points);
      }),
    );
  });

  it('keeps 20 ns of white noise on 37 s of constant, where sums of the bare values lose it', () => {
    const next = normals(1);
    const noise = Float64Array.from({ length: 200_000 }, () => next() * 20);
    const plain = tdev({ values: noise, tau0: 1 }, [1, 10]);
    const shifted = tdev({ values: noise.map((x) => x + 37e9), tau0: 1 }, [1, 10]);
    // Adding 37e9 rounds the samples themselves to 7.6e-6 ns; nothing more may be lost.
    for (const [i, point] of plain.points.entries()) expect(shifted.points[i]!.value).toBeCloseTo(point.value, 5);
    expect(plain.points[0]!.value).toBeCloseTo(20, 0);
    expect(plain.points[1]!.value).toBeCloseTo(20 / Math.sqrt(10), 0);
  });
});

describe('at the edges', () => {
  it.each(NAMES)('%s: gives no point and a full account for series that hold nothing', (name) => {
    for (const values of [[], [1], [Number.NaN, Number.NaN, Number.NaN], [Number.NaN, 5, Number.POSITIVE_INFINITY]]) {
      const curve = STATISTICS[name]({ values: Float64Array.from(values), tau0: 1 }, FACTORS);
      expect(curve.points).toEqual([]);
      expect(curve.samples).toBe(values.filter(Number.isFinite).length);
      expect(curve.missing).toBe(values.length - curve.samples);
      expect(curve.missingShare).toBe(values.length === 0 ? 0 : curve.missing / values.length);
    }
  });

  it('two samples have an MTIE and, asked for single terms, a TIE rms, but no deviation', () => {
    const series = { values: Float64Array.of(3, 10), tau0: 1 };
    expect(mtie(series, [1, 2]).points).toEqual([{ tau: 1, m: 1, value: 7, terms: 1, start: 0 }]);
    expect(tieRms(series, [1]).points).toEqual([]);
    expect(tieRms(series, [1], { minTerms: 1 }).points).toEqual([{ tau: 1, m: 1, value: 7, terms: 1 }]);
    expect(oadev(series, [1], { minTerms: 1 }).points).toEqual([]);
  });

  it.each(NAMES)('%s: is 0 everywhere for a constant series', (name) => {
    const values = new Float64Array(400).fill(-17);
    const { points } = STATISTICS[name]({ values, tau0: 1 }, [1, 20, 50]);
    expect(points.map((point) => point.value)).toEqual([0, 0, 0]);
  });

  it('bridges no gap: the windows and terms over a hole are missing, not wrong', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : 1000));
    values[50] = Number.NaN;
    expect(mtie({ values, tau0: 1 }, [1, 10]).points.map((p) => [p.value, p.terms])).toEqual([
      [0, 49 + 48],
      [0, 40 + 39],
    ]);
    expect(tdev({ values, tau0: 1 }, [10]).points).toEqual([{ tau: 10, m: 10, value: 0, terms: 21 + 20 }]);
  });

  it.each(['adev', 'mtie', 'tdev'] as const)('%s: refuses a factor or a spacing that makes no sense', (name) => {
    const series = { values: Float64Array.of(1, 2, 3), tau0: 1 };
    for (const factor of [0, -1, 1.5, Number.NaN]) {
      expect(() => STATISTICS[name](series, [factor])).toThrow(ClockstatsError);
    }
    expect(() => STATISTICS[name]({ ...series, tau0: 0 }, [1])).toThrow(ClockstatsError);
  });

  it('computes ten million samples with all octaves, without recursion or spreading over the stack', () => {
    const values = new Float64Array(1e7);
    for (let i = 0; i < values.length; i += 1) values[i] = (i * 7919) % 101;
    const series = { values, tau0: 0.25 };
    const curves: StabilityCurve[] = [
      mtie(series, octaveFactors(largestFactor('mtie', values.length))),
      tdev(series, octaveFactors(largestFactor('tdev', values.length))),
      oadev(series, octaveFactors(largestFactor('oadev', values.length))),
    ];
    expect(curves.map((curve) => curve.points.length)).toEqual([24, 20, 23]);
    expect(curves[0]!.points.at(-1)).toMatchObject({ value: 100, terms: 1e7 - 2 ** 23 });
  });
});

describe('averaging factors', () => {
  it('are octaves, parts of octaves and no more than the series carries', () => {
    expect(octaveFactors(20)).toEqual([1, 2, 4, 8, 16]);
    expect(octaveFactors(0)).toEqual([]);
    expect(perOctaveFactors(16, 4)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 16]);
  });

  it('leave TDEV only while the record lasts twelve tau, and every other statistic two terms', () => {
    expect(largestFactor('tdev', 1201)).toBe(100);
    expect(largestFactor('mtie', 1)).toBe(0);
    const values = Float64Array.from({ length: 97 }, (_, i) => i % 7);
    for (const metric of ['adev', 'oadev', 'mdev', 'hdev', 'ohdev'] as const) {
      const largest = largestFactor(metric, values.length);
      const points = STATISTICS[metric]({ values, tau0: 1 }, [largest, largest + 1]).points;
      expect(
        points.map((point) => point.m),
        metric,
      ).toEqual([largest]);
    }
  });
});
