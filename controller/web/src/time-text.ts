/** Instants as texts (pure): UTC first, because fleets span zones; the reader's own zone on demand. */

/** `2026-11-21 03:49:32`, UTC. */
export function utcText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** `03:49:32.250`, as fine as the span that is shown asks for. */
export function cursorTimeText(ms: number, spanMs: number): string {
  const text = new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  if (spanMs < 600_000) return `${text.slice(0, 23)} UTC`;
  return `${text.slice(0, 19)} UTC`;
}

/** In the reader's zone, which is named. */
export function localText(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
}

/** `2 s ago`, `5 min ago`, `3 h ago`. */
export function agoText(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Nanoseconds since 1970 as decimal text, from ms with a fraction. */
export function nsText(ms: number): string {
  const whole = Math.floor(ms);
  return `${whole}${String(Math.round((ms - whole) * 1e6)).padStart(6, '0')}`;
}

/** ms since 1970 of nanoseconds as decimal text; what a double cannot hold is below a microsecond. */
export function msOfNs(text: string): number {
  return Number(BigInt(text) / 1000n) / 1000;
}
