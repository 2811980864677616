/** Source `host`: what the hypervisor and the load do to this machine. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { NoticedEvent, OpenedSource, Source } from '../source.ts';
import { type ClockReader, readPair } from './clock-reader.ts';
import type { MachineRoots } from './machine-roots.ts';
import { parseCpuTicks, parseLoad1m, parsePressureTotalUs } from './proc-text.ts';
import { errorCode, readText } from './read-text.ts';
import { ABSENT_VMCLOCK, parseVmclock, UNREADABLE_VMCLOCK, VMCLOCK_BYTES, type Vmclock } from './vmclock.ts';

export interface HostSourceDependencies {
  readonly clocks: ClockReader;
  readonly roots: MachineRoots;
}

/** Opens the source; absent only where /proc/stat cannot be read. Raises `vm_disrupted` when the VMClock marker changes. */
export function openHostSource({ clocks, roots }: HostSourceDependencies): OpenedSource {
  const stat = join(roots.proc, 'stat');
  if (readText(stat) === null) return { absent: `${stat} cannot be read` };
  let lastMarker: bigint | null = null;

  function noticeDisruption(clock: Vmclock): NoticedEvent[] {
    if (clock === ABSENT_VMCLOCK || clock === UNREADABLE_VMCLOCK) return [];
    const before = lastMarker;
    lastMarker = clock.disruptionMarker;
    if (before === null || before === clock.disruptionMarker) return [];
    const detail = { marker_before: String(before), marker: String(clock.disruptionMarker) };
    return [{ event: 'vm_disrupted', detail }];
  }

  const source: Source = {
    stream: 'host',
    read: () => {
      const pair = readPair(clocks);
      const cpu = parseCpuTicks(readText(stat) ?? '');
      const clock = readVmclock(join(roots.dev, 'vmclock0'));
      const values = [
        cpu.steal,
        cpu.total,
        parsePressureTotalUs(readText(join(roots.proc, 'pressure', 'cpu')) ?? ''),
        parseLoad1m(readText(join(roots.proc, 'loadavg')) ?? ''),
        clock.disruptionMarker,
        clock.status,
      ];
      return { readings: [{ key: '', ...pair, values }], events: noticeDisruption(clock) };
    },
    close: () => undefined,
  };
  return { source };
}

/** Attempts until the page is found between two updates of the hypervisor. */
const PAGE_READS = 3;

function readVmclock(path: string): Vmclock {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = new Uint8Array(VMCLOCK_BYTES);
      for (let read = 0; read < PAGE_READS; read += 1) {
        const length = readSync(file, bytes, 0, VMCLOCK_BYTES, 0);
        const parsed = parseVmclock(bytes.subarray(0, length));
        if (parsed !== null) return parsed;
      }
      return UNREADABLE_VMCLOCK;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    // Absent on most machines, and readable by root only where it exists.
    if (errorCode(error) === 'ENOENT') return ABSENT_VMCLOCK;
    if (errorCode(error) !== null) return UNREADABLE_VMCLOCK;
    throw error;
  }
}
