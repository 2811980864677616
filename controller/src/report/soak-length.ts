/** How long a soak was to last, for people (pure). */
import { formatDuration } from './format-quantity.ts';
import type { Report } from './report-schema.ts';

/** `2 h soak`, `2 h soak extended by 10 min`. */
export function soakLength({ planned_soak_seconds: planned, extended_by_seconds: extended }: Report['run']): string {
  const more = extended > 0 ? ` extended by ${formatDuration(extended)}` : '';
  return `${formatDuration(planned)} soak${more}`;
}
