/** What happens to a clock, with known truth: the report recovers it within the stated uncertainty, and the verdict is right. */
import { describe, expect, it } from 'vitest';
import { analyseTruth } from './analyse-truth.ts';
import { STARTED_AT } from './simulate-samples.ts';
import type { SimulatedTruth } from './simulated-truth.ts';

/** An hour: long enough for p99.9 and for a share of 0.1 % at 1 Hz. */
const HOUR: SimulatedTruth = { durationS: 3600 };
const HALF: SimulatedTruth = { durationS: 1800 };

/** A value that jumps from 0 to `size` at `at`. */
function jump(at: number, size: number): (t: number) => number {
  return (t) => (t > at ? size : 0);
}

describe('a healthy clock', () => {
  it('white noise: its deviation, the slope of TDEV and every criterion are found', () => {
    const found = analyseTruth({ ...HOUR, whiteNs: 25 });
    expect(found.quality).toBe('pass');
    expect(found.broken).toEqual([]);
    const undecided = found.analysis.quality.criteria.filter(({ status }) => status === 'not_enough_data');
    expect(undecided).toEqual([]);
    expect(found.summary('phc', 'offset_ns').stddev).toBeCloseTo(25, 0);
    const tdev = found.curve('phc', 'tdev');
    expect(tdev.length).toBeGreaterThan(8);
    for (const { m, value, ...point } of tdev.slice(0, 5)) {
      const { low = 0, high = 0 } = 'confidence' in point ? (point.confidence ?? {}) : {};
      expect(low).toBeLessThan(value);
      // TDEV of white phase noise is sigma * sqrt(tau0 / tau); the interval is one of 95 %, three times its half is enough for all five.
      expect(Math.abs(value - 25 / Math.sqrt(m))).toBeLessThan(1.5 * (high - low));
    }
  });

  it('constant offset: it is the mean, and small enough it passes', () => {
    const found = analyseTruth({ ...HOUR, systemNs: () => 400 });
    expect(found.quality).toBe('pass');
    expect(found.summary('phc', 'offset_ns').mean).toBeCloseTo(400, 0);
    expect(found.events('system_clock_stepped')).toEqual([]);
  });

  it('random walk: OADEV rises as white frequency noise does, and the walk is no step', () => {
    const found = analyseTruth({ ...HOUR, whiteNs: 0, walkNs: 20 });
    expect(found.events('system_clock_stepped')).toEqual([]);
    expect(found.events('offset_stepped')).toEqual([]);
    // White frequency noise: OADEV = s / sqrt(tau), with s the walk after 1 s. ns/s.
    const point = found.curve('phc', 'oadev').find(({ tau }) => tau === 4);
    expect(point?.value).toBeGreaterThan(10 * 0.9);
    expect(point?.value).toBeLessThan(10 * 1.1);
  });

  it('wander of the raw oscillator concerns nobody: the PHC offset stays and the verdict is pass', () => {
    const found = analyseTruth({ ...HOUR, rawNs: (t) => 12_000 * t + 5000 * Math.cos((2 * Math.PI * t) / 300) });
    expect(found.quality).toBe('pass');
    expect(found.summary('phc', 'offset_ns').maxAbs).toBeLessThan(120);
    const mtie = found.curve('raw', 'mtie').at(-1);
    expect(mtie?.value).toBeGreaterThan(9900);
    expect(mtie?.value).toBeLessThan(10_200);
  });

  it('slow samples, one a second, are enough for the same words', () => {
    const found = analyseTruth({ durationS: 12_000, phcIntervalS: 1 });
    expect(found.quality).toBe('pass');
    expect(found.criterion('offset_p99_9').status).toBe('pass');
    expect(found.criterion('offset_p99_9').samples).toBeGreaterThan(10_000);
  });
});

