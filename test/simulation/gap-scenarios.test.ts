/** Each way in which samples can be missing, with known truth: what is missing, why, and that statistics never cross it. */
import { describe, expect, it } from 'vitest';
import { analyseTruth } from './analyse-truth.ts';
import type { SimulatedGap, SimulatedTruth } from './simulated-truth.ts';

const HALF: SimulatedTruth = { durationS: 1800 };

function withGap(gap: SimulatedGap): SimulatedTruth {
  return { ...HALF, gaps: [gap] };
}

const AT = { fromS: 900, toS: 960 };

describe('a gap of a minute', () => {
  it('missed ticks: the agent says so, and they are booked as missed', () => {
    const found = analyseTruth(withGap({ ...AT, kind: 'missed' }));
    expect(found.account('phc')).toMatchObject({ stored: 6960, missed: 240, unaccounted: 0 });
    expect(found.analysis.gaps.items.map(({ cause }) => cause)).toContain('missed');
    const event = found.events('data_gap').find(({ detail }) => detail['stream'] === 'phc');
    expect(event?.detail['missing_ticks']).toBe(240);
    expect(found.criterion('phc_missing').status).toBe('fail');
    expect(found.criterion('phc_missing').value).toBeCloseTo(240 / 7200, 6);
    expect(found.criterion('phc_stored').status).toBe('pass');
  });

  it('silence: nothing explains it, so the books do not close and the verdict is fail', () => {
    const found = analyseTruth(withGap({ ...AT, kind: 'silent' }));
    expect(found.account('phc')).toMatchObject({ missed: 0, lost: 0, unaccounted: 240 });
    expect(found.broken).toEqual(expect.arrayContaining(['phc_unaccounted', 'raw_unaccounted']));
    expect(found.quality).toBe('fail');
  });

  it('full spool: the gap marker accounts for every lost sample', () => {
    const found = analyseTruth(withGap({ ...AT, kind: 'spool_full' }));
    expect(found.account('phc')).toMatchObject({ stored: 6960, lost: 240, unaccounted: 0 });
    expect(found.analysis.losses.items.find(({ stream }) => stream === 'phc')).toMatchObject({
      samples: 240,
      reason: 'spool_full',
    });
    expect(found.broken).not.toContain('phc_unaccounted');
  });

  it('refused records: counted as refused', () => {
    const found = analyseTruth(withGap({ ...AT, kind: 'nacked' }));
    expect(found.account('phc')).toMatchObject({ stored: 6960, nacked: 240, unaccounted: 0 });
    expect(found.analysis.nackedRecords).toBeGreaterThan(20);
  });

  it('agent restart: one boot, two epochs, one grid', () => {
    const found = analyseTruth(withGap({ ...AT, kind: 'restart' }));
    expect(found.account('phc').restart).toBeGreaterThanOrEqual(239);
    expect(found.events('agent_restarted')[0]?.detail).toMatchObject({ rebooted: false });
    expect(found.analysis.epochs).toHaveLength(2);
    expect(found.analysis.stability[0]?.missing).toBeGreaterThanOrEqual(239);
    expect(found.criterion('steps').value).toBe(0);
  });

  it('reboot: two boots, and no window of MTIE is longer than the longer of them', () => {
    const found = analyseTruth(withGap({ ...AT, kind: 'reboot' }));
    expect(found.events('agent_restarted')[0]?.detail).toMatchObject({ rebooted: true });
    const mtie = found.curve('phc', 'mtie');
    expect(mtie.at(-1)?.tau).toBeLessThanOrEqual(900);
    expect(found.analysis.stability[0]?.missing).toBe(0);
  });

  it('only the PHC stream: the raw clock goes on', () => {
    const found = analyseTruth(withGap({ ...AT, kind: 'missed', stream: 'phc' }));
    expect(found.account('raw')).toMatchObject({ stored: 1800, missed: 0 });
    expect(found.account('phc').missed).toBe(240);
  });

  it('a drift of 3 us over the gap is no step, and the curves do not cross it', () => {
    const found = analyseTruth({
      ...withGap({ ...AT, kind: 'missed' }),
      systemNs: (t) => (t <= 900 ? 0 : 50 * Math.min(60, t - 900) - (t > 960 ? 2800 : 0)),
    });
    expect(found.criterion('steps').value).toBe(0);
    expect(found.curve('phc', 'mtie')[0]?.value).toBeLessThan(200);
  });

  it('a step inside the gap is found behind it', () => {
    const gap = { ...withGap({ ...AT, kind: 'missed' }), systemNs: (t: number) => (t > 930 ? 500_000 : 0) };
    const [step] = analyseTruth(gap).events('system_clock_stepped');
    expect(Math.abs(Number(step?.detail['size_ns']) - 500_000)).toBeLessThanOrEqual(
      Number(step?.detail['uncertainty_ns']),
    );
    expect(Number(step?.detail['within_ns'])).toBeGreaterThan(59e9);
  });
});

describe('too little', () => {
  it('the PHC stream ends halfway: ended early, and missing', () => {
    const found = analyseTruth({ ...HALF, endsAtS: { phc: 1000 } });
    expect(found.account('phc').endedEarly).toBeGreaterThan(3190);
    expect(found.criterion('phc_stored').status).toBe('fail');
    expect(found.quality).toBe('fail');
  });

  it('the PHC stream ends after a third: less than half of the soak is not enough, and what is missing fails', () => {
    const found = analyseTruth({ ...HALF, endsAtS: { phc: 500 } });
    expect(found.criterion('phc_soak_covered').status).toBe('not_enough_data');
    expect(found.quality).toBe('fail');
  });

  it('nothing at all is stored of the PHC: not enough data in every limit on it', () => {
    const found = analyseTruth({ ...HALF, endsAtS: { phc: 0 } });
    expect(found.quality).toBe('not_enough_data');
    for (const name of ['offset_max', 'offset_p99', 'time_to_lock', 'phc_stored', 'phc_read_errors']) {
      expect(found.criterion(name)).toMatchObject({ status: 'not_enough_data', pass: false });
    }
  });

  it('half of every minute is missing: no statistic comes from across the holes', () => {
    const gaps = Array.from({ length: 30 }, (_, minute) => ({
      fromS: minute * 60 + 30,
      toS: minute * 60 + 60,
      kind: 'missed' as const,
    }));
    const found = analyseTruth({ ...HALF, gaps });
    expect(found.analysis.stability[0]?.missingShare).toBeCloseTo(0.5, 1);
    expect(found.curve('phc', 'mtie').at(-1)?.tau).toBeLessThanOrEqual(30);
    expect(found.quality).toBe('fail');
  });
});
