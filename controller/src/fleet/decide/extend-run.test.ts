/** Extending a soak: what bounds it, and that a refusal says the sum. */
import { describe, expect, it } from 'vitest';
import type { fleetSpecOf } from '../../runs/fleet-spec.ts';
import { madeInstance, madeRun } from '../../runs/made-run.fixture.ts';
import type { InstanceState, Run } from '../../runs/run.ts';
import { endPhasesS, switchLifeS } from '../../runs/run-bound.ts';
import { extendSoak } from './extend-run.ts';

const T0 = 1_763_680_000_000;
const base = madeRun();
const run: Run = { ...base, state: 'soaking', soakStartedAt: T0 + 60_000, soakEndsAt: T0 + 80_000, stopReason: null };
const instances = [1, 2].map((index) => ({
  ...madeInstance({ index }),
  state: 'measuring' as const,
  reachedAt: { launching: T0 + index * 1000 },
}));
const withFleet = (fleet: Partial<ReturnType<typeof fleetSpecOf>>): Run => ({ ...run, spec: { ...run.spec, fleet } });
const room = (of: Run) => switchLifeS(of.spec) - endPhasesS(of.spec) + 1 - 80;

describe('extending a soak', () => {
  it("moves its end by what is asked, up to what the first dead-man's switch leaves", () => {
    expect(extendSoak({ run, instances, seconds: 30 })).toEqual({ soakEndsAt: T0 + 110_000 });
    const seconds = room(run);
    expect(extendSoak({ run, instances, seconds })).toEqual({ soakEndsAt: T0 + 80_000 + seconds * 1000 });
    expect(extendSoak({ run, instances, seconds: seconds + 1 })).toEqual({
      refused: expect.stringMatching(
        /the latest possible end is .*dead-man's switch ends it after [\dms ]+ \(the planned soak.*Extend it by at most \d+m \d+s; a run that is started with --extend-room can be/,
      ),
    });
  });

  it('may be by days where the run was started with room for it', () => {
    const roomy = withFleet({ extendRoomS: 7 * 86_400 });
    expect(extendSoak({ run: roomy, instances, seconds: 7 * 86_400 })).toEqual({
      soakEndsAt: T0 + 80_000 + 7 * 86_400_000,
    });
    expect(extendSoak({ run: roomy, instances, seconds: 8 * 86_400 })).toEqual({
      refused: expect.stringMatching(/--extend-room 7d\).*Extend it by at most 7d [\dms ]+$/),
    });
  });

  it('keeps --max-lifetime', () => {
    const short = withFleet({ maxLifetimeS: endPhasesS(run.spec) + 100 });
    expect(extendSoak({ run: short, instances, seconds: 21 })).toEqual({ soakEndsAt: T0 + 101_000 });
    expect(extendSoak({ run: short, instances, seconds: 22 })).toEqual({
      refused: expect.stringContaining('--max-lifetime'),
    });
  });

  it('keeps --max-instance-hours, and counts the instances that are still there', () => {
    const dear = withFleet({ maxInstanceHours: 0.02 });
    expect(extendSoak({ run: dear, instances, seconds: 17 })).toEqual({
      refused: '2 instances x 0.0 h of soak = 0.0 instance-hours, and --max-instance-hours allows 0.02',
    });
    const [one, other] = instances;
    const left = [one, { ...other, state: 'terminated' as const }].filter(
      (instance) => instance !== undefined,
    ) as typeof instances;
    expect(extendSoak({ run: dear, instances: left, seconds: 17 })).toEqual({ soakEndsAt: T0 + 97_000 });
  });

  it('counts what instances that have gone had soaked already', () => {
    const dear = withFleet({ maxInstanceHours: 1 });
    const long = { ...dear, soakEndsAt: T0 + 60_000 + 1_800_000, spec: { ...dear.spec, durationS: 1800 } };
    const [one, other] = instances.map((instance) => ({ ...instance, state: 'measuring' as InstanceState }));
    if (one === undefined || other === undefined) throw new Error('two instances were made');
    const terminating = T0 + 60_000 + 1_500_000;
    const gone = { ...other, state: 'terminated' as const, reachedAt: { ...other.reachedAt, terminating } };
    // 25 of its 30 minutes are spent, so 35 of the hour are left to the other.
    expect(extendSoak({ run: long, instances: [one, gone], seconds: 300 })).toEqual({
      soakEndsAt: long.soakEndsAt + 300_000,
    });
    expect(extendSoak({ run: long, instances: [one, gone], seconds: 301 })).toEqual({
      refused:
        '1 instances x 0.6 h of soak + 0.4 of those that have gone = 1.0 instance-hours, and --max-instance-hours allows 1',
    });
  });

  it.each([
    [{ state: 'launching' as const }, 'launching'],
    [{ state: 'ended' as const }, 'ended'],
    [{ stopReason: 'enough' }, 'being stopped'],
  ])('refuses what is not soaking: %j', (change, said) => {
    expect(extendSoak({ run: { ...run, ...change }, instances, seconds: 1 })).toEqual({
      refused: `run ${run.id} is ${said}: only a soak that is under way can be extended`,
    });
  });
});
