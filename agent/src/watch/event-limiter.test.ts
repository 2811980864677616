import { describe, expect, it } from 'vitest';
import type { NoticedEvent } from '../source.ts';
import { EventLimiter } from './event-limiter.ts';

const MINUTE_NS = 60_000_000_000n;
const gone: NoticedEvent = { event: 'device_gone', detail: { clock: 'ena-ptp-05' } };

describe('the limit on events', () => {
  it('lets a burst through, counts the rest, and tells the last of it with how many it stands for', () => {
    const limiter = new EventLimiter();
    const told = Array.from({ length: 20 }, (_, n) => limiter.take({ ...gone, detail: { n } }, 0n));
    expect(told.filter((one) => one !== null)).toHaveLength(12);
    expect(limiter.due(MINUTE_NS)).toEqual([]);
    expect(limiter.due(5n * MINUTE_NS)).toEqual([
      { event: 'device_gone', detail: { n: 19, left_out: 7, left_out_over_s: 300 } },
    ]);
    expect(limiter.due(60n * MINUTE_NS)).toEqual([]);
  });

  it('bounds three weeks of a device that comes and goes every ten seconds', () => {
    const limiter = new EventLimiter();
    const seconds = 21 * 86_400;
    let told = 0;
    let leftOut = 0;
    for (let second = 0; second < seconds; second += 10) {
      const noticed = limiter.take(gone, BigInt(second) * 1_000_000_000n);
      if (noticed === null) continue;
      told += 1;
      leftOut += Number(noticed.detail['left_out'] ?? 0);
    }
    // The burst, and one in five minutes.
    expect(told).toBeLessThanOrEqual(12 + seconds / 300);
    expect(seconds / 10 - told - leftOut).toBeLessThan(30);
  });

  it('keeps kinds and series apart, and never leaves out what happens once a life', () => {
    const limiter = new EventLimiter({ burst: 1, everyNs: MINUTE_NS });
    const failed = (stream: string): NoticedEvent => ({ event: 'source_failed', detail: { stream } });
    expect([failed('phc'), failed('chrony'), gone].every((one) => limiter.take(one, 0n) === one)).toBe(true);
    expect(limiter.take(failed('phc'), 0n)).toBeNull();
    const plan: NoticedEvent = { event: 'plan_reached', detail: {} };
    expect([plan, plan, plan].map((one) => limiter.take(one, 0n))).toEqual([plan, plan, plan]);
  });

  it('holds its memory whatever the details make up', () => {
    const limiter = new EventLimiter({ burst: 1, everyNs: MINUTE_NS });
    for (let n = 0; n < 10_000; n += 1) limiter.take({ event: 'source_failed', detail: { stream: `made ${n}` } }, 0n);
    expect(limiter.due(MINUTE_NS)).toHaveLength(1);
  });
});
