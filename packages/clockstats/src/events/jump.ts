/**
 * Steps and outliers of a difference of clocks, for example against CLOCK_MONOTONIC_RAW, which nobody steps (the idea of linuxptp's clockcheck).
 *
 * A jump is a change between neighbours beyond the usual rate and max(floor, 6 times the usual scatter), and beyond what slow readings and
 * a hole explain. It is an outlier when the series is back within three samples, and a step when the medians of five samples before and
 * after confirm it while the clock is quiet on both sides: a slew over more than a few samples is none. Nothing is deleted.
 */
import type { TimedValues } from '../grid.ts';
import { presentSamples } from '../ordered-samples.ts';
import type { RowEvent } from './detected-event.ts';
import { everyFew, medianOf, UsualChange } from './usual-change.ts';

export interface JumpSamples extends TimedValues {
  /** How long each reading took, ns; absent: no reading is slower than another. */
  readonly bracketNs?: ArrayLike<number>;
}

export interface JumpOptions {
  /** Smaller jumps are not looked for: 1000 ns. */
  readonly floorNs?: number;
}

/** `uncertainty`: three standard errors of the two medians, and what a hole and the rate leave open. */
export interface StepEvent extends RowEvent {
  readonly kind: 'step';
}

/** `size`: distance from the level before. `uncertainty`: three standard deviations of a sample. */
export interface OutlierEvent extends RowEvent {
  readonly kind: 'outlier';
  /** How many samples in a row. */
  readonly samples: number;
  /** Whether a slow reading explains it. */
  readonly wideBracket: boolean;
}

export interface Jumps {
  readonly steps: readonly StepEvent[];
  readonly outliers: readonly OutlierEvent[];
}

const SIGMAS = 6;
const AROUND = 5;
const LONGEST_SPIKE = 3;
/** Over a hole the clocks may have drifted apart by this much without a step: 1 us per second. */
const DRIFT = 1e-6;
/** The standard error of a median is this much larger than that of a mean. */
const MEDIAN_ERROR = 1.25;

/** Samples of one boot in ascending time; NaN = missing. Both lists are in the order of time. O(N). */
export function detectJumps(samples: JumpSamples, { floorNs = 1000 }: JumpOptions = {}): Jumps {
  return isQuiet(presentSamples(samples), floorNs)
    ? { steps: [], outliers: [] }
    : new JumpSearch(samples, floorNs).run();
}

/**
 * Whether no change can be beyond the floor, whatever the usual rate is: it is the rate of some change, so it lies between the least and the
 * largest. Most stretches of a clock are so, and this costs a fraction of finding out what is usual.
 */
function isQuiet({ timeNs, values }: TimedValues, floorNs: number): boolean {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let longestNs = 0;
  let shortestNs = Number.POSITIVE_INFINITY;
  for (let row = 1; row < values.length; row += 1) {
    const passedNs = (timeNs[row] as number) - (timeNs[row - 1] as number);
    const rate = ((values[row] as number) - (values[row - 1] as number)) / passedNs;
    if (rate < least) least = rate;
    if (rate > most) most = rate;
    if (passedNs > longestNs) longestNs = passedNs;
    if (passedNs < shortestNs) shortestNs = passedNs;
  }
  // Where holes are, a block may have no rate, which counts as 0.
  const mayLackRate = longestNs > shortestNs * 2;
  const range = mayLackRate ? Math.max(most, 0) - Math.min(least, 0) : most - least;
  return values.length < 2 || longestNs * range <= floorNs;
}

interface Level {
  readonly median: number;
  readonly count: number;
  /** Median of the changes among these samples. */
  readonly restlessness: number;
}

class JumpSearch {
  readonly #timeNs: Float64Array;
  readonly #values: Float64Array;
  readonly #rows: Uint32Array | null;
  readonly #bracketNs: ArrayLike<number> | undefined;
  readonly #floorNs: number;
  readonly #usual: UsualChange;
  readonly #usualBracket: number;
  readonly #steps: StepEvent[] = [];
  readonly #outliers: OutlierEvent[] = [];

  constructor(samples: JumpSamples, floorNs: number) {
    const present = presentSamples(samples);
    this.#timeNs = present.timeNs;
    this.#values = present.values;
    this.#rows = present.rows;
    this.#bracketNs = samples.bracketNs;
    this.#floorNs = floorNs;
    this.#usual = new UsualChange(present);
    this.#usualBracket = medianOf(everyFew(this.#values.length, (place) => this.#bracket(place)));
  }

