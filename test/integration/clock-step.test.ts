/** The controller's own clock is set in the middle of a soak: no instance is given up for it, and the soak lasts as long as was asked for. */
import { expect, it } from 'vitest';
import { ClockJumps } from '../../controller/src/app/clock-jumps.ts';
import { RunDriver } from '../../controller/src/fleet/drive/run-driver.ts';
import type { Ec2 } from '../../controller/src/fleet/ec2.ts';
import { madeObserved, madePreparation } from '../../controller/src/fleet/simulated/made-fleet.fixture.ts';
import { RunPlans } from '../../controller/src/ingest/run-plans.ts';
import { LiveAgents } from '../../controller/src/runs/live-agents.ts';
import { madeInstance, madeRun, madeSpec, RUN_ID } from '../../controller/src/runs/made-run.fixture.ts';
import { openRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';

const T0 = Date.UTC(2026, 10, 20, 12);
const HOUR_S = 3600;
const DAY_S = 86_400;
const SOAK_S = 21 * DAY_S;
const ID = 'i-0123456789abcdef0';

/** A run in the third day of its three weeks, with everything that asks for the time; EC2 shows its one instance. */
function soakingSite() {
  const clocks = { wall: T0, steady: 0 };
  /** The clock is set at the n-th time that it is asked for. */
  let stepAt = { asked: Number.POSITIVE_INFINITY, byMs: 0 };
  let asked = 0;
  const wallMs = () => {
    asked += 1;
    if (asked === stepAt.asked) clocks.wall += stepAt.byMs;
    return clocks.wall;
  };
  const jumps = new ClockJumps({ wallMs, awakeMs: () => clocks.steady, bootMs: () => clocks.steady });
  const now = () => jumps.now();
  const repository = openRunRepository(':memory:', { now });
  const spec = madeSpec({ durationS: SOAK_S });
  const soak = { state: 'soaking', createdAt: T0, soakStartedAt: T0, soakEndsAt: T0 + SOAK_S * 1000 } as const;
  const instance = madeInstance({ state: 'measuring', instanceId: ID, reachedAt: { launching: T0, running: T0 } });
  repository.createRun(madeRun(soak, spec), [instance], { preparation: madePreparation() });
  const live = new LiveAgents();
  live.update(ID, { run: RUN_ID, connected: false, lastContactAt: T0 });
  const answers: Partial<Ec2> = {
    describeInstances: () => Promise.resolve([madeObserved({ instanceId: ID })]),
    describeHealth: () => Promise.resolve([]),
    createTags: () => Promise.resolve(),
  };
  const due: (() => void)[] = [];
  const driver = new RunDriver(
    { controllerId: 'c', controllerKey: new Uint8Array(32), templates: {} as never },
    {
      repository,
      live,
      ec2For: () => answers as Ec2,
      agentFile: () => Promise.reject(new Error('no launch')),
      log: { debug: () => {}, warn: () => {}, error: (fields) => expect.fail(JSON.stringify(fields)) },
      timer: {
        schedule: (callback) => {
          due.push(callback);
          return () => due.splice(due.indexOf(callback), 1);
        },
      },
      now,
      randomInt: () => 0,
    },
  );
  jumps.onJump((jump) => driver.clockJumped(jump));
  const plans = new RunPlans({ repository, now, aheadMs: () => jumps.aheadMs, onChange: () => undefined });
  plans.start();
  driver.resumeRuns();
  const pass = (seconds: number) => {
    clocks.wall += seconds * 1000;
    clocks.steady += seconds * 1000;
  };
  /** One round of the fleet, to its end. */
  const round = async () => {
    for (const callback of due.splice(0)) callback();
    for (let turns = 0; due.length === 0; turns += 1) {
      if (turns > 1000) throw new Error('the round did not end');
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    repository,
    pass,
    round,
    step: (seconds: number, afterAsked = 1) => {
      stepAt = { asked: asked + afterAsked, byMs: seconds * 1000 };
    },
    leaseS: () => Number(JSON.parse(plans.leaseText(RUN_ID, ID) ?? '{}').ends_in_s),
    close: async () => {
      plans.stop();
      await driver.close();
      repository.close();
    },
  };
}

it.each([
  ['an hour ahead', HOUR_S],
  ['an hour back', -HOUR_S],
  ['a month ahead', 30 * DAY_S],
])(
  'set %s at any moment of a round, the clock gives up nobody and moves the end of the soak with it',
  async (_, stepS) => {
    for (let moment = 1; moment <= 6; moment += 1) {
      const site = soakingSite();
      for (let day = 0; day < 3; day += 1) {
        await site.round();
        site.pass(120);
      }
      site.step(stepS, moment);
      for (let rounds = 0; rounds < 4; rounds += 1) {
        await site.round();
        site.pass(1);
      }
      const run = site.repository.run(RUN_ID);
      expect(run).toMatchObject({ state: 'soaking', soakEndsAt: T0 + (SOAK_S + stepS) * 1000 });
      expect(site.repository.instances(RUN_ID)).toMatchObject([{ state: 'measuring', failure: null }]);
      const told = site.repository.events(RUN_ID).filter(({ event }) => event === 'controller_clock_stepped');
      expect(told).toMatchObject([{ detail: { stepped_s: stepS } }]);
      await site.close();
    }
  },
);

it.each([HOUR_S, -HOUR_S, 30 * DAY_S])(
  'the very next lease after a step of %d s is as long as the one before',
  async (stepS) => {
    const site = soakingSite();
    const before = site.leaseS();
    site.step(stepS);
    expect(site.leaseS()).toBe(before);
    expect(site.leaseS()).toBe(before);
    await site.close();
  },
);
