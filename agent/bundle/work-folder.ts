/** A folder for half-made things: gone when the work is over, and when the process ends before that. */
import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { constants } from 'node:os';

/** Only `kill -9` and a crash of the machine leave it behind. For signals, `exitOnSignals`. */
export async function inWorkFolder(path: string, work: () => Promise<void>): Promise<void> {
  const removeNow = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeNow);
  try {
    await mkdir(path, { recursive: true });
    await work();
  } finally {
    process.off('exit', removeNow);
    await rm(path, { recursive: true, force: true });
  }
}

/** A signal alone ends a process without its `exit`. The exit code is that of a shell: 128 + signal. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
