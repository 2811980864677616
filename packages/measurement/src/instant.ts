/** Instants: a reading of a named clock as bigint nanoseconds. A double would be wrong by up to 128 ns for Unix time. */
import { type Nanoseconds, NS_PER_S, nanoseconds } from './units.ts';

declare const instantBrand: unique symbol;

/** Nanoseconds since the Unix epoch, UTC, as the named clock showed them. */
export type Instant = bigint & { readonly [instantBrand]: 'utc' };

/** Says that a bigint is an instant. */
export function instant(ns: bigint): Instant {
  return ns as Instant;
}

/** An instant from milliseconds since the Unix epoch, as `Date.now()` gives them. */
export function instantFromMs(milliseconds: number): Instant {
  return (BigInt(Math.round(milliseconds * 1000)) * 1000n) as Instant;
}

/** Milliseconds since the Unix epoch; precise to less than a microsecond, for display and for coarse comparisons. */
export function instantToMs(at: bigint): number {
  return Number(at / 1_000_000n) + Number(at % 1_000_000n) / 1e6;
}

/** `later - earlier`. Exact while the two are less than 104 days apart. */
export function differenceNs(later: bigint, earlier: bigint): Nanoseconds {
  return nanoseconds(Number(later - earlier));
}

/** Adds a difference to an instant. */
export function addNs(at: bigint, ns: number): Instant {
  return (at + BigInt(Math.round(ns))) as Instant;
}

/** RFC 3339 in UTC with nine decimals: `2026-11-20T23:17:57.988689000Z`. */
export function formatInstant(at: bigint): string {
  const perSecond = BigInt(NS_PER_S);
  const fraction = ((at % perSecond) + perSecond) % perSecond;
  const seconds = Number((at - fraction) / perSecond);
  const { year, month, day } = civilFromDays(Math.floor(seconds / 86_400));
  const ofDay = ((seconds % 86_400) + 86_400) % 86_400;
  const time = [Math.floor(ofDay / 3600), Math.floor((ofDay % 3600) / 60), ofDay % 60].map((n) => pad(n, 2)).join(':');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${time}.${String(fraction).padStart(9, '0')}Z`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** Days since 1970-01-01 to a date of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible date algorithms"). */
function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
