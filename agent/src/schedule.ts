/** When a source is due: a fixed phase without drift, and the ticks that were missed (pure). Times are ns since the loop began. */

/** Ticks lie at `phase + n * interval` for ever, however late one of them was served. */
export interface Schedule {
  readonly intervalNs: number;
  nextDueNs: number;
}

export interface DueTick {
  /** How long after its due time the tick is served. */
  readonly lateNs: number;
  /** Whole intervals that passed unserved before it. */
  readonly skipped: number;
}

/**
 * Phases that spread the sources without waking the process more often: every phase is a multiple of the shortest interval, so
 * that slow sources share the fastest one's wake-ups, each another one.
 */
export function staggeredPhases(intervalsNs: readonly number[]): number[] {
  const step = Math.min(...intervalsNs);
  return intervalsNs.map((interval, index) => (index * step) % interval);
}

/** Serves the schedule at `nowNs`: the tick that is due now, or null. Moves the schedule on. */
export function takeTick(schedule: Schedule, nowNs: number): DueTick | null {
  const late = nowNs - schedule.nextDueNs;
  if (late < 0) return null;
  const skipped = Math.floor(late / schedule.intervalNs);
  const servedDue = schedule.nextDueNs + skipped * schedule.intervalNs;
  schedule.nextDueNs = servedDue + schedule.intervalNs;
  return { lateNs: nowNs - servedDue, skipped };
}
