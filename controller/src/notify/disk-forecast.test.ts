import { describe, expect, it } from 'vitest';
import { forecastDisk, withReading } from './disk-forecast.ts';

const HOUR = 3_600_000;
type History = Parameters<typeof forecastDisk>[0];

function historyOf(minutes: number, freeAt: (minute: number) => number): History {
  let history: History = [];
  for (let minute = 0; minute <= minutes; minute += 1) {
    history = withReading(history, { at: minute * 60_000, freeBytes: freeAt(minute), totalBytes: 1e12 });
  }
  return history;
}

describe('the forecast of a full disk', () => {
  it('knows nothing without readings, and no end while the history is short or the disk does not fill', () => {
    expect(forecastDisk([])).toBeNull();
    expect(forecastDisk(historyOf(5, (minute) => 1e9 - minute * 1e6))?.fullAt).toBeNull();
    expect(forecastDisk(historyOf(60, () => 1e9))?.fullAt).toBeNull();
    expect(forecastDisk(historyOf(60, (minute) => 1e9 + minute))?.fullAt).toBeNull();
  });

  it('follows a steady loss to its end', () => {
    const fullAt = forecastDisk(historyOf(60, (minute) => 1e9 - minute * 1e6))?.fullAt ?? 0;
    expect(fullAt).toBeCloseTo(1000 * 60_000, -3);
  });

  it('is not misled by the first quarter of an hour of a run, in which the summaries of each series are not packed yet', () => {
    const [perDay, daysLeft] = [7.4e9, 5];
    const freeAt = (minute: number) => perDay * (daysLeft - (minute + 2.4 * Math.min(minute, 16)) / 1440);
    for (let minute = 5; minute < 360; minute += 5) {
      const fullAt = forecastDisk(historyOf(minute, freeAt))?.fullAt ?? null;
      if (fullAt !== null) expect(fullAt, `after ${minute} minutes`).toBeGreaterThan(3 * 24 * HOUR);
    }
  });

  it('keeps six hours and one reading a minute', () => {
    const history = historyOf(1000, () => 1e9);
    expect(history.length).toBeLessThanOrEqual(361);
    expect((history.at(-1)?.at ?? 0) - (history[0]?.at ?? 0)).toBeLessThanOrEqual(6 * HOUR);
    expect(withReading(history, { at: (history.at(-1)?.at ?? 0) + 1, freeBytes: 1, totalBytes: 1 })).toBe(history);
  });

  it('starts anew when the clock went back', () => {
    const history = historyOf(60, (minute) => 1e9 - minute);
    expect(withReading(history, { at: 0, freeBytes: 5, totalBytes: 10 })).toHaveLength(1);
  });
});
