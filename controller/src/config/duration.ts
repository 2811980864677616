/** Lengths of time as people write them: `20s`, `90m`, `1h30m`, `24m 28s`, `14d`, `3w`. */

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds, or null when the text is not a duration. Whole or decimal numbers with units, largest first or not; zero is not a duration. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?[smhdw] ?)+$/.test(`${text.trim()} `)) return null;
  let total = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)) {
    total += Number(amount) * (SECONDS[unit] ?? Number.NaN);
  }
  return total > 0 && Number.isFinite(total) ? total : null;
}

/** `24m 28s`, `1d 2h`: whole seconds in words that `parseDuration` reads. */
export function durationText(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's']) {
    const amount = Math.floor(rest / (SECONDS[unit] ?? 1));
    rest -= amount * (SECONDS[unit] ?? 1);
    if (amount > 0) parts.push(`${amount}${unit}`);
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** `1d 02:03:04`, `02:03:04` or `03:04` from seconds, for progress and reports. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const days = Math.floor(whole / 86_400);
  const [hours, minutes, rest] = [Math.floor((whole % 86_400) / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = days > 0 || hours > 0 ? `${two(hours)}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
  return days > 0 ? `${days}d ${clock}` : clock;
}
