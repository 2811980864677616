/** Numbers of the page as texts with their units; the report's own rules, and a sign where one matters (pure). */
import { formatQuantity } from '../../src/report/format-quantity.ts';

/** `+24 ns`, `-1.2 us`; `-` where there is none. */
export function offsetText(ns: number | null): string {
  if (ns === null) return '-';
  return `${ns > 0 ? '+' : ''}${formatQuantity(ns, 'ns')}`;
}

/** `24 ns`; `-` where there is none. */
export function nanosecondsText(ns: number | null): string {
  return formatQuantity(ns, 'ns');
}

export function bytesText(bytes: number | null): string {
  return formatQuantity(bytes, 'bytes');
}

/** `0.42 %` of one core. */
export function cpuText(ratio: number | null): string {
  return ratio === null ? '-' : `${Number((ratio * 100).toPrecision(2))} %`;
}

/** `8 /s`. */
export function rateText(perSecond: number): string {
  return `${Number(perSecond.toPrecision(3))} /s`;
}
