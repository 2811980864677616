import { describe, expect, it } from 'vitest';
import { judgeRun } from '../analysis/interim/judge-run.ts';
import { madeInstance, madeRun } from '../analysis/made-run.fixture.ts';
import type { Run } from '../runs/run.ts';
import { InterimJudge } from './interim-judge.ts';
import { verdictSoFar } from './verdict-so-far.ts';

/** A clock that only moves when somebody waits: the pending callback is the next turn. */
class Site {
  now = 1_000_000;
  pending: { readonly callback: () => void; readonly ms: number } | null = null;
  readonly judgedAt: number[] = [];
  readonly failures: string[] = [];
  rests = 0;
  /** What each analysis takes, ms. */
  takesMs = 100;
  fails = false;
  isUnreadable = false;
  run: Run = madeRun({ state: 'soaking', soakStartedAt: 1_000_000, endedAt: null, outcome: null });

  readonly judge = new InterimJudge({
    repository: {
      run: () => this.run,
      runs: () => {
        if (this.isUnreadable) throw new Error('the control database is gone');
        return [this.run];
      },
    },
    analyse: (run) => {
      this.judgedAt.push(this.now);
      this.now += this.takesMs;
      if (this.fails) return Promise.reject(new Error('the disk is gone'));
      const saved = { load: () => null, keep: () => undefined };
      const { instances, ...judged } = judgeRun({ run, instances: [madeInstance()] }, { reader: null, saved });
      const verdicts = instances.map(({ quality, ...one }) => ({ ...one, value: quality.value }));
      return Promise.resolve({ ...judged, instances: verdicts });
    },
    rest: () => {
      this.rests += 1;
      return Promise.resolve();
    },
    onFailure: (_run, error) => this.failures.push(String(error)),
    schedule: (callback, ms) => {
      this.pending = { callback, ms };
      return () => {
        this.pending = null;
      };
    },
    now: () => this.now,
  });

  /** So many turns of five seconds. */
  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      const due = this.pending;
      this.now += due?.ms ?? 0;
      due?.callback();
      await new Promise(setImmediate);
    }
  }
}

describe('the interim judge', () => {
  it('judges a soaking run after twenty seconds, and then every twenty', async () => {
    const site = new Site();
    site.judge.start();
    await site.turns(3);
    expect(site.judgedAt).toEqual([]);
    expect(site.judge.of(site.run.id)).toBeNull();
    await site.turns(1);
    expect(site.judgedAt).toHaveLength(1);
    expect(site.judge.of(site.run.id)).toMatchObject({ quality: 'not_enough_data' });
    const id = madeInstance().instanceId ?? '';
    expect(site.judge.of(site.run.id)?.instances.get(id)).toEqual({ quality: 'not_enough_data', failing: [] });
    await site.turns(5);
    expect(site.judgedAt).toHaveLength(2);
    await site.judge.close();
    expect(site.pending).toBeNull();
  });

  it.each([
    ['twenty times as long as a judgement took', 5000, 20],
    ['never longer than three minutes: one that had to begin anew says little of the next', 3_600_000, 36],
  ])('rests %s', async (_, takesMs, turns) => {
    const site = new Site();
    site.takesMs = takesMs;
    site.judge.start();
    await site.turns(4);
    expect(site.judgedAt).toHaveLength(1);
    await site.turns(turns - 1);
    expect(site.judgedAt).toHaveLength(1);
    await site.turns(2);
    expect(site.judgedAt).toHaveLength(2);
    await site.judge.close();
  });

  it('keeps the last judgement when one fails, says so, and tries again', async () => {
    const site = new Site();
    site.judge.start();
    await site.turns(4);
    const first = site.judge.of(site.run.id);
    site.fails = true;
    await site.turns(5);
    expect(site.failures).toEqual(['Error: the disk is gone']);
    expect(site.judge.of(site.run.id)).toBe(first);
    site.fails = false;
    await site.turns(5);
    expect(site.judge.of(site.run.id)).not.toBe(first);
    await site.judge.close();
  });

  it('goes on when the runs cannot be read for a while', async () => {
    const site = new Site();
    site.isUnreadable = true;
    site.judge.start();
    await site.turns(5);
    expect(site.failures).toHaveLength(5);
    site.isUnreadable = false;
    await site.turns(1);
    expect(site.judgedAt).toHaveLength(1);
    await site.judge.close();
  });

  it('leaves runs alone that do not soak, and holds nothing then', async () => {
    const site = new Site();
    site.run = { ...site.run, state: 'finishing' };
    site.judge.start();
    await site.turns(20);
    expect(site.judgedAt).toEqual([]);
    expect(site.rests).toBe(20);
    await site.judge.close();
  });
});

describe('the verdict so far', () => {
  it('names the criteria that fail most instances first', () => {
    const counts = { total: 3, supported: 3, unsupported: 0, setupFailed: 0, notTested: 0 };
    const of = (name: string, instanceId: string) => ({ name, instanceId, key: '', reason: '' });
    const failed = [of('steps', 'i-1'), of('offset_p99', 'i-1'), of('offset_p99', 'i-2')];
    const whole = { ...counts, qualityPass: 1, qualityFail: 2, qualityNotEnoughData: 0 };
    const judged = {
      quality: 'fail',
      counts: whole,
      failed,
      instances: new Map(),
      passRestsOn: { decided: 10, total: 19 },
      leftToReport: ['prtc-a.mtie'],
    } as const;
    expect(verdictSoFar({ judgedAt: 0, ...judged })).toEqual({
      quality: 'fail',
      pass: 1,
      fail: 2,
      not_enough_data: 0,
      failing: [
        { criterion: 'offset_p99', instances: 2 },
        { criterion: 'steps', instances: 1 },
      ],
      pass_rests_on: { decided: 10, total: 19 },
      interim: true,
      left_to_report: ['prtc-a.mtie'],
      judged_at: '1970-01-01T00:00:00.000000000Z',
    });
    expect(verdictSoFar(null)).toBeNull();
  });
});
