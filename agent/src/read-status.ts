/** Reads what `agent status` shows: the status file, and the time now to hold against it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeClocks } from '@ptp-tester/native';
import type { ReadNow } from './show-status.ts';
import { readPair } from './sources/clock-reader.ts';
import { MACHINE_ROOTS } from './sources/machine-roots.ts';
import { nativeClockReader } from './sources/native-clock-reader.ts';
import { readStateFile } from './state-file.ts';
import { asStatusFile, type StatusFile, statusPath } from './status-file.ts';

/** Null when there is none yet. */
export async function readStatus(stateDir: string): Promise<StatusFile | null> {
  return asStatusFile(await readStateFile(statusPath(stateDir)));
}

/** This boot, and CLOCK_MONOTONIC_RAW in seconds. */
export function readNow(native: NativeClocks): ReadNow {
  const bootId = readFileSync(join(MACHINE_ROOTS.proc, 'sys', 'kernel', 'random', 'boot_id'), 'utf8').trim();
  return { bootId, rawS: Number(readPair(nativeClockReader(native)).monoRawNs) / 1e9 };
}
