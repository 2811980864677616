/** How long a soak was to last and when it ended, for people (pure). */
import { formatDuration } from './format-quantity.ts';
import type { Report } from './report-schema.ts';

/** `2 h soak`, `2 h + 10 min soak` of one that was extended. */
export function soakLength({ planned_soak_seconds: planned, extended_by_seconds: extended }: Report['run']): string {
  const more = extended > 0 ? ` + ${formatDuration(extended)}` : '';
  return `${formatDuration(planned)}${more} soak`;
}

/** What `soak_ends_at` was, or will be. Instants of one length, so text order is time order. */
export function soakEnd({ ended_at, soak_ends_at }: Report['run']): string {
  if (ended_at === null) return 'soak is to end';
  return soak_ends_at !== null && ended_at < soak_ends_at ? 'soak was to end' : 'soak ended';
}