describe('an offset that is too large', () => {
  it('constant offset beyond the lock limit: never locked, which is a failure after 15 minutes', () => {
    const found = analyseTruth({ ...HALF, systemNs: () => 5000 });
    expect(found.quality).toBe('fail');
    expect(found.analysis.transient).toMatchObject({ state: 'late', lockedAt: null });
    expect(found.broken).toContain('time_to_lock');
    expect(found.broken).toContain('offset_p99');
  });

  it('constant offset in a run of 10 minutes: not enough data, never a pass', () => {
    const found = analyseTruth({ durationS: 600, systemNs: () => 5000 });
    expect(found.quality).toBe('not_enough_data');
    expect(found.criterion('offset_max')).toMatchObject({ status: 'not_enough_data', value: null });
  });

  it('drift of 10 ns/s: its rate is found, and where the limit was crossed', () => {
    const found = analyseTruth({ ...HALF, systemNs: (t) => 10 * t - 300 });
    const figures = found.analysis.series.find(({ stream }) => stream === 'phc')?.figures[0];
    const rate = figures?.kind === 'distribution' ? figures.rate : null;
    expect(rate?.frequencyPpb).toBeCloseTo(10, 2);
    expect(found.quality).toBe('fail');
    const p99 = found.criterion('offset_p99');
    expect(p99.status).toBe('fail');
    // |10 t - 300| passes 1 us at t = 130.
    expect(Number((p99.place?.fromAt ?? 0n) - STARTED_AT) / 1e9).toBeGreaterThan(120);
    expect(Number((p99.place?.fromAt ?? 0n) - STARTED_AT) / 1e9).toBeLessThan(135);
  });

  it('noise of 500 ns: p99 fails by its number, the maximum does not', () => {
    const found = analyseTruth({ ...HOUR, whiteNs: 500 }, { lock: { offset_ns: 5000 } });
    const p99 = found.criterion('offset_p99');
    expect(p99.value).toBeGreaterThan(1288 * 0.93);
    expect(p99.value).toBeLessThan(1288 * 1.07);
    expect(p99.confidence?.low).toBeLessThan(1288);
    expect(p99.confidence?.high).toBeGreaterThan(1240);
    expect(found.broken).toEqual(['offset_p99']);
    expect(found.quality).toBe('fail');
  });

  it('a slow swing is judged by its largest value and where it was', () => {
    const found = analyseTruth({
      ...HOUR,
      systemNs: (t) => (t > 1000 && t < 1200 ? 25_000 * Math.sin(((t - 1000) / 200) * Math.PI) : 0),
    });
    const max = found.criterion('offset_max');
    expect(max.status).toBe('fail');
    expect(Math.abs((max.value ?? 0) - 25_000)).toBeLessThan(120);
    expect(Math.abs(Number((max.place?.fromAt ?? 0n) - STARTED_AT) / 1e9 - 1100)).toBeLessThan(10);
  });
});

