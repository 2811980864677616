import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normals } from '../normals.fixture.ts';
import { SlidingMedian } from '../sliding-median.ts';
import { detectFrequencyJumps } from './frequency-jump.ts';
import { detectJumps } from './jump.ts';
import { detectStalls } from './stall.ts';

const S = 1e9;

/** A clock sampled each second against the raw clock: runs 12 ppm fast, wanders by a servo, is read with noise. */
function clock(length: number, { noiseNs = 30, ppm = 12, seed = 1 } = {}) {
  const next = normals(seed);
  let wander = 0;
  const timeNs = Float64Array.from({ length }, (_, i) => i * S);
  const values = Float64Array.from(timeNs, (time) => {
    wander += next() * 3;
    return Math.round((time * ppm) / 1e6 + wander + next() * noiseNs);
  });
  return { timeNs, values };
}

function shiftFrom(values: Float64Array, from: number, by: number): void {
  for (let i = from; i < values.length; i += 1) values[i] = values[i]! + by;
}

function stepsOf(...question: Parameters<typeof detectJumps>) {
  return detectJumps(...question).steps;
}

describe('steps', () => {
  it.each([1500, -4000, 1e6, -3e12])('of %d ns are found at their place with their size, and nothing else', (size) => {
    const samples = clock(5000);
    shiftFrom(samples.values, 2000, size);
    const events = stepsOf(samples);
    expect(events).toHaveLength(1);
    const [step] = events;
    expect(step).toMatchObject({ kind: 'step', timeNs: 2000 * S, afterNs: 1999 * S });
    expect(Math.abs(step!.size - size)).toBeLessThanOrEqual(step!.uncertainty + 1e-4 * Math.abs(size));
    expect(step!.uncertainty).toBeLessThan(200);
  });

  it('are none in two days of noise, drift and servo', () => {
    expect(stepsOf(clock(200_000, { seed: 9 }), { floorNs: 100 })).toEqual([]);
  });

  it('are all found when there are several, also among missing samples and right at the beginning', () => {
    const samples = clock(3000);
    for (const [at, size] of [
      [3, 9000],
      [1000, -5000],
      [1004, 7000],
      [2000, 5e5],
    ] as const)
      shiftFrom(samples.values, at, size);
    samples.values.fill(Number.NaN, 1990, 1998);
    samples.values[1002] = Number.NaN;
    expect(stepsOf(samples).map(({ timeNs, size }) => [timeNs / S, Math.round(size / 1000)])).toEqual([
      [3, 9],
      [1000, -5],
      [1004, 7],
      [2000, 500],
    ]);
  });

  it('over a gap has the gap as its place', () => {
    const samples = clock(3000);
    shiftFrom(samples.values, 1500, 1e6);
    samples.values.fill(Number.NaN, 1400, 1600);
    expect(stepsOf(samples)).toMatchObject([{ timeNs: 1600 * S, afterNs: 1399 * S }]);
  });

  it('are not a single deviating sample, a wide bracket or a slew over several samples', () => {
    const spike = clock(1000);
    spike.values[500] = spike.values[500]! + 50_000;
    expect(stepsOf(spike)).toEqual([]);

    const wide = clock(1000);
    shiftFrom(wide.values, 500, 20_000);
    wide.values.set(
      wide.values.subarray(502).map((x) => x - 20_000),
      502,
    );
    const bracketNs = new Float64Array(1000).fill(100).fill(60_000, 500, 502);
    expect(stepsOf({ ...wide, bracketNs })).toEqual([]);

    const slewed = clock(1000);
    for (let i = 500; i < 520; i += 1) shiftFrom(slewed.values, i, 500_000);
    expect(stepsOf(slewed)).toEqual([]);
  });

  it('are found once where the rate changes, and the new rate is none', () => {
    const samples = clock(3000);
    for (let i = 1000; i < 3000; i += 1) samples.values[i] = samples.values[i]! + (i - 1000) * 30_000;
    shiftFrom(samples.values, 2500, 8000);
    const steps = stepsOf(samples).filter(({ row }) => Math.abs(row - 1000) > 64);
    expect(steps).toMatchObject([{ row: 2500 }]);
    expect(Math.abs(steps[0]!.size - 8000)).toBeLessThanOrEqual(steps[0]!.uncertainty);
    expect(stepsOf(samples).length).toBeLessThanOrEqual(2);
  });

  it('are found beside a wrong reading', () => {
    const samples = clock(1000);
    shiftFrom(samples.values, 500, 5000);
    samples.values[500] = samples.values[500]! + 4000;
    expect(stepsOf(samples).length).toBeGreaterThan(0);
  });

  it('need more than one sample after them', () => {
    const samples = clock(1000);
    shiftFrom(samples.values, 999, 1e6);
    expect(stepsOf(samples)).toEqual([]);
  });
});

