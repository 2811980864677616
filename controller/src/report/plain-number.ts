/** Single numbers of columns as a person reads them: counters of time in time, status bits by name (pure). */
import type { ColumnUnit, StreamName } from '@ptp-tester/measurement';
import { formatQuantity } from './format-quantity.ts';

interface OfColumn {
  readonly stream: StreamName;
  readonly column: string;
  readonly unit: ColumnUnit;
}

export function plainNumber(value: number, { stream, column, unit }: OfColumn): string {
  if (stream === 'kernel' && column === 'status') return statusText(value);
  if (column.endsWith('_us')) return formatQuantity(1000 * value, 'ns');
  if (column.endsWith('_ticks')) return `${formatQuantity(value, unit)} ticks`;
  if (unit === 'count' && column.endsWith('_s')) return formatQuantity(value, 's');
  return formatQuantity(value, unit);
}

/** linux/timex.h, from bit 0. */
const STATUS_BITS = [
  'STA_PLL',
  'STA_PPSFREQ',
  'STA_PPSTIME',
  'STA_FLL',
  'STA_INS',
  'STA_DEL',
  'STA_UNSYNC',
  'STA_FREQHOLD',
  'STA_PPSSIGNAL',
  'STA_PPSJITTER',
  'STA_PPSWANDER',
  'STA_PPSERROR',
  'STA_CLOCKERR',
  'STA_NANO',
  'STA_MODE',
  'STA_CLK',
] as const;

function statusText(status: number): string {
  const names = STATUS_BITS.filter((_, bit) => (status & (1 << bit)) !== 0);
  return names.length === 0 ? `${status} (no flag)` : `${status} (${names.join(', ')})`;
}

/** NTP_PHASE_LIMIT of the kernel. */
const UNSYNCHRONISED_NS = 16e9;

/** What the kernel's largest error means; null where it is an error. */
export function kernelNote(maxErrorNs: number | null): string | null {
  if (maxErrorNs !== UNSYNCHRONISED_NS) return null;
  return '16 s of kernel max_error_ns and estimated_error_ns is no measured error: the kernel says it of every clock that is not synchronised (STA_UNSYNC).';
}
