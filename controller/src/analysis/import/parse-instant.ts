/** Instants in logs to whole nanoseconds since 1970. */

const CALENDAR = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$/;

/** RFC 3339 or chrony's `2026-11-20 23:17:57.988689` (UTC without a zone); null for what is neither. */
export function parseInstant(text: string): bigint | null {
  const match = CALENDAR.exec(text);
  if (match === null) return null;
  const [, day = '', time = '', fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? null : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** `1234.567` seconds to ns, without going through a double. */
export function parseSeconds(text: string): bigint | null {
  const match = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  return BigInt(match[1] ?? '0') * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}
