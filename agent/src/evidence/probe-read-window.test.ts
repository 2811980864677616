import { ERRNO } from '@ptp-tester/native';
import type { PhcBurst, PhcClock } from '@ptp-tester/phc';
import { describe, expect, it } from 'vitest';
import { probeReadWindow } from './probe-read-window.ts';

const READING = { rawBeforeNs: 0n, preNs: 0n, phcNs: 0n, postNs: 0n, rawAfterNs: 0n };

/** A device that refuses a reading when it gave `limit` within the last second, and for a millisecond after that; with a clock that moves by sleeping. */
function madeDevice(limit: number) {
  let nowNs = 0n;
  let busyUntil = 0n;
  let given: bigint[] = [];
  const burst = (errno: number): PhcBurst => ({
    method: 'extended',
    readings: errno === 0 ? [READING] : [],
    failed: errno === 0 ? 0 : 1,
    errno,
  });
  let reads = 0;
  const clock: PhcClock = {
    name: 'ena-ptp-05',
    simulated: false,
    readBurst: () => {
      reads += 1;
      given = given.filter((at) => at > nowNs - 1_000_000_000n);
      if (nowNs < busyUntil) return burst(ERRNO.EBUSY);
      if (given.length >= limit) {
        given = [];
        busyUntil = nowNs + 1_000_000n;
        return burst(ERRNO.EBUSY);
      }
      given.push(nowNs);
      return burst(0);
    },
    close: () => undefined,
  };
  const sleep = (ms: number) => {
    nowNs += BigInt(Math.ceil(ms * 1e6));
    return Promise.resolve();
  };
  return { clock, sleep, monoNs: () => nowNs, isOver: () => false, reads: () => reads };
}

describe('the read window', () => {
  it('ends at the first rate that is refused, and says when readings came back', async () => {
    const device = madeDevice(125);
    const found = await probeReadWindow(device);
    expect(found.steps.map(({ wanted_per_s, refused }) => [wanted_per_s, refused])).toEqual([
      ...[25, 50, 75, 90, 100, 110, 125].map((rate) => [rate, null]),
      [140, 'EBUSY'],
    ]);
    expect(found.steps.at(-1)?.reads).toBe(125);
    expect(found.recovered_after_ms).toBe(5);
    // Polite: under a thousand readings in all.
    expect(device.reads()).toBeLessThan(1000);
  });

  it('goes no further than 160 a second where nothing is refused', async () => {
    const { steps, recovered_after_ms } = await probeReadWindow(madeDevice(10_000));
    expect([steps.length, steps.at(-1)?.wanted_per_s, recovered_after_ms]).toEqual([9, 160, null]);
    for (const { wanted_per_s, reads, seconds } of steps) {
      expect(reads).toBe(wanted_per_s);
      expect(seconds).toBeCloseTo(1, 1);
    }
  });

  it('reads nothing once the agent stops', async () => {
    const device = madeDevice(125);
    expect((await probeReadWindow({ ...device, isOver: () => true })).steps).toEqual([]);
    expect(device.reads()).toBe(0);
  });
});
