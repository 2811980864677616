// This machine's uptime, for instances whose own begins at their boot (time_namespaces(7)).
import { access, readFile } from 'node:fs/promises';

/** How far the clocks that begin at boot have come, in seconds. */
export interface Uptime {
  /** CLOCK_MONOTONIC. */
  readonly monotonicS: number;
  /** CLOCK_BOOTTIME: with the time that the machine was suspended. */
  readonly boottimeS: number;
}

/** A reader of the uptime; undefined when the kernel has no time namespaces (before Linux 5.6, or left out). */
export async function openUptime(): Promise<(() => Promise<Uptime>) | undefined> {
  const hasThem = await access('/proc/self/ns/time').then(
    () => true,
    () => false,
  );
  return hasThem ? readUptime : undefined;
}

async function readUptime(): Promise<Uptime> {
  // hrtime is CLOCK_MONOTONIC on Linux (libuv, uv_hrtime); proc_uptime(5) includes time spent in suspend.
  const monotonicS = Number(process.hrtime.bigint()) / 1e9;
  return { monotonicS, boottimeS: Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) };
}
