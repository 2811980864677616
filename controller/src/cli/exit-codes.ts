/** The exit codes of every command. */
import type { RunOutcome } from '../runs/run.ts';

export const EXIT = {
  completed: 0,
  qualityFailed: 1,
  usage: 2,
  couldNotComplete: 3,
  leftBehind: 4,
} as const;

const BY_OUTCOME: Readonly<Record<RunOutcome, number>> = {
  completed: EXIT.completed,
  quality_failed: EXIT.qualityFailed,
  could_not_complete: EXIT.couldNotComplete,
  left_behind: EXIT.leftBehind,
};

/** The exit code for how a run ended; a run without an outcome has not completed. */
export function exitCodeOf(outcome: RunOutcome | null): number {
  return outcome === null ? EXIT.couldNotComplete : BY_OUTCOME[outcome];
}

export const EXIT_CODE_HELP = `Exit codes:
  0  completed: no clock failed (no PHC, not tested, and not enough data are no failure)
  1  quality failed
  2  usage or configuration
  3  could not complete
  4  something may be left behind that costs money`;
