/** Locking, losing the reference, bounds and witnesses, with known truth. */
import { describe, expect, it } from 'vitest';
import { analyseTruth } from './analyse-truth.ts';
import type { SimulatedTruth } from './simulated-truth.ts';

const HOUR: SimulatedTruth = { durationS: 3600 };
const HALF: SimulatedTruth = { durationS: 1800 };

/** An offset that decays: 1 ms at the start, below 1 us after about 7 time constants. */
function decaying(timeConstantS: number): (t: number) => number {
  return (t) => 1_000_000 * Math.exp(-t / timeConstantS);
}

describe('start-up', () => {
  it('a clock that converges: the transient ends where it is below 1 us for good, and only then limits apply', () => {
    const found = analyseTruth({ ...HOUR, systemNs: decaying(20), whiteNs: 5 });
    // 1e6 exp(-t / 20) < 1000 at t = 138.2.
    expect(Math.abs((found.analysis.transient.seconds ?? 0) - 138)).toBeLessThan(2);
    expect(found.analysis.transient.state).toBe('locked');
    expect(found.criterion('offset_max').value).toBeLessThan(1100);
    expect(found.summary('phc', 'offset_ns').max).toBeGreaterThan(900_000);
    expect(found.quality).toBe('pass');
  });

  it('late lock: after 1000 s is later than 15 min, and fails with that number', () => {
    const found = analyseTruth({ ...HALF, chrony: { selected: (t) => t > 1000 } });
    expect(found.analysis.transient.state).toBe('late');
    const time = found.criterion('time_to_lock');
    expect(time.status).toBe('fail');
    expect(Math.abs((time.value ?? 0) - 1000)).toBeLessThan(2);
    expect(found.quality).toBe('fail');
  });

  it('the PHC is never selected, though the clock is good: that is no lock', () => {
    const found = analyseTruth({ ...HALF, chrony: { selected: () => false } });
    expect(found.broken).toContain('time_to_lock');
    expect(found.criterion('phc_selected')).toMatchObject({ status: 'fail', value: 0 });
    expect(found.events('reference_lost')).toEqual([]);
    expect(found.quality).toBe('fail');
  });

  it('a run of 20 s: the percentiles cannot be decided and are named, what can be decided passes', () => {
    const found = analyseTruth({ durationS: 20 });
    expect(found.quality).toBe('pass');
    const open = found.analysis.quality.criteria.filter(({ status }) => status === 'not_enough_data');
    expect(open.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['offset_p99', 'offset_p99_9', 'phc_missing', 'clock_error_bound_p99', 'phc_selected']),
    );
    expect(open.every(({ essential }) => !essential)).toBe(true);
    expect(found.analysis.quality.reason).toContain('not enough data for offset_p99');
  });

  it('a simulated PHC without chronyd: limits that need chronyd do not apply, and SIMULATED is said', () => {
    const found = analyseTruth({ durationS: 20, mode: 'simulated', chrony: null });
    expect(found.quality).toBe('pass');
    expect(found.analysis.quality.reason).toMatch(/^SIMULATED PHC/);
    expect(found.criterion('clock_error_bound_max').status).toBe('not_applicable');
    expect(found.analysis.transient.rule).not.toContain('selected');
  });

  it('a device without chronyd: nobody knows the error bound, so it is not a pass', () => {
    const found = analyseTruth({ ...HALF, chrony: null });
    expect(found.quality).not.toBe('pass');
    expect(found.criterion('clock_error_bound_max').status).toBe('not_enough_data');
  });
});