describe('frequency jumps', () => {
  function jumping(ppb: number, at: number, length = 2000) {
    const samples = clock(length);
    for (let i = at; i < length; i += 1) samples.values[i] = samples.values[i]! + (i - at) * ppb;
    return samples;
  }

  it.each([200, -500, 50_000])('of %d ppb are found at their place with their size', (ppb) => {
    const events = detectFrequencyJumps(jumping(ppb, 1003));
    expect(events).toHaveLength(1);
    const [jump] = events;
    expect(jump!.afterNs / S).toBeLessThanOrEqual(1003);
    expect(jump!.timeNs / S).toBeGreaterThanOrEqual(1003);
    expect((jump!.timeNs - jump!.afterNs) / S).toBeLessThan(20);
    expect(Math.abs(jump!.size - ppb)).toBeLessThanOrEqual(jump!.uncertainty);
    expect(jump!.beforePpb).toBeCloseTo(12_000, -2);
    expect(jump!.afterPpb - jump!.beforePpb).toBe(jump!.size);
  });

  it('are none in a day of noise and wander, nor without enough samples', () => {
    expect(detectFrequencyJumps(clock(86_400, { seed: 4 }))).toEqual([]);
    expect(detectFrequencyJumps(clock(20))).toEqual([]);
    expect(detectFrequencyJumps(clock(0))).toEqual([]);
  });

  it('are not seen in a known step, but are seen behind one', () => {
    const stepped = clock(2000);
    shiftFrom(stepped.values, 1010, 1e6);
    expect(detectFrequencyJumps(stepped, { stepsAtNs: [1010 * S] })).toEqual([]);
    const both = jumping(3000, 1010);
    shiftFrom(both.values, 1010, 1e6);
    expect(detectFrequencyJumps(both, { stepsAtNs: [1010 * S] })).toMatchObject([{ kind: 'frequency_jump' }]);
  });
});

describe('frequency jumps that do not last', () => {
  it('are slews, not jumps', () => {
    const samples = clock(2000);
    for (let i = 1000; i < 2000; i += 1) samples.values[i] = samples.values[i]! + Math.min(55, i - 1000) * 5000;
    expect(detectFrequencyJumps(samples)).toEqual([]);
  });
});

describe('stalls', () => {
  it('of the clock are found with their length and what they left behind', () => {
    const samples = clock(100, { noiseNs: 5 });
    for (let i = 41; i <= 50; i += 1) samples.values[i] = samples.values[40]! - (i - 40) * S;
    shiftFrom(samples.values, 51, -10 * S);
    const [stall, ...others] = detectStalls(samples);
    expect(others).toEqual([]);
    expect(stall).toMatchObject({ timeNs: 41 * S, afterNs: 40 * S, endNs: 50 * S, durationNs: 10 * S, uncertainty: S });
    expect(stall!.size / S).toBeCloseTo(-10, 3);
  });

  it('that are caught up at once leave nothing behind', () => {
    const samples = clock(100, { noiseNs: 5 });
    for (let i = 41; i <= 43; i += 1) samples.values[i] = samples.values[40]! - (i - 40) * S;
    expect(Math.abs(detectStalls(samples)[0]!.size)).toBeLessThan(1e6);
  });

  it('of the reference look the other way round', () => {
    const samples = clock(100, { noiseNs: 5 });
    for (let i = 41; i <= 50; i += 1) samples.values[i] = samples.values[40]! + (i - 40) * S;
    expect(detectStalls(samples)).toEqual([]);
    expect(detectStalls(samples, { stalled: 'reference' })).toMatchObject([{ durationNs: 10 * S }]);
  });

  it('are not a step back, a fast clock, or two samples', () => {
    const stepped = clock(100);
    shiftFrom(stepped.values, 50, -S);
    expect(detectStalls(stepped)).toEqual([]);
    expect(detectStalls(clock(100, { ppm: -80_000 }))).toEqual([]);
    expect(detectStalls(clock(2))).toEqual([]);
  });
});

