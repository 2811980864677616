import fc from 'fast-check';
import { expect, it } from 'vitest';
import { estimateFrequency } from './frequency.ts';

function line(options: { n: number; stepNs: number; ppb: number; originNs?: number; offsetNs?: number }) {
  const { n, stepNs, ppb, originNs = 0, offsetNs = 0 } = options;
  const timeNs = Float64Array.from({ length: n }, (_, i) => originNs + i * stepNs);
  return { timeNs, values: timeNs.map((time) => offsetNs + (time - originNs) * ppb * 1e-9) };
}

it('finds the rate of a straight line', () => {
  const estimate = estimateFrequency([line({ n: 100, stepNs: 1e9, ppb: 12.5 })])!;
  expect(estimate.frequencyPpb).toBeCloseTo(12.5, 9);
  expect(estimate.residualRmsNs).toBeLessThan(1e-9);
  expect(estimate.standardErrorPpb).toBeLessThan(1e-9);
  expect([estimate.count, estimate.spanNs]).toEqual([100, 99e9]);
});

it('finds the known answer of four points off the line', () => {
  // Times 0..3 s, offsets 0, 2, 2, 4 ns: slope 1.2 ns/s, residuals -0.2, 0.6, -0.6, 0.2, sum of squares 0.8, s.e. sqrt(0.8/2/5).
  const estimate = estimateFrequency([
    { timeNs: Float64Array.of(0, 1e9, 2e9, 3e9), values: Float64Array.of(0, 2, 2, 4) },
  ])!;
  expect(estimate.frequencyPpb).toBeCloseTo(1.2, 12);
  expect(estimate.standardErrorPpb).toBeCloseTo(Math.sqrt(0.08), 12);
  expect(estimate.residualRmsNs).toBeCloseTo(Math.sqrt(0.2), 12);
  expect(estimate.residualMaxAbsNs).toBeCloseTo(0.6, 12);
});

it('does not lose precision to large origins of time and offset', () => {
  const estimate = estimateFrequency([line({ n: 1000, stepNs: 25e7, ppb: -0.5, originNs: 8e15, offsetNs: 1e9 })])!;
  expect(estimate.frequencyPpb).toBeCloseTo(-0.5, 4);
});

it('lets offsets jump between boots without changing the rate', () => {
  const estimate = estimateFrequency([
    line({ n: 50, stepNs: 1e9, ppb: 3, offsetNs: 0 }),
    line({ n: 70, stepNs: 1e9, ppb: 3, offsetNs: 5e6 }),
  ])!;
  expect(estimate.frequencyPpb).toBeCloseTo(3, 6);
  expect([estimate.count, estimate.spanNs]).toEqual([120, 118e9]);
});

it('leaves missing values out', () => {
  const { timeNs, values } = line({ n: 10, stepNs: 1e9, ppb: 7 });
  values[0] = Number.NaN;
  values[5] = Number.NaN;
  const estimate = estimateFrequency([{ timeNs, values }])!;
  expect(estimate.frequencyPpb).toBeCloseTo(7, 9);
  expect([estimate.count, estimate.spanNs]).toEqual([8, 8e9]);
});

it('says nothing of fewer than two times, and no error of two', () => {
  expect(estimateFrequency([])).toBeNull();
  expect(estimateFrequency([line({ n: 1, stepNs: 1, ppb: 1 })])).toBeNull();
  expect(estimateFrequency([line({ n: 2, stepNs: 1e9, ppb: 4 })])?.standardErrorPpb).toBeNull();
});

it('does not change when a constant is added to all offsets', () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 50 });
  fc.assert(
    fc.property(values, fc.integer({ min: -1_000_000, max: 1_000_000 }), (offsets, constant) => {
      const timeNs = Float64Array.from(offsets, (_, i) => i * 1e9);
      const plain = estimateFrequency([{ timeNs, values: Float64Array.from(offsets) }])!;
      const shifted = estimateFrequency([{ timeNs, values: Float64Array.from(offsets, (v) => v + constant) }])!;
      expect(shifted.frequencyPpb).toBeCloseTo(plain.frequencyPpb, 6);
      expect(shifted.residualRmsNs).toBeCloseTo(plain.residualRmsNs, 6);
    }),
  );
});

it('finds 50 ppb in ten million samples of a month at 4 Hz', () => {
  const estimate = estimateFrequency([line({ n: 10_000_000, stepNs: 25e7, ppb: 50, originNs: 1e15 })])!;
  expect(estimate.frequencyPpb).toBeCloseTo(50, 6);
});
