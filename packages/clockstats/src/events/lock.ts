/**
 * Lock lost and regained: a locked clock has been within the lock limit for a while; it is lost when the offset leaves the (wider) loss limit,
 * or when nobody knows because samples are missing for too long. Two limits, so that noise at one of them does not make a flood of events.
 */
import type { TimedValues } from '../grid.ts';
import { presentSamples } from '../ordered-samples.ts';
import type { DetectedEvent } from './detected-event.ts';

export interface LockLimits {
  /** Within this the clock may become locked. */
  readonly lockLimit: number;
  /** Beyond this lock is lost; at least `lockLimit`. */
  readonly lossLimit: number;
  /** How long it has to stay within the lock limit. */
  readonly holdNs: number;
  readonly longestGapNs: number;
}

/** `size`: the offset (lost), or the largest |offset| while it was not locked (regained). `uncertainty`: 0, offsets are as measured. */
export type LockEvent =
  | (DetectedEvent & { readonly kind: 'lock_lost'; readonly cause: 'offset' | 'samples_missing' })
  | (DetectedEvent & {
      readonly kind: 'lock_gained';
      /** Null for the first time. */
      readonly unlockedForNs: number | null;
    });

/** Samples in ascending time; NaN = missing. Begins unlocked. One pass. */
export function detectLockChanges(samples: TimedValues, limits: LockLimits): LockEvent[] {
  const present = presentSamples(samples);
  const tracker = new LockTracker(limits);
  for (let i = 0; i < present.values.length; i += 1) {
    tracker.add(present.timeNs[i] as number, present.values[i] as number);
  }
  return tracker.events;
}

class LockTracker {
  readonly events: LockEvent[] = [];
  readonly #limits: LockLimits;
  #isLocked = false;
  /** First sample of the present time within the lock limit. */
  #since: number | null = null;
  #lostAt: number | null = null;
  #largest = 0;
  #last: number | null = null;

  constructor(limits: LockLimits) {
    this.#limits = limits;
  }

  add(time: number, value: number): void {
    const { longestGapNs, lossLimit } = this.#limits;
    const last = this.#last ?? time;
    if (time - last > longestGapNs) {
      this.#since = null;
      if (this.#isLocked) this.#lose({ timeNs: time, afterNs: last, size: value, cause: 'samples_missing' });
    }
    if (this.#isLocked && Math.abs(value) > lossLimit) {
      this.#lose({ timeNs: time, afterNs: last, size: value, cause: 'offset' });
    }
    if (!this.#isLocked) this.#wait(time, value, last);
    this.#last = time;
  }

  #lose(place: { timeNs: number; afterNs: number; size: number; cause: 'offset' | 'samples_missing' }): void {
    this.#isLocked = false;
    this.#since = null;
    this.#lostAt = place.timeNs;
    this.#largest = 0;
    this.events.push({ kind: 'lock_lost', ...place, uncertainty: 0 });
  }

  #wait(time: number, value: number, last: number): void {
    this.#largest = Math.max(this.#largest, Math.abs(value));
    if (Math.abs(value) > this.#limits.lockLimit) {
      this.#since = null;
      return;
    }
    this.#since ??= time;
    if (time - this.#since < this.#limits.holdNs) return;
    const unlockedForNs = this.#lostAt === null ? null : this.#since - this.#lostAt;
    this.#isLocked = true;
    const place = { timeNs: this.#since, afterNs: Math.min(last, this.#since) };
    this.events.push({ kind: 'lock_gained', ...place, size: this.#largest, uncertainty: 0, unlockedForNs });
  }
}
