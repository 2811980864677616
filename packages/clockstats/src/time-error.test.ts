import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureHoldover } from './holdover.ts';
import { splitAt } from './low-pass.ts';
import { higherMomentsOf, mergeHigherMoments, NO_HIGHER_MOMENTS, shapeOf } from './moments.ts';
import { timeError } from './time-error.ts';
import { timeToLock } from './time-to-lock.ts';

const S = 1e9;

/** Samples each second. */
function seconds(values: readonly number[], first = 0) {
  return { timeNs: Float64Array.from(values, (_, i) => (first + i) * S), values: Float64Array.from(values) };
}

describe('skewness and kurtosis', () => {
  it('are those of known distributions', () => {
    expect(shapeOf(higherMomentsOf([1, 2, 3, 4, 5]))).toEqual({ skewness: 0, excessKurtosis: -1.3, count: 5 });
    const coin = shapeOf(higherMomentsOf([0, 0, 0, 1]))!;
    expect(coin.skewness).toBeCloseTo(2 / Math.sqrt(3), 12);
    expect(coin.excessKurtosis).toBeCloseTo(7 / 3 - 3, 12);
  });

  it('do not depend on how the values are cut into chunks, nor on 37 s of constant', () => {
    const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 4, maxLength: 100 });
    fc.assert(
      fc.property(numbers, fc.nat(100), fc.constantFrom(0, 37e9), (values, cut, constant) => {
        const whole = higherMomentsOf(values);
        const parts = [values.slice(0, cut), values.slice(cut)].map((part) =>
          higherMomentsOf(part.map((x) => x + constant)),
        );
        const merged = mergeHigherMoments(parts[0]!, parts[1]!);
        expect(merged.count).toBe(whole.count);
        const [a, b] = [shapeOf(whole), shapeOf(merged)];
        if (a === null) return;
        expect(b!.skewness).toBeCloseTo(a.skewness, 5);
        expect(b!.excessKurtosis).toBeCloseTo(a.excessKurtosis, 5);
      }),
    );
  });

  it('do not exist without spread', () => {
    for (const values of [[], [5], [5, 5, 5], [Number.NaN]]) expect(shapeOf(higherMomentsOf(values))).toBeNull();
    expect(mergeHigherMoments(NO_HIGHER_MOMENTS, higherMomentsOf([1, 2]))).toEqual(higherMomentsOf([1, 2]));
  });
});

describe('the 0.1 Hz filter', () => {
  it.each([0.05, 0.25, 1, 4])('has its -3 dB at the cutoff for samples every %d s', (tau0) => {
    const length = Math.round(2000 / tau0);
    const values = Float64Array.from({ length }, (_, i) => Math.sin(2 * Math.PI * 0.1 * i * tau0 + 0.3));
    const { low, high } = splitAt(0.1, { values, tau0 });
    const rms = (list: Float64Array) => {
      const settled = list.subarray(Math.round(1000 / tau0));
      return Math.sqrt(settled.reduce((sum, x) => sum + x * x, 0) / settled.length);
    };
    expect(rms(low) / rms(values)).toBeCloseTo(Math.SQRT1_2, 2);
    expect(rms(high) / rms(values)).toBeCloseTo(Math.SQRT1_2, 2);
  });

  it('passes a constant, adds up to the input, and drops its settling by time, not by a number of samples', () => {
    for (const tau0 of [0.25, 1]) {
      const values = Float64Array.from({ length: 400 }, (_, i) => 50 + (i % 3));
      const { low, high } = splitAt(0.1, { values, tau0 });
      const first = low.findIndex(Number.isFinite);
      expect(first * tau0).toBeGreaterThan(11);
      expect(first * tau0).toBeLessThanOrEqual(12);
      for (let i = first; i < values.length; i += 1) expect(low[i]! + high[i]!).toBeCloseTo(values[i]!, 9);
    }
    const constant = splitAt(0.1, { values: new Float64Array(40).fill(37e9), tau0: 1 });
    expect(constant.low[39]).toBe(37e9);
    expect(constant.high[39]).toBe(0);
  });

  it('settles anew after a gap', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : 1000));
    values[50] = Number.NaN;
    const { low } = splitAt(0.1, { values, tau0: 1 });
    expect([...low.subarray(50, 62)].every(Number.isNaN)).toBe(true);
    expect(low[70]).toBe(1000);
  });

  it('is refused for samples that are too coarse for it', () => {
    expect(() => splitAt(0.1, { values: new Float64Array(9), tau0: 5 })).toThrow(/every 5 s say nothing about 0.1 Hz/);
  });
});

