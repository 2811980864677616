/** Periods of a run as they stand on the command line, and its weeks (pure). */
import type { Period } from '../../analysis/compare/slice-series.ts';
import { UsageError } from '../cli-error.ts';

export interface NamedPeriod {
  readonly name: string;
  readonly period: Period;
}

const WEEK_NS = 7n * 86_400_000_000_000n;
/** A week that has only begun says little. */
const LEAST_WEEK = WEEK_NS / 7n;

/** `FROM..TO`, each a date or an instant in UTC: `2026-11-20..2026-11-21`, `2026-11-20T08:00Z..2026-11-20T12:00Z`. Throws UsageError. */
export function parsePeriods(texts: readonly string[]): NamedPeriod[] {
  return texts.map((text) => {
    const [from = '', to = '', ...rest] = text.split('..');
    if (rest.length > 0) throw new UsageError(`--period ${text}: give FROM..TO, for example 2026-11-20..2026-11-21.`);
    const period = { fromAt: parseAt(from, text), toAt: parseAt(to, text) };
    if (period.fromAt >= period.toAt) throw new UsageError(`--period ${text}: it ends before it begins.`);
    return { name: text, period };
  });
}

function parseAt(text: string, whole: string): bigint {
  const withZone = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text;
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(withZone) : Number.NaN;
  if (!Number.isFinite(ms))
    throw new UsageError(
      `--period ${whole}: "${text}" is no time; give a date or an instant in UTC, for example 2026-11-20T08:00Z.`,
    );
  return BigInt(Math.round(ms)) * 1_000_000n;
}

/** Weeks from the beginning of the soak; the last one only when at least a day of it is there. */
export function weeksOf({ fromAt, toAt }: Period): NamedPeriod[] {
  const weeks: NamedPeriod[] = [];
  for (let from = fromAt; toAt - from >= LEAST_WEEK; from += WEEK_NS) {
    const to = from + WEEK_NS < toAt ? from + WEEK_NS : toAt;
    weeks.push({ name: `week ${weeks.length + 1}`, period: { fromAt: from, toAt: to } });
  }
  return weeks;
}