describe('outliers', () => {
  const spike = (samples: ReturnType<typeof clock>, row: number, size: number) => {
    samples.values[row] = samples.values[row]! + size;
  };

  it('are told apart from steps, with their place, their size and how many samples they last', () => {
    const samples = clock(3000);
    spike(samples, 700, 9000);
    for (const row of [1400, 1401, 1402]) spike(samples, row, -5000);
    shiftFrom(samples.values, 2000, 4000);
    samples.values[300] = Number.NaN;
    const before = samples.values.slice();
    const { steps, outliers } = detectJumps(samples);
    expect(steps).toMatchObject([{ row: 2000, rowBefore: 1999 }]);
    expect(outliers).toMatchObject([
      { kind: 'outlier', row: 700, rowBefore: 699, timeNs: 700 * S, samples: 1, wideBracket: false },
      { kind: 'outlier', row: 1400, rowBefore: 1399, samples: 3, wideBracket: false },
    ]);
    expect(Math.abs(outliers[0]!.size - 9000)).toBeLessThanOrEqual(outliers[0]!.uncertainty);
    expect(Math.abs(outliers[1]!.size + 5000)).toBeLessThanOrEqual(outliers[1]!.uncertainty);
    expect(samples.values).toEqual(before);
  });

  it('are no jump when a slow reading explains them, and say so when it explains a part', () => {
    const samples = clock(1000);
    const bracketNs = new Float64Array(1000).fill(100);
    for (const [row, bracket] of [
      [400, 60_000],
      [600, 8000],
    ] as const) {
      spike(samples, row, 9000);
      bracketNs[row] = bracket;
    }
    expect(detectJumps({ ...samples, bracketNs })).toMatchObject({
      steps: [],
      outliers: [{ row: 600, wideBracket: true }],
    });
  });

  it('are none in noise, and below the floor', () => {
    expect(detectJumps(clock(50_000, { ppm: 0 })).outliers).toEqual([]);
    const samples = clock(1000, { noiseNs: 1 });
    spike(samples, 500, 500);
    expect(detectJumps(samples).outliers).toEqual([]);
    expect(detectJumps(samples, { floorNs: 100 }).outliers).toHaveLength(1);
  });
});

it.each([
  ['nothing', []],
  ['one sample', [5]],
  ['two samples', [5, 6]],
  ['only missing ones', [Number.NaN, Number.NaN, Number.NaN]],
  ['a constant', new Array<number>(500).fill(7)],
])('%s has no event of any kind', (_, list) => {
  const values = Float64Array.from(list);
  const samples = { timeNs: values.map((__, i) => i * S), values };
  expect(detectJumps(samples)).toEqual({ steps: [], outliers: [] });
  expect(detectFrequencyJumps(samples)).toEqual([]);
  expect(detectStalls(samples)).toEqual([]);
});

it('a sliding median and its deviation are those of the sorted window', () => {
  const middle = (values: number[]) => {
    const sorted = values.toSorted((a, b) => a - b);
    return { upper: sorted[sorted.length >> 1]!, lower: sorted[(sorted.length - 1) >> 1]! };
  };
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 9 }),
      (values, length) => {
        const sliding = new SlidingMedian(length);
        values.forEach((value, i) => {
          sliding.push(value);
          const window = values.slice(Math.max(0, i + 1 - length), i + 1);
          const { lower, upper } = middle(window);
          const median = (lower + upper) / 2;
          expect(sliding.median()).toBe(median);
          expect(sliding.medianAbsoluteDeviation()).toBe(middle(window.map((x) => Math.abs(x - median))).lower);
        });
      },
    ),
  );
  expect(new SlidingMedian(3).median()).toBeNaN();
  expect(new SlidingMedian(3).medianAbsoluteDeviation()).toBeNaN();
});
