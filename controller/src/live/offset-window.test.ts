/** The window of offsets: exact where it holds everything, bounded where it does not. */
import { describe, expect, it } from 'vitest';
import { OffsetWindow } from './offset-window.ts';

const MINUTE_MS = 60_000;
const upTo = (count: number, from = 1) => Float64Array.from({ length: count }, (_, index) => from + index);

describe('the window of offsets', () => {
  it('gives median, 99th percentile of the magnitude and largest magnitude of what it holds', () => {
    const window = new OffsetWindow();
    window.add(0, upTo(500));
    window.add(
      MINUTE_MS,
      upTo(500).map((value) => -value),
    );
    const { samples, maxAbs } = window.figures();
    // A minute keeps at most 256.
    expect([samples, maxAbs]).toEqual([500, 500]);
    for (let minute = 0; minute < 5; minute += 1) window.add(minute * MINUTE_MS, upTo(250));
    expect(window.figures().samples).toBeGreaterThanOrEqual(1000);
    const exact = new OffsetWindow();
    for (let minute = 0; minute < 5; minute += 1) {
      exact.add(minute * MINUTE_MS, upTo(200, 1 + minute * 200));
      exact.add(
        minute * MINUTE_MS,
        upTo(50).map((value) => -value),
      );
    }
    expect(exact.figures()).toEqual({ samples: 1250, p50: 375, p99Abs: 988, maxAbs: 1000 });
  });

  it('says nothing of quantiles of a handful of samples', () => {
    const window = new OffsetWindow();
    expect(window.figures()).toEqual({ samples: 0, p50: null, p99Abs: null, maxAbs: null });
    window.add(0, upTo(19));
    expect(window.figures()).toEqual({ samples: 19, p50: null, p99Abs: null, maxAbs: 19 });
  });

  it('publishes the 99th percentile by the rule of the report, at a slow cadence from more than ten minutes', () => {
    const window = new OffsetWindow();
    for (let minute = 0; minute < 16; minute += 1) window.add(minute * MINUTE_MS, upTo(60));
    expect(window.figures()).toEqual({ samples: 960, p50: 30, p99Abs: null, maxAbs: 60 });
    window.add(16 * MINUTE_MS, upTo(60));
    expect(window.figures()).toEqual({ samples: 1020, p50: 30, p99Abs: 60, maxAbs: 60 });
    window.add(17 * MINUTE_MS, upTo(60));
    // A minute goes when the others are enough: without what is about to come they were not.
    expect(window.figures().samples).toBe(1080);
    window.add(100 * MINUTE_MS, [7]);
    expect(window.figures()).toEqual({ samples: 1, p50: null, p99Abs: null, maxAbs: 7 });
  });

  it('forgets what is ten minutes older than the newest', () => {
    const window = new OffsetWindow();
    window.add(0, [1_000_000]);
    window.add(9 * MINUTE_MS, [5]);
    expect(window.figures().maxAbs).toBe(1_000_000);
    window.add(10 * MINUTE_MS, [7]);
    expect(window.figures().maxAbs).toBe(7);
  });

  it('begins anew when the clock was set back beyond it, and takes what is a little late', () => {
    const window = new OffsetWindow();
    window.add(100 * MINUTE_MS, [50]);
    window.add(99 * MINUTE_MS, [9]);
    expect(window.figures().maxAbs).toBe(50);
    window.add(10 * MINUTE_MS, [3]);
    expect(window.figures().maxAbs).toBe(3);
  });

  it('keeps at most 256 samples of a minute, evenly, and the largest one whatever becomes of its sample', () => {
    const window = new OffsetWindow();
    const values = upTo(10_000, 0);
    values[777] = -99_999;
    for (let minute = 0; minute < 8; minute += 1) window.add(minute * MINUTE_MS, values);
    const { p50, p99Abs, maxAbs } = window.figures();
    expect(maxAbs).toBe(99_999);
    expect(Math.abs((p50 ?? 0) - 5000)).toBeLessThan(100);
    expect(Math.abs((p99Abs ?? 0) - 9900)).toBeLessThan(100);
    expect(window.save()[0]?.values.length).toBeLessThanOrEqual(256);
  });

  it('is the same after it was saved before a batch and restored after it', () => {
    const [whole, before, after] = [new OffsetWindow(), new OffsetWindow(), new OffsetWindow()];
    for (const part of [whole, before]) part.add(0, upTo(150));
    for (const part of [whole, after]) part.add(MINUTE_MS, upTo(150, 1000));
    for (const part of [whole, before]) part.add(MINUTE_MS, upTo(50, 2000));
    after.restore(before.save());
    expect(after.figures()).toEqual(whole.figures());
  });

  it('passes over values that are no numbers', () => {
    const window = new OffsetWindow();
    window.add(0, [Number.NaN, 4, Number.POSITIVE_INFINITY]);
    expect(window.figures().maxAbs).toBe(4);
  });
});