describe('steps', () => {
  it('step of the system clock: time, size, sign, and which clock it was', () => {
    const found = analyseTruth({ ...HALF, systemNs: jump(600.1, 8000) });
    const [step, ...more] = found.events('system_clock_stepped');
    expect(more).toEqual([]);
    if (step === undefined) throw new Error('no step found');
    expect(Math.abs(found.secondsOf(step) - 600.1)).toBeLessThanOrEqual(0.25);
    const { size_ns, uncertainty_ns } = step.detail;
    expect(Math.abs(Number(size_ns) - 8000)).toBeLessThanOrEqual(Number(uncertainty_ns));
    expect(Number(uncertainty_ns)).toBeLessThan(150);
    expect(found.events('phc_stepped')).toEqual([]);
    expect(found.criterion('steps')).toMatchObject({ value: 1, status: 'fail' });
    expect(found.quality).toBe('fail');
  });

  it('step of the PHC: the raw clock tells that it was not the system clock', () => {
    const found = analyseTruth({ ...HALF, phcNs: jump(600.1, 6000) });
    const [step, ...more] = found.events('phc_stepped');
    expect(more).toEqual([]);
    expect(Math.abs(Number(step?.detail['size_ns']) - 6000)).toBeLessThanOrEqual(
      Number(step?.detail['uncertainty_ns']),
    );
    expect(found.events('system_clock_stepped')).toEqual([]);
    expect(found.quality).toBe('fail');
  });

  it('two steps, up and down again, are two events', () => {
    const found = analyseTruth({ ...HALF, systemNs: (t) => jump(500.1, 5000)(t) - jump(900.1, 7000)(t) });
    const sizes = found
      .events('system_clock_stepped')
      .map(({ detail }) => Math.round(Number(detail['size_ns']) / 500) * 500);
    expect(sizes).toEqual([5000, -7000]);
    expect(found.criterion('steps').value).toBe(2);
  });

  it('step back by half a second: time went backwards', () => {
    const found = analyseTruth({ ...HALF, systemNs: jump(700.1, -500_000_000), phcNs: jump(700.1, -500_000_000) });
    expect(found.events('time_went_backwards')).toHaveLength(1);
    expect(found.account('phc').unaccounted).toBe(0);
  });

  it('step before the lock: part of the start-up transient, and no failure', () => {
    const found = analyseTruth({ ...HOUR, systemNs: (t) => (t > 30 ? 0 : 40_000) });
    expect(found.events('system_clock_stepped')).toHaveLength(1);
    expect(found.criterion('steps')).toMatchObject({ value: 0, status: 'pass' });
    expect(found.analysis.transient.seconds).toBeCloseTo(29.9, 0);
    expect(found.quality).toBe('pass');
  });

  it('migration jump: a step, a rate jump of the oscillator and a new disruption marker at one time', () => {
    const found = analyseTruth({
      ...HALF,
      systemNs: jump(900.1, 120_000),
      rawNs: (t) => 12_000 * t + (t > 900.1 ? 30_000 * (t - 900.1) : 0),
      vmclockMarker: (t) => (t > 900.1 ? 8n : 7n),
    });
    expect(found.events('system_clock_stepped')).toHaveLength(1);
    const [marker] = found.events('vm_marker_changed');
    const [rate] = found.events('frequency_jumped');
    if (marker === undefined || rate === undefined) throw new Error('no marker or rate jump found');
    expect(Math.abs(found.secondsOf(marker) - 900)).toBeLessThanOrEqual(10);
    expect(Math.abs(found.secondsOf(rate) - 900)).toBeLessThanOrEqual(60);
    // System - raw: a raw clock that runs 30 ppm faster makes the system clock 30 ppm slower against it.
    expect(Math.abs(Number(rate.detail['size_ppb']) + 30_000)).toBeLessThan(20);
    expect(found.quality).toBe('fail');
  });

  it('another rate for the last third of the run: one rate jump where it began, and no step in its wake', () => {
    const found = analyseTruth({ ...HALF, rawNs: (t) => 12_000 * t + (t > 1200 ? 30_000 * (t - 1200) : 0) });
    const [rate, ...more] = found.events('frequency_jumped');
    expect(more).toEqual([]);
    if (rate === undefined) throw new Error('no rate jump found');
    expect(Math.abs(found.secondsOf(rate) - 1200)).toBeLessThanOrEqual(2);
    // Rates are per second of the raw clock; sizes are given to 0.1 ppb.
    const expected = 1e9 / 1.000042 - 1e9 / 1.000012;
    const uncertainty = Number(rate.detail['uncertainty_ppb']) + 0.1;
    expect(Math.abs(Number(rate.detail['size_ppb']) - expected)).toBeLessThanOrEqual(uncertainty);
    expect(found.events('system_clock_stepped')).toEqual([]);
    expect(found.quality).toBe('pass');
  });

  it('a slew of 2 ms over 20 s is no step and no rate jump: the offset itself breaks the limit', () => {
    const found = analyseTruth({ ...HALF, systemNs: (t) => 100_000 * Math.min(20, Math.max(0, t - 900)) });
    for (const kind of ['system_clock_stepped', 'offset_stepped', 'frequency_jumped'] as const) {
      expect(found.events(kind)).toEqual([]);
    }
    expect(found.criterion('steps')).toMatchObject({ value: 0, status: 'pass' });
    expect(found.broken).toContain('offset_max');
  });

  it('leap second: it is called one, the PHC offset stays, and it is no failure', () => {
    const midnight = 86_400 - (Number(STARTED_AT / 1_000_000_000n) % 86_400);
    const durationS = 1800;
    // The run is laid around midnight UTC by starting the truth's own time there.
    const leap = jump(midnight, -1_000_000_000);
    expect(midnight).toBeGreaterThan(0);
    const found = analyseTruth({ durationS, startsS: midnight - 900, systemNs: leap, phcNs: leap });
    expect(found.events('leap_second_seen')).toHaveLength(1);
    expect(found.events('system_clock_stepped')).toEqual([]);
    expect(found.events('time_went_backwards')).toHaveLength(1);
    expect(found.quality).toBe('pass');
  });
});

