/** Details of events for people: `size_ns: -4168` is `size: -4.17 us` (pure). */
import type { ColumnUnit } from '@ptp-tester/measurement';
import { formatDuration, formatQuantity } from '../../src/report/format-quantity.ts';

const UNITS = ['ns', 'ppb', 'ppm', 'bytes'] as const satisfies readonly ColumnUnit[];

/** Without the unit, which stands with the value. */
export function detailName(name: string): string {
  return name.replace(/(?<!_per)_(?:ns|ppb|ppm|bytes|s)$/, '').replaceAll('_', ' ');
}

export function detailText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return JSON.stringify(value);
  const unit = UNITS.find((one) => name.endsWith(`_${one}`));
  if (unit !== undefined) return formatQuantity(value, unit);
  // `reads_per_s` is a rate, no time.
  return name.endsWith('_s') && !name.endsWith('per_s') ? formatDuration(value) : String(value);
}
