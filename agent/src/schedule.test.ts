import fc from 'fast-check';
import { expect, test } from 'vitest';
import { staggeredPhases, takeTick } from './schedule.ts';

test('phases share the wake-ups of the fastest source and differ while there is room', () => {
  expect(staggeredPhases([250, 1000, 1000, 10_000, 10_000])).toEqual([0, 250, 500, 750, 1000]);
});

test('a tick is not served early', () => {
  expect(takeTick({ intervalNs: 100, nextDueNs: 50 }, 49)).toBeNull();
});

test('however late ticks are served, the phase stays, and served plus skipped is what has passed', () => {
  const waits = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat({ max: 300 }), waits, (intervalNs, phase, gaps) => {
      const schedule = { intervalNs, nextDueNs: phase };
      let now = 0;
      let ticks = 0;
      for (const gap of gaps) {
        now += gap;
        const due = takeTick(schedule, now);
        if (due === null) continue;
        ticks += 1 + due.skipped;
        expect(due.lateNs).toBeGreaterThanOrEqual(0);
        expect(due.lateNs).toBeLessThan(intervalNs);
        expect((now - due.lateNs - phase) % intervalNs).toBe(0);
      }
      expect(ticks).toBe(now < phase ? 0 : Math.floor((now - phase) / intervalNs) + 1);
      expect(schedule.nextDueNs).toBe(phase + ticks * intervalNs);
    }),
  );
});
