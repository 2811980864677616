/** What becomes of a run's deadlines when the controller's clock is set (pure): a soak lasts as long as was asked for, whatever the clock says. */
import type { Run } from '../../runs/run.ts';

/**
 * What to change of a run when the clock was set by `steppedMs` (positive: ahead). Without it a clock that is set back lets a soak outlast the
 * instances' dead-man's switches, and one that is set ahead ends it early.
 */
export function deadlinesAfterStep(
  { state, soakEndsAt, keepAskedAt = null }: Pick<Run, 'state' | 'soakEndsAt' | 'keepAskedAt'>,
  steppedMs: number,
): Partial<Pick<Run, 'soakEndsAt' | 'keepAskedAt'>> {
  if (state === 'soaking' && soakEndsAt !== null) return { soakEndsAt: soakEndsAt + steppedMs };
  if (state === 'keeping' && keepAskedAt !== null) return { keepAskedAt: keepAskedAt + steppedMs };
  return {};
}
