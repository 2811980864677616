import { expect, it } from 'vitest';
import { ReceivingRate } from './receiving-rate.ts';

const HOUR_MS = 3_600_000;

/** Ten samples a second from `fromMs` on, looked at each second as the live figures are. */
function feed(rate: ReceivingRate, fromMs: number, seconds: number): number {
  let last = 0;
  for (let second = 0; second < seconds; second += 1) {
    rate.add(10, fromMs + second * 1000);
    last = rate.perSecond(fromMs + second * 1000 + 500);
  }
  return last;
}

it('is the rate of the last seconds, also after hours without samples', () => {
  const rate = new ReceivingRate();
  expect(feed(rate, HOUR_MS, 60)).toBeCloseTo(10, 0);
  expect(rate.perSecond(3 * HOUR_MS)).toBe(0);
  expect(feed(rate, 3 * HOUR_MS, 60)).toBeCloseTo(10, 0);
});

it('is right again within seconds of the clock being set back or ahead by an hour', () => {
  const rate = new ReceivingRate();
  feed(rate, 5 * HOUR_MS, 60);
  expect(feed(rate, 4 * HOUR_MS, 60)).toBeCloseTo(10, 0);
  expect(feed(rate, 6 * HOUR_MS, 60)).toBeCloseTo(10, 0);
});