describe('the reference', () => {
  it('lost reference and holdover: when, how long, how far and at what rate', () => {
    const lost = (t: number) => t > 1000 && t <= 1300;
    const found = analyseTruth({
      ...HOUR,
      chrony: { selected: (t) => !lost(t) },
      systemNs: (t) => (lost(t) ? 15 * (t - 1000) : 0),
    });
    const [gone] = found.events('reference_lost');
    const [back] = found.events('reference_regained');
    if (gone === undefined || back === undefined) throw new Error('no holdover found');
    expect(Math.abs(found.secondsOf(gone) - 1001)).toBeLessThanOrEqual(1);
    expect(Math.abs(found.secondsOf(back) - 1301)).toBeLessThanOrEqual(1);
    const [holdover] = found.analysis.holdovers.items;
    expect(holdover?.seconds).toBeCloseTo(300, -1);
    expect(Math.abs((holdover?.ratePpb ?? 0) - 15)).toBeLessThan(0.1);
    expect(Math.abs((holdover?.maxDepartureNs ?? 0) - 4500)).toBeLessThan(150);
    expect(found.criterion('phc_selected')).toMatchObject({ status: 'fail' });
    expect(found.criterion('phc_selected').value).toBeCloseTo(1 - 300 / 3600, 2);
    expect(found.quality).toBe('fail');
  });

  it('reference lost for one second in an hour: listed, and too little to fail 99.9 %', () => {
    const found = analyseTruth({ ...HOUR, chrony: { selected: (t) => Math.round(t) !== 2000 } });
    expect(found.events('reference_lost')).toHaveLength(1);
    expect(found.events('reference_regained')).toHaveLength(1);
    expect(found.criterion('phc_selected').status).toBe('not_enough_data');
    expect(found.quality).toBe('pass');
  });

  it('clock error bound above the limit: 120 us now and then', () => {
    const found = analyseTruth({ ...HOUR, chrony: { boundNs: (t) => (Math.round(t) % 50 === 0 ? 120_000 : 21_000) } });
    expect(found.criterion('clock_error_bound_max')).toMatchObject({ value: 120_000, status: 'fail' });
    expect(found.criterion('clock_error_bound_p99').status).toBe('fail');
    expect(found.quality).toBe('fail');
  });

  it('the same bound passes RTS 25 at 1 ms and fails it at 100 us', () => {
    const truth = { ...HOUR, chrony: { boundNs: (t: number) => (Math.round(t) === 2500 ? 120_000 : 21_000) } };
    expect(analyseTruth(truth, { profiles: ['rts25-1ms'] }).quality).toBe('pass');
    const strict = analyseTruth(truth, { profiles: ['rts25-100us'] });
    expect(strict.quality).toBe('fail');
    expect(strict.broken).toEqual(['rts25_clock_error_bound']);
    expect(strict.criterion('rts25_clock_error_bound').value).toBe(120_000);
  });

  it('a bound that is missing in every twentieth sample leaves "every sample" open', () => {
    const truth = { ...HOUR, chrony: { boundNs: (t: number) => (Math.round(t) % 20 === 0 ? Number.NaN : 21_000) } };
    const found = analyseTruth(truth, { profiles: ['rts25-100us'] });
    expect(found.criterion('rts25_clock_error_bound').status).toBe('not_enough_data');
    expect(found.quality).toBe('not_enough_data');
  });

  it('witness outside: the PHC is wrong by 400 us and only the NTP source shows it', () => {
    const found = analyseTruth({ ...HOUR, witness: { offsetNs: () => 400_000 } });
    expect(found.criterion('offset_max').status).toBe('pass');
    const witness = found.criterion('ntp_witness');
    expect(witness).toMatchObject({ status: 'fail', value: 1, key: '169.254.169.123' });
    expect(witness.reason).toContain('by up to 129000 ns');
    expect(found.quality).toBe('fail');
  });

  it('no witness: it is said, and nothing is concluded', () => {
    const found = analyseTruth({ ...HOUR, witness: null });
    expect(found.criterion('ntp_witness')).toMatchObject({ status: 'not_enough_data' });
    expect(found.quality).toBe('pass');
  });

  it('other readers: 90 readings a second are more than agent and chronyd make', () => {
    const others = analyseTruth({ ...HALF, driverReadsPerS: () => 90, driverErrors: (t) => Math.max(0, t - 900) / 10 });
    expect(others.events('phc_other_readers')).toHaveLength(1);
    expect(others.events('phc_other_readers')[0]?.detail['reads_per_s']).toBeCloseTo(90, 0);
    expect(others.events('phc_errors_counted')[0]?.detail).toMatchObject({ counter: 'phc_err_ts', interface: 'ens5' });
    const alone = analyseTruth({ ...HALF, driverReadsPerS: () => 37 });
    expect(alone.events('phc_other_readers')).toEqual([]);
    expect(alone.events('phc_errors_counted')).toEqual([]);
  });
});

describe('telecom masks', () => {
  it('white noise of 1 ns keeps PRTC-A; 30 ns breaks its TDEV, and the label says what that means', () => {
    const kept = analyseTruth({ ...HOUR, whiteNs: 1 }, { profiles: ['prtc-a'] });
    expect(kept.quality).toBe('pass');
    const found = analyseTruth({ ...HOUR, whiteNs: 30 }, { profiles: ['prtc-a'] });
    expect(found.broken).toContain('prtc-a.tdev');
    // Worst where TDEV is largest against 3 ns: at the shortest tau.
    expect(found.criterion('prtc-a.tdev').value).toBeGreaterThan(25);
    expect(found.criterion('prtc-a.tdev').limit).toBe(3);
    expect(found.criterion('prtc-a.tdev').label).toContain('not traceability to UTC');
  });

  it('G.8273.2 class C: a constant 8 ns passes, 15 ns fails its constant time error only', () => {
    const profiles = { profiles: ['g8273-2-c' as const] };
    expect(analyseTruth({ ...HOUR, whiteNs: 1, systemNs: () => 8 }, profiles).quality).toBe('pass');
    const found = analyseTruth({ ...HOUR, whiteNs: 1, systemNs: () => 15 }, profiles);
    expect(found.broken).toEqual(['g8273-2-c.constant_te']);
    expect(found.criterion('g8273-2-c.constant_te').value).toBeCloseTo(15, 0);
  });

  it('own limits and an own mask decide as written', () => {
    const found = analyseTruth(
      { ...HOUR, whiteNs: 25 },
      {
        profiles: [],
        limits: [
          { name: 'mine', measure: { kind: 'tdev', stream: 'phc', column: 'offset_ns', tau_s: 10 }, limit: 2 },
          { name: 'masked', measure: { kind: 'mtie_mask', stream: 'phc', column: 'offset_ns', mask: 'wide' } },
        ],
        masks: [{ name: 'wide', from_s: 0.1, pieces: [{ up_to_s: 10_000, limit_ns: 500 }] }],
      },
    );
    expect(found.criterion('mine').value).toBeCloseTo(25 / Math.sqrt(40), 0);
    expect(found.broken).toEqual(['mine']);
    expect(found.criterion('masked')).toMatchObject({ status: 'pass', limit: 500 });
  });
});
