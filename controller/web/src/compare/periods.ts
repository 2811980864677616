/** One series cut into equal periods that are laid over each other, and series that begin together (pure). */
import type { TimeSpan } from '../../../src/charts/chart-frame.ts';
import type { Band } from '../instance/band-of.ts';

export interface PeriodLength {
  readonly name: string;
  readonly ms: number;
}

/** Longest first. */
export const PERIODS: readonly PeriodLength[] = [
  { name: 'weeks', ms: 604_800_000 },
  { name: 'days', ms: 86_400_000 },
  { name: 'hours', ms: 3_600_000 },
  { name: '10 minutes', ms: 600_000 },
];

/** More lines than this cannot be told apart. */
const MOST_PERIODS = 8;

/** The longest that fits in at least twice; the shortest where none does. */
export function suitablePeriod({ fromMs, toMs }: TimeSpan): PeriodLength {
  const [weeks] = PERIODS;
  const found = PERIODS.find(({ ms }) => (toMs - fromMs) / ms > 1.2) ?? PERIODS.at(-1) ?? weeks;
  if (found === undefined) throw new Error('there are periods');
  return found;
}

/** Aligned to UTC (weeks begin on Monday), the newest ones, oldest first; the first and the last may be partly empty. */
export function periodsOf({ fromMs, toMs }: TimeSpan, { ms }: PeriodLength): TimeSpan[] {
  // 1970 began on a Thursday.
  const anchor = ms === 604_800_000 ? 4 * 86_400_000 : 0;
  const first = Math.floor((fromMs - anchor) / ms) * ms + anchor;
  const count = Math.ceil((toMs - first) / ms);
  const all = Array.from({ length: Math.max(1, count) }, (_, index) => ({
    fromMs: first + index * ms,
    toMs: first + (index + 1) * ms,
  }));
  return all.slice(-MOST_PERIODS);
}

/** The same band, so much later. */
export function shifted(band: Band, byMs: number): Band {
  return byMs === 0 ? band : { ...band, atMs: band.atMs.map((at) => at + byMs) };
}

/** From the first to the last sample of all; null where there is none. */
export function spanOfBands(bands: readonly Band[]): TimeSpan | null {
  const starts = bands.flatMap(({ atMs }) => atMs.slice(0, 1));
  const ends = bands.flatMap(({ atMs, bucketMs }) => atMs.slice(-1).map((at) => at + bucketMs));
  if (starts.length === 0) return null;
  const fromMs = Math.min(...starts);
  return { fromMs, toMs: Math.max(fromMs + 1000, ...ends) };
}