describe('readings that deceive', () => {
  it('bracket spikes: slow readings are outliers with a wide bracket, not steps', () => {
    const isSlow = (t: number) => Math.round(t * 4) % 601 === 0;
    const found = analyseTruth({
      ...HOUR,
      readingErrorNs: (t) => (isSlow(t) ? 9000 : 0),
      readDelayNs: (t) => (isSlow(t) ? 20_000 : 1500),
    });
    expect(found.events('system_clock_stepped')).toEqual([]);
    expect(found.events('offset_stepped')).toEqual([]);
    expect(found.criterion('steps').value).toBe(0);
    expect(found.criterion('offset_max').value).toBeGreaterThan(8900);
  });

  it('single wrong readings with an ordinary bracket are outliers, counted and kept', () => {
    const wrong = new Set([2001, 4444, 8000].map((tick) => tick / 4));
    const found = analyseTruth({ ...HOUR, readingErrorNs: (t) => (wrong.has(t) ? 6000 : 0) });
    expect(found.analysis.outliers).toBe(3);
    expect(found.events('offset_outlier').map(({ detail }) => detail['wide_bracket'])).toEqual([false, false, false]);
    expect(found.events('offset_outlier').map((event) => Math.round(found.secondsOf(event) * 4))).toEqual([
      2001, 4444, 8000,
    ]);
    expect(found.criterion('offset_max').value).toBeGreaterThan(5900);
    expect(found.criterion('steps').value).toBe(0);
  });

  it('stall: the PHC stands for 3 s, which is a stall and no step', () => {
    const stalled = (t: number) => (t > 800 && t < 803 ? -(t - 800) * 1e9 : 0);
    const found = analyseTruth({ ...HALF, phcNs: stalled });
    const [stall, ...more] = found.events('phc_stalled');
    expect(more).toEqual([]);
    if (stall === undefined) throw new Error('no stall found');
    expect(Math.abs(Number(stall.detail['length_ns']) - 3e9)).toBeLessThanOrEqual(
      Number(stall.detail['uncertainty_ns']),
    );
    expect(Math.abs(found.secondsOf(stall) - 800)).toBeLessThanOrEqual(0.25);
    expect(found.criterion('steps').value).toBe(0);
    expect(found.quality).toBe('fail');
    expect(found.broken).toContain('offset_max');
  });

  it('refused readings: 2 % fail', () => {
    const found = analyseTruth({ ...HOUR, readingsFailed: (t) => (Math.round(t * 4) % 17 === 0 ? 1 : 0) });
    const errors = found.criterion('phc_read_errors');
    expect(errors.status).toBe('fail');
    expect(errors.value).toBeCloseTo(1 / 51, 3);
    expect(found.quality).toBe('fail');
  });

  it('few refused readings: 0.3 % is a warning and a pass', () => {
    const found = analyseTruth({ ...HOUR, readingsFailed: (t) => (Math.round(t * 4) % 111 === 0 ? 1 : 0) });
    expect(found.broken).toEqual(['phc_read_errors_few']);
    expect(found.quality).toBe('pass');
    expect(found.analysis.quality.reason).toContain('warning: phc:');
  });
});
