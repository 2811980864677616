import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeadMansSwitch, Disarming } from './dead-mans-switch.ts';

let folder = '';
let due: (() => void)[] = [];
let news = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-switch-'));
  mkdirSync(join(folder, 'answers'));
  due = [];
  news = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const order = () => readFileSync(join(folder, 'switch'), 'utf8').trim();
const answer = (text: string) => writeFileSync(join(folder, 'answers', 'answer'), `${text}\n`);

function disarming(deadMansSwitch: DeadMansSwitch | null): Disarming {
  return new Disarming({
    deadMansSwitch,
    setTimer: (_, callback) => {
      due.push(callback);
      return () => {
        due = due.filter((one) => one !== callback);
      };
    },
    changed: () => {
      news += 1;
    },
    problem: (error) => {
      throw error;
    },
  });
}

/** The timer fires, and whatever it reads has been read. */
async function wait(until: () => boolean): Promise<void> {
  for (const callback of due.splice(0)) callback();
  while (!until()) await new Promise((resolve) => setImmediate(resolve));
}

describe('disarming', () => {
  const files = () => new DeadMansSwitch({ stateDir: folder, folder: join(folder, 'answers') });

  test('is confirmed only after the switch has answered', async () => {
    const one = disarming(files());
    await one.follow(true);
    expect(order()).toBe('"disarmed"');
    expect([one.disarmed, news]).toEqual([false, 0]);
    answer('disarmed');
    await wait(() => news === 1);
    expect(one.disarmed).toBe(true);
    expect(due).toEqual([]);
  });

  test('is taken back when the lease no longer says so', async () => {
    const one = disarming(files());
    answer('disarmed');
    await one.follow(true);
    expect(one.disarmed).toBe(true);
    await one.follow(false);
    expect(order()).toBe('"armed"');
    expect(one.disarmed).toBe(false);
    answer('armed');
    await wait(() => news === 2);
    expect(due).toEqual([]);
  });

  test('writes no order again for the same wish, and asks no more once it is stopped', async () => {
    const one = disarming(files());
    await one.follow(true);
    rmSync(join(folder, 'switch'));
    await one.follow(true);
    expect(() => order()).toThrow(/ENOENT/);
    expect(due).toHaveLength(1);
    one.stop();
    expect(due).toEqual([]);
  });

  test('needs no answer where there is no switch', async () => {
    const one = disarming(null);
    await one.follow(true);
    expect(one.disarmed).toBe(true);
  });
});
