/** Numbers with their units as clock people write them: ns, us, ms, s, ppb; three digits that matter. */
import type { ColumnUnit } from '@ptp-tester/measurement';

const TIME_STEPS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'us'],
] as const;
const BYTE_STEPS = [
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
] as const;

/** A value in its column's unit; `-` where there is none. */
export function formatQuantity(value: number | null, unit: ColumnUnit): string {
  if (value === null) return '-';
  switch (unit) {
    case 'ns':
      return scaled(value, TIME_STEPS, 'ns');
    case 'bytes':
      return scaled(value, BYTE_STEPS, 'B');
    case 'percent':
      return `${short(value)} %`;
    case 'ppb':
    case 'ppm':
    case 's':
      return `${short(value)} ${unit}`;
    case 'count':
    case 'none':
      return short(value);
  }
}

/** A share of 0..1 in per cent, rounded down: 0.99999 is not 100 %. */
export function formatShare(share: number | null): string {
  return share === null ? '-' : `${Math.floor(share * 10_000) / 100} %`;
}

/** Seconds as a person says them: `20 s`, `3 min 5 s`, `2 h 10 min`, `14 d 3 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${short(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(whole / 3600);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

// biome-ignore lint/complexity/useMaxParams: two numbers, each with its unit
function two(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

function scaled(value: number, steps: readonly (readonly [number, string])[], unit: string): string {
  for (const [size, name] of steps) if (Math.abs(value) >= size) return `${short(value / size)} ${name}`;
  return `${short(value)} ${unit}`;
}

/** Whole numbers as they are, others with three significant digits and no exponent for what occurs. */
function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3)));
}
