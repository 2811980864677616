import { seededRandom } from '@ptp-tester/testkit';
import { expect, it } from 'vitest';
import { floorsOf, slopeOf } from './memory-slope.ts';

/** 22 minutes, a sample each 10 s: a process of 600 MB that grows by `perHour`, with noise of neighbours that are alike by `r`. */
function samples(perHour: number, { r, seed }: { readonly r: number; readonly seed: number }) {
  const random = seededRandom(seed);
  let noise = 0;
  return Array.from({ length: 132 }, (_, index) => {
    noise = r * noise + (random() - 0.5) * 8;
    return { atS: 480 + index * 10, value: 600 + (perHour * index) / 360 + noise };
  });
}

it('finds the slope of a line', () => {
  const line = Array.from({ length: 10 }, (_, index) => ({ atS: index * 60, value: 100 + index }));
  const { perHour, low, high } = slopeOf(line);
  for (const value of [perHour, low, high]) expect(value).toBeCloseTo(60, 6);
});

it('sees in the floors what stays, not what comes and goes', () => {
  const work = (index: number) => (index % 9 < 2 ? 150 : 0);
  const busy = samples(40, { r: 0, seed: 5 }).map(({ atS, value }, index) => ({ atS, value: value + work(index) }));
  const floors = floorsOf(busy, 120);
  expect(floors).toHaveLength(11);
  const [all, least] = [slopeOf(busy), slopeOf(floors)];
  expect(Math.abs(least.perHour - 40)).toBeLessThan(20);
  expect(least.high - least.low).toBeLessThan((all.high - all.low) / 3);
});

it.for([0, 0.6, 0.9])('its interval holds the true slope about 95 times in a hundred, neighbours alike by %s', (r) => {
  let held = 0;
  for (let seed = 1; seed <= 400; seed += 1) {
    const { low, high } = slopeOf(samples(40, { r, seed }));
    if (low <= 40 && 40 <= high) held += 1;
  }
  expect(held / 400).toBeGreaterThan(0.88);
  expect(held / 400).toBeLessThanOrEqual(0.99);
});
