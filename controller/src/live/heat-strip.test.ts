/** The heat strip: the largest magnitude of every moment survives, in at most 512 buckets on common edges. */
import { describe, expect, it } from 'vitest';
import { HeatStrip, type SavedStrip } from './heat-strip.ts';

const DAY_MS = 86_400_000;
const T0 = 1_763_680_000_000;

function at({ bucketMs, first, values }: SavedStrip, ms: number): number | undefined {
  return values[Math.floor(ms / bucketMs) - first];
}

describe('the heat strip', () => {
  it('keeps the largest of each ten seconds at first', () => {
    const strip = new HeatStrip();
    for (const [ms, value] of [
      [0, 5],
      [9_000, 3],
      [10_000, 8],
    ] as const)
      strip.add(T0 + ms, value);
    expect(strip.save()).toEqual({ bucketMs: 10_000, first: T0 / 10_000, values: Float32Array.from([5, 8]) });
  });

  it('covers three weeks in 512 buckets and still has every peak', () => {
    const strip = new HeatStrip();
    for (let ms = 0; ms < 21 * DAY_MS; ms += 60_000) strip.add(T0 + ms, 10);
    const peaks = [0, 3.7 * DAY_MS, 20.99 * DAY_MS];
    for (const [index, ms] of peaks.entries()) strip.add(T0 + ms, 1000 + index);
    const saved = strip.save();
    if (saved === null) throw new Error('it has values');
    expect(saved.values.length).toBeLessThanOrEqual(512);
    expect(saved.values.length).toBeGreaterThan(256);
    expect(peaks.map((ms) => at(saved, T0 + ms))).toEqual([1000, 1001, 1002]);
  });

  it('takes what lies before its beginning', () => {
    const strip = new HeatStrip();
    strip.add(T0, 5);
    strip.add(T0 - 3 * DAY_MS, 7);
    const saved = strip.save();
    if (saved === null) throw new Error('it has values');
    expect([at(saved, T0), at(saved, T0 - 3 * DAY_MS)]).toEqual([5, 7]);
  });

  it('is never finer than what was restored into it', () => {
    const [long, short] = [new HeatStrip(), new HeatStrip()];
    for (let day = 0; day < 14; day++) long.add(T0 + day * DAY_MS, day);
    short.add(T0 + 14 * DAY_MS, 99);
    const saved = long.save();
    if (saved === null) throw new Error('it has values');
    short.restore(saved);
    const both = short.save();
    expect(both?.bucketMs).toBeGreaterThanOrEqual(saved.bucketMs);
    expect(both === null ? null : at(both, T0 + 13 * DAY_MS)).toBe(13);
    expect(both === null ? null : at(both, T0 + 14 * DAY_MS)).toBe(99);
  });

  it('is nothing while nothing was added', () => {
    expect(new HeatStrip().save()).toBeNull();
  });
});