  run(): Jumps {
    const least = Math.max(this.#floorNs, SIGMAS * this.#usual.sigma);
    for (let place = 1; place < this.#values.length; place += 1) {
      const change = this.#usual.beyond(place - 1, place);
      // The plain limit first: what readings and holes explain only makes it wider.
      if (Math.abs(change) <= least || Math.abs(change) <= this.#limit(place - 1, place)) continue;
      place = this.#take(place, change);
    }
    return { steps: this.#steps, outliers: this.#outliers };
  }

  /** Books the jump into `place`; returns the place from which to go on. */
  #take(place: number, change: number): number {
    const back = this.#returnsAt(place);
    if (back !== null) {
      const wideBracket = this.#slowness(place) > Math.abs(change) / 4;
      const uncertainty = (3 * this.#usual.sigma) / Math.SQRT2;
      const samples = back - place;
      this.#outliers.push({ kind: 'outlier', ...this.#at(place), size: change, uncertainty, samples, wideBracket });
      return back;
    }
    const step = this.#stepAt(place, change);
    if (step !== null) this.#steps.push(step);
    return place;
  }

  /** Where the series is back at the level from before, at most three samples later; null when it is not. */
  #returnsAt(place: number): number | null {
    for (let later = place + 1; later <= place + LONGEST_SPIKE && later < this.#values.length; later += 1) {
      if (Math.abs(this.#usual.beyond(place - 1, later)) <= this.#limit(place - 1, later)) return later;
    }
    return null;
  }

  #stepAt(place: number, change: number): StepEvent | null {
    const before = this.#level(Math.max(0, place - AROUND), place, place - 1);
    const after = this.#level(place, Math.min(this.#values.length, place + AROUND), place);
    if (before.count === 0 || after.count < 2) return null;
    const size = after.median - before.median - this.#usual.between(place - 1, place, place);
    const drift = this.#usual.holeBefore(place) * DRIFT;
    if (Math.abs(size) <= Math.max(this.#floorNs, SIGMAS * this.#usual.sigma) + drift) return null;
    if (Math.max(before.restlessness, after.restlessness) > Math.abs(change) / 2) return null;
    const scatter = (3 * MEDIAN_ERROR * this.#usual.sigma) / Math.SQRT2;
    const noise = scatter * Math.sqrt(1 / before.count + 1 / after.count);
    const rate = this.#usual.rateDoubtAt(place) * AROUND * this.#usual.intervalNs;
    return { kind: 'step', ...this.#at(place), size, uncertainty: noise + rate + drift + 1 };
  }

  /** Of the places [from, to), each brought to the time of the place `reference` by the usual rate. Slow readings are left out. */
  #level(from: number, to: number, reference: number): Level {
    const values: number[] = [];
    for (let place = from; place < to; place += 1) {
      if (this.#slowness(place) > this.#usual.sigma + this.#floorNs / 2) continue;
      values.push((this.#values[place] as number) + this.#usual.between(place, reference, reference));
    }
    const changes = values.slice(1).map((value, index) => Math.abs(value - (values[index] as number)));
    const restlessness = changes.sort((a, b) => a - b)[(changes.length - 1) >> 1] ?? 0;
    values.sort((a, b) => a - b);
    const middle = values.length >> 1;
    const upper = values[middle] ?? 0;
    const median = values.length % 2 === 1 ? upper : ((values[middle - 1] ?? 0) + upper) / 2;
    return { median, count: values.length, restlessness };
  }

  #at(place: number): Pick<RowEvent, 'timeNs' | 'afterNs' | 'row' | 'rowBefore'> {
    return {
      timeNs: this.#timeNs[place] as number,
      afterNs: this.#timeNs[place - 1] as number,
      row: this.#rows?.[place] ?? place,
      rowBefore: this.#rows?.[place - 1] ?? place - 1,
    };
  }

  #limit(from: number, to: number): number {
    let drift = 0;
    for (let place = from + 1; place <= to; place += 1) drift += this.#usual.holeBefore(place) * DRIFT;
    const base = Math.max(this.#floorNs, SIGMAS * this.#usual.sigma);
    return base + drift + this.#slowness(from) + this.#slowness(to);
  }

  /** What a slow reading may be wrong by, beyond the usual ones: half of the excess. */
  #slowness(place: number): number {
    const excess = this.#bracket(place) - this.#usualBracket;
    return excess > 0 ? excess / 2 : 0;
  }

  #bracket(place: number): number {
    return this.#bracketNs?.[this.#rows?.[place] ?? place] ?? 0;
  }
}
