import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeMoments, momentsOf, NO_MOMENTS, summaryOf } from './summary.ts';

/** The 1000-point sequence of NIST SP1065 p. 108: n' = 16807 n mod (2^31 - 1), f = n / (2^31 - 1). */
function nbs14Frequencies(): Float64Array {
  const values = new Float64Array(1000);
  let n = 1_234_567_890;
  for (let i = 0; i < 1000; i += 1) {
    values[i] = n / 2_147_483_647;
    n = (16_807 * n) % 2_147_483_647;
  }
  return values;
}

/** The phase of that sequence with the mean frequency removed: 1001 points, Stable32's PHASE.DAT. */
function nbs14Phase(): Float64Array {
  const frequencies = nbs14Frequencies();
  const mean = frequencies.reduce((sum, f) => sum + f, 0) / frequencies.length;
  const phase = new Float64Array(1001);
  frequencies.forEach((f, i) => {
    phase[i + 1] = phase[i]! + f - mean;
  });
  return phase;
}

it('gives the published figures of the 1000-point NBS14 sequence', () => {
  const summary = summaryOf(momentsOf(nbs14Frequencies()))!;
  expect(summary.mean).toBeCloseTo(0.48977446286, 11);
  expect(summary.stddev * Math.sqrt(1000 / 999)).toBeCloseTo(0.288466364713, 11);
  expect(summary.min).toBeCloseTo(0.001371759922, 11);
  expect(summary.max).toBeCloseTo(0.99574529426, 11);
});

it('gives the known rms and population deviation of the NBS14 phase', () => {
  const summary = summaryOf(momentsOf(nbs14Phase()))!;
  expect(summary.min).toBeCloseTo(-4.707879426214, 10);
  expect(summary.max).toBeCloseTo(4.356528619892, 10);
  expect(summary.maxAbs).toBeCloseTo(4.707879426214, 10);
  expect(summary.mean).toBeCloseTo(-0.540368278219, 10);
  expect(summary.rms).toBeCloseTo(1.967874612169, 10);
  expect(summary.stddev).toBeCloseTo(1.892229534997, 10);
});

it('keeps the deviation of nanoseconds on top of the offset of a whole TAI-UTC difference', () => {
  const values = Float64Array.from({ length: 10_000 }, (_, i) => 37e9 + (i % 2));
  const summary = summaryOf(momentsOf(values))!;
  expect(summary.mean).toBe(37e9 + 0.5);
  expect(summary.stddev).toBe(0.5);
});

it('counts NaN and infinity as missing and leaves them out of everything else', () => {
  const moments = momentsOf([Number.NaN, 1, 3, Number.POSITIVE_INFINITY]);
  expect(moments).toEqual({ count: 2, missing: 2, min: 1, max: 3, mean: 2, squares: 2 });
});

it('has no summary without a value', () => {
  expect(summaryOf(NO_MOMENTS)).toBeNull();
  expect(summaryOf(momentsOf([Number.NaN]))).toBeNull();
});

it('gives the same by merging parts as by taking all at once', () => {
  const value = fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(fc.array(value), fc.array(value), (left, right) => {
      const merged = mergeMoments(momentsOf(left), momentsOf(right));
      const whole = momentsOf([...left, ...right]);
      expect([merged.count, merged.missing, merged.min, merged.max]).toEqual([
        whole.count,
        whole.missing,
        whole.min,
        whole.max,
      ]);
      const scale = Math.max(1e-9, Math.abs(whole.min), Math.abs(whole.max));
      expect(Math.abs(merged.mean - whole.mean)).toBeLessThanOrEqual(scale * 1e-12);
      expect(Math.abs(merged.squares - whole.squares)).toBeLessThanOrEqual(scale * scale * 1e-9);
    }),
  );
});

it('takes ten million values', () => {
  const values = new Float64Array(10_000_000).fill(4);
  values[7] = -6;
  const summary = summaryOf(momentsOf(values))!;
  expect([summary.count, summary.min, summary.max, summary.maxAbs]).toEqual([10_000_000, -6, 4, 6]);
  expect(summary.mean).toBeCloseTo(4 - 1e-6, 12);
});
