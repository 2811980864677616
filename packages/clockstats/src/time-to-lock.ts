/** Time to lock: when the offset first stays within a limit for a while, by the rule of linuxptp's SERVO_LOCKED_STABLE, but in time. */
import type { TimedValues } from './grid.ts';
import { checkOrdered } from './ordered-samples.ts';

export interface LockRule {
  /** Largest |offset| of a locked clock, in the unit of the values. */
  readonly limit: number;
  /** How long it has to stay so. */
  readonly holdNs: number;
  /** How many samples that takes at least: 1. */
  readonly leastSamples?: number;
  /** A longer time without a sample interrupts: nobody knows what the offset was. */
  readonly longestGapNs: number;
  /** Where the time to lock is counted from (boot, start of chronyd, PHC ready); the first sample when absent. Earlier samples do not count. */
  readonly fromNs?: number;
  /** A further condition on a row, for example that the PHC was selected. */
  readonly isEligible?: (row: number) => boolean;
}

export type TimeToLock =
  | {
      readonly state: 'locked';
      /** First sample of the time within the limit. */
      readonly lockedAtNs: number;
      readonly row: number;
      /** The sample by which it had lasted long enough. */
      readonly confirmedAtNs: number;
      /** From `fromNs` to `lockedAtNs`. */
      readonly timeToLockNs: number;
    }
  | {
      readonly state: 'not_locked';
      /** The last time it was outside or interrupted; null when it was within the limit from the start, but not for long enough. */
      readonly lastOutsideNs: number | null;
      readonly observedNs: number;
    }
  | { readonly state: 'no_samples' };

/** One pass. Samples in ascending time; NaN = missing. */
export function timeToLock(samples: TimedValues, rule: LockRule): TimeToLock {
  checkOrdered(samples);
  const { timeNs, values } = samples;
  const fromNs = rule.fromNs ?? timeNs[0] ?? 0;
  const search = new LockSearch(rule);
  for (let row = 0; row < timeNs.length; row += 1) {
    const time = timeNs[row] as number;
    const value = values[row] as number;
    if (time < fromNs || !Number.isFinite(value)) continue;
    const isWithin = Math.abs(value) <= rule.limit && (rule.isEligible?.(row) ?? true);
    const since = search.add(row, time, isWithin);
    if (since === null) continue;
    const { timeNs: lockedAtNs } = since;
    return { state: 'locked', lockedAtNs, row: since.row, confirmedAtNs: time, timeToLockNs: lockedAtNs - fromNs };
  }
  const { lastNs, lastOutsideNs } = search;
  return lastNs === null
    ? { state: 'no_samples' }
    : { state: 'not_locked', lastOutsideNs, observedNs: lastNs - fromNs };
}

/** Where a search stands, as plain data. */
export interface SavedLockSearch {
  readonly lastNs: number | null;
  readonly lastOutsideNs: number | null;
  readonly since: { readonly row: number; readonly timeNs: number } | null;
  readonly samples: number;
}

type HoldRule = Pick<LockRule, 'holdNs' | 'leastSamples' | 'longestGapNs'>;

/** Follows for how long a clock has been within the limit, sample by sample. */
export class LockSearch {
  lastNs: number | null;
  lastOutsideNs: number | null;
  readonly #rule: HoldRule;
  #since: SavedLockSearch['since'];
  #samples: number;

  constructor(rule: HoldRule, saved: SavedLockSearch | null = null) {
    this.#rule = rule;
    this.lastNs = saved?.lastNs ?? null;
    this.lastOutsideNs = saved?.lastOutsideNs ?? null;
    this.#since = saved?.since ?? null;
    this.#samples = saved?.samples ?? 0;
  }

  /** Where the stretch began that has not lasted long enough yet; null outside one. */
  get since(): SavedLockSearch['since'] {
    return this.#since;
  }

  save(): SavedLockSearch {
    const { lastNs, lastOutsideNs } = this;
    return { lastNs, lastOutsideNs, since: this.#since, samples: this.#samples };
  }

  /** Since when it has been within the limit, once that was long enough; else null. Times ascend. */
  add(row: number, time: number, isWithin: boolean): SavedLockSearch['since'] {
    if (this.lastNs !== null && time - this.lastNs > this.#rule.longestGapNs) this.#interrupt(this.lastNs);
    this.lastNs = time;
    if (!isWithin) {
      this.#interrupt(time);
      return null;
    }
    this.#since ??= { row, timeNs: time };
    this.#samples += 1;
    const { holdNs, leastSamples = 1 } = this.#rule;
    return time - this.#since.timeNs >= holdNs && this.#samples >= leastSamples ? this.#since : null;
  }

  #interrupt(time: number): void {
    this.#since = null;
    this.#samples = 0;
    this.lastOutsideNs = time;
  }
}
