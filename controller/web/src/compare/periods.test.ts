import { describe, expect, it } from 'vitest';
import { PERIODS, periodsOf, shifted, spanOfBands, suitablePeriod } from './periods.ts';

const DAY = 86_400_000;
const at = (text: string) => Date.parse(text);

describe('periods of a series', () => {
  it('are as long as fits at least twice', () => {
    const fromMs = at('2026-11-01T00:00:00Z');
    const named = (ms: number) => suitablePeriod({ fromMs, toMs: fromMs + ms }).name;
    expect([named(21 * DAY), named(3 * DAY), named(DAY), named(4000)]).toEqual([
      'weeks',
      'days',
      'hours',
      '10 minutes',
    ]);
  });

  it('begin on Mondays where they are weeks, and the newest eight stay', () => {
    const [weeks] = PERIODS;
    if (weeks === undefined) throw new Error('there are weeks');
    const span = { fromMs: at('2026-11-05T12:00:00Z'), toMs: at('2026-11-20T12:00:00Z') };
    const begins = periodsOf(span, weeks).map(({ fromMs }) => new Date(fromMs).toISOString().slice(0, 10));
    expect(begins).toEqual(['2026-11-02', '2026-11-09', '2026-11-16']);
    const long = periodsOf({ fromMs: span.fromMs - 100 * 7 * DAY, toMs: span.toMs }, weeks);
    expect(long).toHaveLength(8);
    expect(long.at(-1)?.fromMs).toBe(at('2026-11-16T00:00:00Z'));
  });
});

describe('bands', () => {
  const band = {
    atMs: [10_000, 20_000],
    min: [1, 2],
    max: [3, 4],
    mean: [2, 3],
    count: [1, 1],
    bucketMs: 500,
    gapMs: 9,
  };

  it('are laid over each other by moving them in time only', () => {
    expect(shifted(band, -5000)).toEqual({ ...band, atMs: [5000, 15_000] });
  });

  it('span from the first to the last of all', () => {
    expect(spanOfBands([band, shifted(band, 30_000)])).toEqual({ fromMs: 10_000, toMs: 50_500 });
    expect(spanOfBands([])).toBeNull();
  });
});
