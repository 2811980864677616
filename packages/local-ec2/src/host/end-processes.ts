// Ends every process of an instance, escaped ones too, and says whether that worked.
import { setTimeout as sleep } from 'node:timers/promises';
import { findMarkedProcesses, type Mark, type MarkedProcess, ProcessScanner } from './run-marker.ts';

const ROUND_MS = 20;
/** After this many rounds of SIGKILL something is wrong that more rounds do not mend (uninterruptible sleep). */
const MAX_KILL_ROUNDS = 250;

/**
 * SIGTERM, a short grace, then SIGKILL, repeated until no process carries the mark any more.
 * Each round looks the processes up again and signals only those found then, so a pid that was reused is never hit.
 * @returns the processes that are still there: none, unless one cannot be killed
 */
export async function endMarkedProcesses(
  mark: Mark,
  graceMs: number,
  scanner = new ProcessScanner(),
): Promise<MarkedProcess[]> {
  const asked = new Set<number>();
  const graceRounds = Math.ceil(graceMs / ROUND_MS);
  for (let round = 0; round < graceRounds; round += 1) {
    const living = await findMarkedProcesses(mark, scanner);
    if (living.length === 0) return [];
    for (const { pid } of living) {
      if (!asked.has(pid)) signalProcess(pid, 'SIGTERM');
      asked.add(pid);
    }
    await sleep(ROUND_MS);
  }
  return killUntilNoneIsLeft(mark, scanner);
}

async function killUntilNoneIsLeft(mark: Mark, scanner: ProcessScanner): Promise<MarkedProcess[]> {
  let living: MarkedProcess[] = [];
  for (let round = 0; round < MAX_KILL_ROUNDS; round += 1) {
    living = await findMarkedProcesses(mark, scanner);
    if (living.length === 0) return [];
    for (const { pid } of living) signalProcess(pid, 'SIGKILL');
    await sleep(ROUND_MS);
  }
  return living;
}

/** Signals a process; one that has ended by itself meanwhile is fine. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended by itself meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
