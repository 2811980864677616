import { describe, expect, it } from 'vitest';
import { TAGS, type Tags } from '../ec2.ts';
import { madeObserved } from '../simulated/made-fleet.fixture.ts';
import { heartbeatsOf, judgeAll, judgeSweep, SWEEP_POLICY, type SweptResource, sweptInstance } from './judge-sweep.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const at = (hours: number) => new Date(NOW + hours * HOUR).toISOString();

function instance(tags: Tags, launchedHours: number | null = -2): SweptResource {
  const launchedAt = launchedHours === null ? null : NOW + launchedHours * HOUR;
  return sweptInstance(madeObserved({ tags: { [TAGS.run]: 'run-1', ...tags }, launchedAt }));
}

function judge(resource: SweptResource, others: readonly SweptResource[] = []) {
  const heartbeats = heartbeatsOf([resource, ...others]);
  return judgeSweep(resource, { awsNow: NOW, heartbeats, policy: SWEEP_POLICY });
}

describe('a sweep', () => {
  it('removes what is past its expiry and whose controller is silent', () => {
    expect(judge(instance({ [TAGS.expiresAt]: at(-1), [TAGS.heartbeat]: at(-3) }))).toEqual({
      remove: true,
      reason: `expired at ${at(-1)}`,
    });
    expect(judge(instance({ [TAGS.expiresAt]: at(-1) })).remove).toBe(true);
  });

  it('leaves what is not expired', () => {
    expect(judge(instance({ [TAGS.expiresAt]: at(1), [TAGS.heartbeat]: at(-3) })).remove).toBe(false);
  });

  it('removes what nobody has looked after for a day', () => {
    expect(judge(instance({ [TAGS.expiresAt]: at(100), [TAGS.heartbeat]: at(-25) })).reason).toContain('orphaned');
    expect(judge(instance({}, -25)).remove).toBe(true);
    expect(judge(instance({}, -23)).remove).toBe(false);
    expect(judge(instance({}, null))).toEqual({ remove: false, reason: 'nothing tells how old it is' });
  });

  it('never touches a run whose controller lives, by the heartbeat of any of its resources', () => {
    const expired = instance({ [TAGS.expiresAt]: at(-1), [TAGS.heartbeat]: at(-5) });
    expect(judge(expired).remove).toBe(true);
    expect(judge(expired, [instance({ [TAGS.heartbeat]: at(-0.4) })])).toEqual({
      remove: false,
      reason: `its controller lived at ${at(-0.4)}`,
    });
    const foreign = instance({ [TAGS.run]: 'run-2', [TAGS.heartbeat]: at(-0.1) });
    expect(judge(expired, [foreign]).remove).toBe(true);
  });

  it('never touches what is kept, however old', () => {
    const tags = { [TAGS.kept]: 'true', [TAGS.expiresAt]: at(-100), [TAGS.heartbeat]: at(-100) };
    expect(judge(instance(tags, -1000))).toEqual({ remove: false, reason: 'its operator keeps it' });
  });

  it('leaves the groups of what it leaves', () => {
    const expired = { [TAGS.run]: 'run-1', [TAGS.expiresAt]: at(-1) };
    const kept = { ...instance({ ...expired, [TAGS.kept]: 'true' }), groups: ['sg-1', 'placed'] };
    const group = (id: string) =>
      ({ kind: 'security-group', id, run: 'run-1', tags: expired, launchedAt: null, groups: [] }) as const;
    const judged = judgeAll([kept, group('sg-1'), group('sg-2')], { awsNow: NOW, policy: SWEEP_POLICY });
    expect(judged.map(({ remove }) => remove)).toEqual([false, false, true]);
    expect(judged[1]?.reason).toBe(`${kept.id} stays, and is in it`);
  });

  it('believes no tag that is no time', () => {
    expect(judge(instance({ [TAGS.expiresAt]: 'yesterday', [TAGS.heartbeat]: '' })).remove).toBe(false);
  });
});
