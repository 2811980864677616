/** Periods on the command line. */
import { describe, expect, it } from 'vitest';
import { parsePeriods, weeksOf } from './named-periods.ts';

const DAY = 86_400_000_000_000n;

describe('a period', () => {
  it('is two dates or instants in UTC, with or without Z', () => {
    const [days, hours] = parsePeriods(['2026-11-20..2026-11-21', '2026-11-20T08:00..2026-11-20T12:00:30Z']);
    expect((days?.period.toAt ?? 0n) - (days?.period.fromAt ?? 0n)).toBe(DAY);
    expect((hours?.period.fromAt ?? 0n) - (days?.period.fromAt ?? 0n)).toBe(DAY / 3n);
  });

  it.each([
    ['2026-11-20', 'is no time'],
    ['yesterday..today', '"yesterday" is no time'],
    ['2026-11-21..2026-11-20', 'ends before it begins'],
    ['1..2..3', 'give FROM..TO'],
  ])('%s is refused with what to give instead', (text, reason) => {
    expect(() => parsePeriods([text])).toThrow(reason);
  });
});

describe('weeks', () => {
  it('begin with the soak; a last one shorter than a day is left out', () => {
    expect(weeksOf({ fromAt: 0n, toAt: 14n * DAY + DAY / 2n }).map(({ name }) => name)).toEqual(['week 1', 'week 2']);
    const [, , third] = weeksOf({ fromAt: 0n, toAt: 16n * DAY });
    expect(third?.period).toEqual({ fromAt: 14n * DAY, toAt: 16n * DAY });
  });
});
