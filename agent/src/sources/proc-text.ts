/** Pure readers of the texts under /proc that the sources need (proc(5)). */

export interface CpuTicks {
  /** USER_HZ ticks since boot. */
  readonly steal: number;
  readonly total: number;
}

/**
 * The `cpu` line of /proc/stat. `guest` and `guest_nice` are left out of the total: the kernel counts them in `user` and `nice` already.
 * NaN where the text has no such field.
 */
export function parseCpuTicks(text: string): CpuTicks {
  const line = text.split('\n').find((candidate) => candidate.startsWith('cpu '));
  const fields = line === undefined ? [] : line.trim().split(/\s+/).slice(1, 9).map(Number);
  if (fields.length === 0) return { steal: Number.NaN, total: Number.NaN };
  return { steal: fields[7] ?? Number.NaN, total: fields.reduce((sum, ticks) => sum + ticks, 0) };
}

/** Microseconds of `some` pressure since boot (/proc/pressure/cpu, Documentation/accounting/psi.rst); NaN without it. */
export function parsePressureTotalUs(text: string): number {
  const match = /^some .*\btotal=(\d+)/m.exec(text);
  return match === null ? Number.NaN : Number(match[1]);
}

/** Load average over one minute (/proc/loadavg); NaN without it. */
export function parseLoad1m(text: string): number {
  const first = text.split(' ', 1)[0] ?? '';
  return /^\d+(\.\d+)?$/.test(first) ? Number(first) : Number.NaN;
}

/** A `kB` field of /proc/<pid>/status in bytes; NaN without it. */
export function parseStatusBytes(text: string, field: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${field}:`));
  const match = line === undefined ? null : /^\w+:\s+(\d+) kB$/.exec(line);
  return match === null ? Number.NaN : Number(match[1]) * 1024;
}
