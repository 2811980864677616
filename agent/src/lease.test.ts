import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { consumedSince, INITIAL_LEASE, LeaseKeeper, leaseExpiry, leaseRemainingS, renewLease } from './lease.ts';
import { watchLease } from './lease-watch.ts';

const LEASE = { type: 'lease', orphan_s: 600, ends_in_s: 3600 } as const;

describe('the decision', () => {
  test('without any lease the instance goes after a day without its controller', () => {
    expect(leaseExpiry({ ...INITIAL_LEASE, consumedS: 86_399 })).toBeNull();
    expect(leaseExpiry({ ...INITIAL_LEASE, consumedS: 86_400 })).toBe('orphaned');
  });

  test('a lease sets both limits anew, from now', () => {
    const state = renewLease({ ...INITIAL_LEASE, consumedS: 1000 }, LEASE);
    expect(leaseRemainingS(state)).toBe(600);
    expect(leaseExpiry({ ...state, consumedS: 1599 })).toBeNull();
    expect(leaseExpiry({ ...state, consumedS: 1600 })).toBe('orphaned');
    expect(leaseExpiry({ ...state, consumedS: 4600, lastContactS: 4590 })).toBe('ended');
  });

  test('the time consumed is the uptime: within a boot the clock went on, after a reboot it counts from zero', () => {
    expect(consumedSince({ bootId: 'a', monoS: 100 }, { bootId: 'a', monoS: 175 })).toBe(75);
    expect(consumedSince({ bootId: 'a', monoS: 100 }, { bootId: 'b', monoS: 40 })).toBe(40);
  });
});

describe('the keeper', () => {
  let folder = '';
  let monoS = 1000;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ptp-lease-'));
    monoS = 1000;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (bootId = 'boot-1') =>
    LeaseKeeper.open({ path: join(folder, 'lease.json'), bootId, monoS: () => monoS });

  test('survives a restart of the agent and a reboot', async () => {
    const keeper = await open();
    monoS += 100;
    await keeper.renew(LEASE);
    monoS += 500;
    const again = await open();
    expect(leaseRemainingS(again.state)).toBe(100);
    await again.persist();
    monoS = 60;
    const rebooted = await open('boot-2');
    expect(leaseRemainingS(rebooted.state)).toBe(40);
    monoS = 100;
    expect(leaseExpiry(rebooted.state)).toBe('orphaned');
  });

  test('hearing the controller moves the orphan time-out, not the end', async () => {
    const keeper = await open();
    await keeper.renew({ ...LEASE, ends_in_s: 1000 });
    monoS += 590;
    keeper.contact();
    expect(leaseRemainingS(keeper.state)).toBe(410);
  });

  test('what an instance consumed while it was cut off counts after a reboot', async () => {
    const keeper = await open();
    await keeper.renew(LEASE);
    for (let second = 0; second < 500; second += 30) {
      monoS += 30;
      await keeper.persistWhenDue();
    }
    const usedS = keeper.state.consumedS;
    monoS = 5;
    const rebooted = await open('boot-2');
    expect(rebooted.state.consumedS).toBeGreaterThan(usedS - 60);
    expect(leaseRemainingS(rebooted.state)).toBeLessThan(600 - 500 + 60);
  });

  test('writes that overlap leave a whole file', async () => {
    const keeper = await open();
    monoS += 100;
    await Promise.all([keeper.renew(LEASE), keeper.persistWhenDue(), keeper.persist(), keeper.persistWhenDue()]);
    expect((await open()).state).toMatchObject({ orphanS: 600 });
  });

  test('a damaged file starts anew instead of stopping the agent', async () => {
    writeFileSync(join(folder, 'lease.json'), '{"boot_id":');
    expect((await open()).state.orphanS).toBe(86_400);
  });
});

describe('the watch', () => {
  function watchFrom(orphanS: number) {
    let state = { consumedS: 0, lastContactS: 0, orphanS, endsS: null };
    let written = 0;
    const timers: { delayMs: number; callback: () => void }[] = [];
    const expired: string[] = [];
    const watch = watchLease({
      keeper: {
        get state() {
          return state;
        },
        persistWhenDue: () => {
          written += 1;
          return Promise.resolve();
        },
      },
      unwritten: (error) => expect.fail(String(error)),
      setTimer: (delayMs, callback) => {
        const timer = { delayMs, callback };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
      },
      expired: (why) => expired.push(why),
    });
    const pass = () => {
      const timer = timers.shift();
      state = { ...state, consumedS: state.consumedS + (timer?.delayMs ?? 0) / 1000 };
      timer?.callback();
      return state.consumedS;
    };
    const renew = (seconds: number) => {
      state = { ...state, orphanS: seconds };
      watch.look();
    };
    return { watch, pass, renew, expired, timers, written: () => written };
  }

  test('looks when the lease may run out, and says so again while the machine still runs', () => {
    const { pass, expired } = watchFrom(40);
    expect([pass(), ...expired]).toEqual([30]);
    expect([pass(), ...expired]).toEqual([40, 'orphaned']);
    expect([pass(), ...expired]).toEqual([100, 'orphaned', 'orphaned']);
  });

  test('looks earlier after a renewal to a shorter lease', () => {
    const { pass, renew, expired } = watchFrom(3600);
    renew(12);
    expect([pass(), ...expired]).toEqual([12, 'orphaned']);
  });

  test('has the lease written at each look, whoever renews it or not', () => {
    const { pass, written } = watchFrom(3600);
    for (let look = 0; look < 10; look += 1) pass();
    expect(written()).toBe(11);
  });

  test('sets no timer after its end', () => {
    const { watch, timers } = watchFrom(40);
    watch.end();
    watch.look();
    expect(timers).toEqual([]);
  });
});
