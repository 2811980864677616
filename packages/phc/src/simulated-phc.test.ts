/** What is read from the simulated PHC is the truth that it was given, with its sign, within the noise that was stated. */
import { ERRNO } from '@ptp-tester/native';
import { expect, test } from 'vitest';
import { estimateOffset } from './estimate-offset.ts';
import type { PhcBurst } from './phc-clock.ts';
import { SimulatedPhc } from './simulated-phc.ts';
import { type SimulatedPhcOptions, truthAt } from './simulated-truth.ts';

const S = 1_000_000_000n;
const BOOTED_AT = 1_795_000_000n * S;
const STARTED_AT = 5000n * S;

const QUIET: SimulatedPhcOptions = {
  seed: 42,
  offset_ns: 1500,
  frequency_ppb: 0,
  white_noise_ns: 0,
  random_walk_ns: 0,
  read_delay_ns: 2000,
  faults: [],
};

/** One burst each `stepS` seconds of a system clock that runs with the raw clock. */
function bursts(truth: SimulatedPhcOptions, options: { count: number; stepS?: number; readings?: number }): PhcBurst[] {
  let monoRawNs = STARTED_AT;
  const readClocks = () => ({ at: BOOTED_AT + monoRawNs, monoRawNs });
  const phc = new SimulatedPhc({ truth, startedAtRawNs: STARTED_AT }, { readClocks });
  return Array.from({ length: options.count }, () => {
    monoRawNs += BigInt(Math.round((options.stepS ?? 1) * 1e9));
    return phc.readBurst(options.readings ?? 3);
  });
}

function offsets(truth: SimulatedPhcOptions, options: { count: number; stepS?: number; readings?: number }): number[] {
  return bursts(truth, options).map((burst) => {
    const result = estimateOffset(burst);
    if (!result.ok) throw new Error(result.reason);
    return result.estimate.offsetNs;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

test('without noise the offset is the truth, sign included', () => {
  expect(new Set(offsets(QUIET, { count: 10 }))).toEqual(new Set([1500]));
  expect(new Set(offsets({ ...QUIET, offset_ns: -1500 }, { count: 10 }))).toEqual(new Set([-1500]));
});

test('a fast system clock gains on the PHC at the stated rate', () => {
  const series = offsets({ ...QUIET, frequency_ppb: 250 }, { count: 101 });
  expect(Math.abs((series[100] ?? 0) - (series[0] ?? 0) - 250 * 100)).toBeLessThanOrEqual(1);
});

test('white noise has the stated standard deviation around the truth', () => {
  const series = offsets({ ...QUIET, white_noise_ns: 30 }, { count: 5000, readings: 1 });
  const average = mean(series);
  const deviation = Math.sqrt(mean(series.map((value) => (value - average) ** 2)));
  // Five standard errors: 5 * 30 / sqrt(5000), and 5 * 30 / sqrt(10000).
  expect(Math.abs(average - 1500)).toBeLessThan(2.2);
  expect(Math.abs(deviation - 30)).toBeLessThan(1.5);
});

test('the walk is recovered exactly when nothing else disturbs', () => {
  const truth = { ...QUIET, random_walk_ns: 80 };
  const series = offsets(truth, { count: 200, readings: 1 });
  series.forEach((value, index) => {
    const expected = truthAt(truth, (index + 1) * 1e9 - 1000).offsetNs;
    expect(Math.abs(value - expected)).toBeLessThan(1);
  });
});

test('a step shows at its time with its size and sign', () => {
  const series = offsets({ ...QUIET, faults: [{ kind: 'step', at_s: 5.5, size_ns: -4000 }] }, { count: 10 });
  expect(series).toEqual([1500, 1500, 1500, 1500, 1500, -2500, -2500, -2500, -2500, -2500]);
});

test('while it stalls the PHC repeats one value and the offset grows by a second each second', () => {
  const stalled = { ...QUIET, white_noise_ns: 30, faults: [{ kind: 'stall', at_s: 2.5, for_s: 3 }] as const };
  const seen = bursts(stalled, { count: 7, readings: 2 });
  const values = seen.map((burst) => new Set(burst.readings.map((reading) => reading.phcNs)));
  expect(new Set([...values.slice(2, 5)].flatMap((set) => [...set])).size).toBe(1);
  const series = offsets({ ...stalled, white_noise_ns: 0 }, { count: 7 });
  expect((series[3] ?? 0) - (series[2] ?? 0)).toBeGreaterThan(999_990_000);
  expect(Math.abs((series[2] ?? 0) - 1500 - 500_000_000)).toBeLessThan(10_000);
  expect(series[6]).toBe(1500);
});

test.each([
  { kind: 'ebusy', errno: ERRNO.EBUSY },
  { kind: 'gone', errno: ERRNO.ENODEV },
] as const)('$kind fails with its errno for its time and then works again', ({ kind, errno }) => {
  const seen = bursts({ ...QUIET, faults: [{ kind, at_s: 2.5, for_s: 2 }] }, { count: 6 });
  expect(seen.map((burst) => burst.errno)).toEqual([0, 0, errno, errno, 0, 0]);
  expect(seen[2]).toMatchObject({ readings: [], failed: 1 });
});

test('the same seed gives the same series and another seed another', () => {
  const noisy = { ...QUIET, white_noise_ns: 30, random_walk_ns: 5 };
  const series = bursts(noisy, { count: 50 });
  expect(bursts(noisy, { count: 50 })).toEqual(series);
  expect(bursts({ ...noisy, seed: 43 }, { count: 50 })).not.toEqual(series);
});

test('the readings of a burst follow each other, have about the stated delay, and end now', () => {
  const [burst] = bursts(QUIET, { count: 1, readings: 25 });
  const readings = burst?.readings ?? [];
  const delays = readings.map((reading) => Number(reading.postNs - reading.preNs));
  expect(readings.at(-1)?.rawAfterNs).toBe(STARTED_AT + S);
  expect(readings.slice(1).map((reading) => reading.preNs)).toEqual(
    readings.slice(0, -1).map((reading) => reading.postNs),
  );
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(1600);
  // Mean 2000, standard deviation 400: five standard errors of 25 readings.
  expect(Math.abs(mean(delays) - 2000)).toBeLessThan(400);
});

test('it calls itself simulated, and refuses bursts that no device takes', () => {
  const phc = new SimulatedPhc(
    { truth: QUIET, startedAtRawNs: 0n },
    { readClocks: () => ({ at: BOOTED_AT, monoRawNs: 1n }) },
  );
  expect(phc).toMatchObject({ name: 'SIMULATED', simulated: true });
  expect(() => phc.readBurst(0)).toThrow(RangeError);
  expect(() => phc.readBurst(26)).toThrow(RangeError);
});
