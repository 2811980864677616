import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normals } from '../normals.fixture.ts';
import { SlidingMedian } from '../sliding-median.ts';
import { detectBackwardTime } from './backward-time.ts';
import { detectFrequencyJumps } from './frequency-jump.ts';
import { detectLockChanges } from './lock.ts';
import { flagOutliers } from './outlier.ts';
import { detectStalls } from './stall.ts';
import { detectSteps } from './step.ts';

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

describe('steps', () => {
  it.each([1500, -4000, 1e6, -3e12])('of %d ns are found at their place with their size, and nothing else', (size) => {
    const samples = clock(5000);
    shiftFrom(samples.values, 2000, size);
    const events = detectSteps(samples);
    expect(events).toHaveLength(1);
    const [step] = events;
    expect(step).toMatchObject({ kind: 'step', timeNs: 2000 * S, afterNs: 1999 * S });
    expect(Math.abs(step!.size - size)).toBeLessThanOrEqual(step!.uncertainty + 1e-4 * Math.abs(size));
    expect(step!.uncertainty).toBeLessThan(200);
    expect(step!.slewPpm).toBeCloseTo(Math.abs(step!.size) / 1000, 6);
  });

  it('are none in two days of noise, drift and servo', () => {
    expect(detectSteps(clock(200_000, { seed: 9 }), { floorNs: 100 })).toEqual([]);
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
    expect(detectSteps(samples).map(({ timeNs, size }) => [timeNs / S, Math.round(size / 1000)])).toEqual([
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
    expect(detectSteps(samples)).toMatchObject([{ timeNs: 1600 * S, afterNs: 1399 * S }]);
  });

  it('are not a single deviating sample, a wide bracket or a slew over several samples', () => {
    const spike = clock(1000);
    spike.values[500] = spike.values[500]! + 50_000;
    expect(detectSteps(spike)).toEqual([]);

    const wide = clock(1000);
    shiftFrom(wide.values, 500, 20_000);
    wide.values.set(
      wide.values.subarray(502).map((x) => x - 20_000),
      502,
    );
    const bracketNs = new Float64Array(1000).fill(100).fill(60_000, 500, 502);
    expect(detectSteps({ ...wide, bracketNs })).toEqual([]);

    const slewed = clock(1000);
    for (let i = 500; i < 520; i += 1) shiftFrom(slewed.values, i, 500_000);
    expect(detectSteps(slewed)).toEqual([]);
  });

  it('have the read brackets in their uncertainty', () => {
    const samples = clock(1000);
    shiftFrom(samples.values, 500, 100_000);
    const [step] = detectSteps({ ...samples, bracketNs: new Float64Array(1000).fill(8000) });
    expect(step!.uncertainty).toBeGreaterThanOrEqual(8000);
  });

  it('need more than one sample after them', () => {
    const samples = clock(1000);
    shiftFrom(samples.values, 999, 1e6);
    expect(detectSteps(samples)).toEqual([]);
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
    expect(Math.abs(jump!.size - ppb)).toBeLessThan(Math.max(6 * jump!.uncertainty, 0.01 * Math.abs(ppb)));
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
  it('are flagged, counted and listed with what they were compared with; the samples stay', () => {
    const samples = clock(2000, { ppm: 0 });
    const before = samples.values.slice();
    for (const row of [0, 700, 1999]) samples.values[row] = samples.values[row]! + 900;
    samples.values[300] = Number.NaN;
    const { flags, count, events } = flagOutliers(samples);
    expect([...flags.entries()].filter(([, flag]) => flag === 1).map(([row]) => row)).toEqual([0, 700, 1999]);
    expect(count).toBe(3);
    expect(events[1]).toMatchObject({ kind: 'outlier', row: 700, timeNs: 700 * S, value: samples.values[700] });
    expect(events[1]!.size).toBeCloseTo(900, -2);
    expect(events[1]!.uncertainty).toBeGreaterThan(15);
    expect(samples.values[701]).toBe(before[701]);
  });

  it('are hardly any in normal noise, and none in a step, a slope or a constant', () => {
    expect(flagOutliers(clock(50_000, { ppm: 0 })).count).toBeLessThan(5);
    const stepped = clock(2000, { ppm: 0 });
    shiftFrom(stepped.values, 1000, 1e6);
    expect(flagOutliers(stepped).count).toBe(0);
    expect(flagOutliers(clock(2000)).count).toBe(0);
    expect(flagOutliers({ timeNs: Float64Array.of(1, 2, 3), values: new Float64Array(3).fill(7) }).count).toBe(0);
  });

  it('of one nanosecond are the resolution of the clock, not outliers', () => {
    const values = new Float64Array(100).fill(5);
    values[50] = 6;
    values[70] = 8;
    const { events } = flagOutliers({ timeNs: values.map((_, i) => i), values });
    expect(events.map((event) => event.row)).toEqual([70]);
  });

  it('are listed only up to a number, but all counted', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => (i % 20 === 0 ? 1e6 : i % 7));
    const { count, events } = flagOutliers({ timeNs: values.map((_, i) => i), values }, { listed: 5 });
    expect(count).toBe(50);
    expect(events).toHaveLength(5);
  });
});

describe('time that goes backwards', () => {
  const monoRawNs = BigInt64Array.from([0n, 1n, 2n, 3n].map((s) => 7_000_000_000_000n + s * 1_000_000_000n));

  it('is told by how much and where, exactly, however large the instants are', () => {
    const start = 1_795_131_477_000_000_001n;
    const clockNs = BigInt64Array.from([start, start + 1_000_000_000n, start + 999_999_999n, start + 2_000_000_000n]);
    expect(detectBackwardTime({ monoRawNs, clockNs })).toEqual([
      {
        kind: 'backward_time',
        row: 2,
        timeNs: 2 * S,
        afterNs: S,
        size: -1_000_000_001,
        uncertainty: 500_000,
        backNs: 1,
      },
    ]);
  });

  it('is not a clock that stands still', () => {
    expect(detectBackwardTime({ monoRawNs, clockNs: new BigInt64Array(4) })).toEqual([]);
  });

  it('is refused for monotonic times that do not increase, naming the row', () => {
    const broken = BigInt64Array.of(1n, 2n, 2n, 3n);
    expect(() => detectBackwardTime({ monoRawNs: broken, clockNs: broken })).toThrow(/row 2 is not later/);
    expect(() => detectBackwardTime({ monoRawNs, clockNs: broken.subarray(1) })).toThrow(/4 monotonic times for 3/);
  });
});

describe('lock', () => {
  const limits = { lockLimit: 1000, lossLimit: 5000, holdNs: 3 * S, longestGapNs: 4.5 * S };
  const at = (values: readonly number[]) => ({
    timeNs: Float64Array.from(values, (_, i) => i * S),
    values: Float64Array.from(values),
  });

  it('is gained after a time within the limit, lost beyond the wider one, and regained', () => {
    const events = detectLockChanges(at([9e4, 0, 0, 0, 0, 4000, 0, -7000, 6000, 100, 0, 0, 0, 0]), limits);
    expect(events).toEqual([
      { kind: 'lock_gained', timeNs: S, afterNs: S, size: 9e4, uncertainty: 0, unlockedForNs: null },
      { kind: 'lock_lost', cause: 'offset', timeNs: 7 * S, afterNs: 6 * S, size: -7000, uncertainty: 0 },
      { kind: 'lock_gained', timeNs: 9 * S, afterNs: 9 * S, size: 7000, uncertainty: 0, unlockedForNs: 2 * S },
    ]);
  });

  it('is lost when samples are missing for too long', () => {
    const events = detectLockChanges(
      at([0, 0, 0, 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0, 0, 0, 0]),
      limits,
    );
    expect(events.map((event) => [event.kind, event.timeNs / S])).toEqual([
      ['lock_gained', 0],
      ['lock_lost', 8],
      ['lock_gained', 8],
    ]);
    expect(events[1]).toMatchObject({ cause: 'samples_missing', afterNs: 3 * S });
  });

  it('never changes without samples', () => {
    expect(detectLockChanges(at([]), limits)).toEqual([]);
    expect(detectLockChanges(at([Number.NaN, Number.NaN]), limits)).toEqual([]);
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
  const limits = { lockLimit: 1, lossLimit: 2, holdNs: S, longestGapNs: 2 * S };
  expect(detectSteps(samples)).toEqual([]);
  expect(detectFrequencyJumps(samples)).toEqual([]);
  expect(detectStalls(samples)).toEqual([]);
  expect(flagOutliers(samples)).toMatchObject({ count: 0, events: [] });
  expect(detectLockChanges(samples, limits)).toEqual([]);
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