describe('time error', () => {
  it('separates a constant, a slow and a fast part', () => {
    const values = Float64Array.from({ length: 8000 }, (_, i) => {
      const t = i / 4;
      return 30 + 10 * Math.sin(2 * Math.PI * 0.002 * t) + 5 * Math.sin(2 * Math.PI * 1.9 * t);
    });
    const { unfiltered, constant, low, high } = timeError({ values, tau0: 0.25 });
    expect(unfiltered!.maxAbs).toBeGreaterThan(44);
    expect(constant!.windows).toBe(4001);
    expect(constant!.min).toBeCloseTo(30, 1);
    expect(constant!.max).toBeCloseTo(30, 1);
    expect(low!.peakToPeak).toBeCloseTo(20, 0);
    expect(low!.maxAbs).toBeCloseTo(40, 0);
    expect(high!.peakToPeak).toBeGreaterThan(9.5);
    expect(high!.peakToPeak).toBeLessThan(10.8);
  });

  it('finds the worst window of the mean, and needs 99 % of its samples', () => {
    const values = Float64Array.from({ length: 3000 }, (_, i) => (i >= 1000 && i < 2000 ? -80 : 20));
    expect(timeError({ values, tau0: 1 }).constant).toEqual({
      windowS: 1000,
      windows: 2001,
      min: -80,
      max: 20,
      maxAbs: 80,
    });
    values.fill(Number.NaN, 0, 2011);
    expect(timeError({ values, tau0: 1 }).constant).toBeNull();
    values.fill(20, 2009, 2011);
    expect(timeError({ values, tau0: 1 }).constant?.windows).toBe(2);
  });

  it('says where the largest error was, and has nothing to say of nothing', () => {
    const values = Float64Array.of(1, -7, Number.NaN, 6);
    expect(timeError({ values, tau0: 10 })).toEqual({
      unfiltered: { min: -7, max: 6, maxAbs: 7, maxAbsIndex: 1, peakToPeak: 13, samples: 3 },
      constant: null,
      low: null,
      high: null,
      filtered: null,
    });
    expect(timeError({ values: new Float64Array(2).fill(Number.NaN), tau0: 1 }).unfiltered).toBeNull();
  });
});

describe('time to lock', () => {
  const rule = { limit: 1000, holdNs: 3 * S, longestGapNs: 2.5 * S };

  it('is the beginning of the first time within the limit that lasts', () => {
    expect(timeToLock(seconds([9e4, 800, -5000, 900, -200, 100, 50, 9e9]), rule)).toEqual({
      state: 'locked',
      lockedAtNs: 3 * S,
      row: 3,
      confirmedAtNs: 6 * S,
      timeToLockNs: 3 * S,
    });
  });

  it('takes as many samples as it is told', () => {
    const locked = timeToLock(seconds([0, 0, 0, 0, 0, 0, 0, 0]), { ...rule, leastSamples: 6 });
    expect(locked).toMatchObject({ state: 'locked', row: 0, confirmedAtNs: 5 * S });
    expect(timeToLock(seconds([0, 0, 0, 0, 5000, 0, 0, 0]), { ...rule, leastSamples: 5 })).toMatchObject({
      state: 'not_locked',
    });
  });

  it('counts from where it is told, and samples before do not help', () => {
    const locked = timeToLock(seconds([0, 0, 0, 0, 0, 0, 0, 0]), { ...rule, fromNs: 2.5 * S });
    expect(locked).toMatchObject({ state: 'locked', lockedAtNs: 3 * S, timeToLockNs: 0.5 * S });
  });

  it('is interrupted by missing samples, in the grid or in the times', () => {
    const holed = seconds([0, 0, Number.NaN, Number.NaN, 0, 0]);
    expect(timeToLock(holed, rule)).toEqual({ state: 'not_locked', lastOutsideNs: S, observedNs: 5 * S });
    const late = { timeNs: Float64Array.of(0, S, 4 * S, 5 * S), values: new Float64Array(4) };
    expect(timeToLock(late, rule)).toMatchObject({ state: 'not_locked', lastOutsideNs: S });
  });

  it('asks for the further condition too', () => {
    const locked = timeToLock(seconds([0, 0, 0, 0, 0, 0, 0]), { ...rule, isEligible: (row) => row >= 3 });
    expect(locked).toMatchObject({ lockedAtNs: 3 * S });
  });

  it('is unknown without samples or without enough of them, and refuses disorder', () => {
    expect(timeToLock(seconds([]), rule)).toEqual({ state: 'no_samples' });
    expect(timeToLock(seconds([Number.NaN]), rule)).toEqual({ state: 'no_samples' });
    expect(timeToLock(seconds([1, 2]), rule)).toEqual({ state: 'not_locked', lastOutsideNs: null, observedNs: S });
    expect(() => timeToLock({ timeNs: Float64Array.of(2, 1), values: new Float64Array(2) }, rule)).toThrow(
      /row 1 is not later/,
    );
  });
});

describe('holdover', () => {
  it('measures how the clock moves away from where it was', () => {
    const holdover = measureHoldover(seconds(Array.from({ length: 21 }, (_, i) => 40 - 20 * i)))!;
    expect(holdover).toMatchObject({ start: 40, end: -360, largest: 400 });
    expect(holdover.slope.frequencyPpb).toBeCloseTo(-20, 6);
  });

  it('knows the largest distance when the clock came back, and leaves out what is missing', () => {
    const { start, end, largest } = measureHoldover(seconds([Number.NaN, 5, 105, Number.NaN, -95, 15, Number.NaN]))!;
    expect({ start, end, largest }).toEqual({ start: 5, end: 15, largest: 100 });
  });

  it('does not exist with fewer than two samples', () => {
    expect(measureHoldover(seconds([]))).toBeNull();
    expect(measureHoldover(seconds([Number.NaN, 1, Number.NaN]))).toBeNull();
  });
});
