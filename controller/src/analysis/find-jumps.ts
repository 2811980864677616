/**
 * Steps and outliers of a series of differences of clocks. A jump is a change between neighbours beyond 6 times their usual scatter
 * (median absolute deviation), a floor, and what a slow reading explains. It is a step when the medians around it agree (so the next samples
 * confirm it), an outlier when the series returns within three samples. Nothing is deleted.
 */
import { NS_PER_S } from '@ptp-tester/measurement';

export interface JumpInput {
  readonly timeNs: Float64Array;
  /** NaN = missing. */
  readonly values: Float64Array;
  /** How long each reading took; null where readings have no bracket. */
  readonly bracketNs: Float64Array | null;
  readonly intervalNs: number;
  /** Smaller steps are not looked for. */
  readonly floorNs: number;
}

export interface FoundStep {
  /** The first row after the step. */
  readonly row: number;
  /** The row before it. */
  readonly rowBefore: number;
  readonly sizeNs: number;
  /** Three standard errors of the two medians, and what the readings cannot tell. */
  readonly uncertaintyNs: number;
}

export interface FoundOutlier {
  readonly row: number;
  readonly rows: number;
  readonly deviationNs: number;
  /** Whether a slow reading explains it. */
  readonly wideBracket: boolean;
}

export interface FoundJumps {
  readonly steps: readonly FoundStep[];
  readonly outliers: readonly FoundOutlier[];
  /** Usual scatter of a sample, ns: 1.4826 * MAD of the differences / sqrt(2). */
  readonly scatterNs: number;
}

const SCALE_SAMPLES = 20_000;
const MAD_TO_SIGMA = 1.4826;
const SIGMAS = 6;
const AROUND = 5;
const LONGEST_SPIKE = 3;
/** Over a hole the clocks may have drifted apart by this much without a step. */
const DRIFT_NS_PER_S = 1000;
const HOLE_INTERVALS = 2.5;

/** Finds all of them, in order of time. */
export function findJumps(input: JumpInput): FoundJumps {
  const rows = finiteRows(input.values);
  const scale = scaleOf(input, rows);
  const search = new JumpSearch(input, rows, scale);
  return { ...search.run(), scatterNs: scale.sigma / Math.SQRT2 };
}

interface Scale {
  /** Usual change from sample to sample: the rate times the interval. */
  readonly usual: number;
  /** Standard deviation of the changes, robustly. */
  readonly sigma: number;
  readonly bracket: number;
}

class JumpSearch {
  readonly #input: JumpInput;
  readonly #rows: Uint32Array;
  readonly #scale: Scale;
  readonly #steps: FoundStep[] = [];
  readonly #outliers: FoundOutlier[] = [];

  constructor(input: JumpInput, rows: Uint32Array, scale: Scale) {
    this.#input = input;
    this.#rows = rows;
    this.#scale = scale;
  }

  run(): { steps: readonly FoundStep[]; outliers: readonly FoundOutlier[] } {
    for (let place = 1; place < this.#rows.length; place += 1) {
      const change = this.#changeBetween(place - 1, place);
      if (Math.abs(change) <= this.#thresholdAt(place - 1, place, false)) continue;
      place = this.#take(place, change);
    }
    return { steps: this.#steps, outliers: this.#outliers };
  }

  /** Books the jump into `place`; returns the place from which to go on. */
  #take(place: number, change: number): number {
    const back = this.#returnsAt(place);
    if (back !== null) {
      const row = this.#rows[place] ?? 0;
      const wideBracket = this.#slowness(place) > Math.abs(change) / 4;
      this.#outliers.push({ row, rows: back - place, deviationNs: change, wideBracket });
      return back;
    }
    const step = this.#stepAt(place);
    if (step === null) return place;
    this.#steps.push(step);
    return place;
  }

  /** Where the series is back at the level from before, at most three samples later; null when it is not. */
  #returnsAt(place: number): number | null {
    for (let later = place + 1; later <= place + LONGEST_SPIKE && later < this.#rows.length; later += 1) {
      if (Math.abs(this.#changeBetween(place - 1, later)) <= this.#thresholdAt(place - 1, later, false)) return later;
    }
    return null;
  }

  #stepAt(place: number): FoundStep | null {
    const before = this.#medianOf(Math.max(0, place - AROUND), place, place - 1);
    const after = this.#medianOf(place, Math.min(this.#rows.length, place + AROUND), place);
    if (before.count === 0 || after.count < 2) return null;
    const hole = this.#changeBetween(place - 1, place) - (this.#value(place) - this.#value(place - 1));
    const sizeNs = after.median - before.median + hole;
    if (Math.abs(sizeNs) <= this.#thresholdAt(place - 1, place, true)) return null;
    const scatter = (3 * 1.25 * this.#scale.sigma) / Math.SQRT2;
    const uncertaintyNs =
      scatter * Math.sqrt(1 / before.count + 1 / after.count) + this.#driftOverHole(place - 1, place) + 1;
    return { row: this.#rows[place] ?? 0, rowBefore: this.#rows[place - 1] ?? 0, sizeNs, uncertaintyNs };
  }

  /** Median of the places [from, to), each brought to the time of `to what` by the usual rate. */
  #medianOf(from: number, to: number, reference: number): { median: number; count: number } {
    const values: number[] = [];
    for (let place = from; place < to; place += 1) {
      if (this.#slowness(place) > this.#scale.sigma + this.#input.floorNs / 2) continue;
      values.push(this.#value(place) + this.#usualBetween(place, reference));
    }
    values.sort((a, b) => a - b);
    const middle = values.length >> 1;
    const upper = values[middle] ?? 0;
    const median = values.length % 2 === 1 ? upper : ((values[middle - 1] ?? 0) + upper) / 2;
    return { median, count: values.length };
  }

  #value(place: number): number {
    return this.#input.values[this.#rows[place] ?? 0] ?? Number.NaN;
  }

  #time(place: number): number {
    return this.#input.timeNs[this.#rows[place] ?? 0] ?? 0;
  }

  #usualBetween(from: number, to: number): number {
    return (this.#scale.usual * (this.#time(to) - this.#time(from))) / this.#input.intervalNs;
  }

  #changeBetween(from: number, to: number): number {
    return this.#value(to) - this.#value(from) - this.#usualBetween(from, to);
  }

  #driftOverHole(from: number, to: number): number {
    const passedNs = this.#time(to) - this.#time(from);
    if (passedNs <= this.#input.intervalNs * HOLE_INTERVALS) return 0;
    return (passedNs / NS_PER_S) * DRIFT_NS_PER_S;
  }

  #thresholdAt(from: number, to: number, isConfirming: boolean): number {
    const base = Math.max(this.#input.floorNs, SIGMAS * this.#scale.sigma) + this.#driftOverHole(from, to);
    return isConfirming ? base : base + this.#slowness(from) + this.#slowness(to);
  }

  /** What a slow reading may be wrong by, beyond the usual ones: half of the excess. */
  #slowness(place: number): number {
    const bracket = this.#input.bracketNs?.[this.#rows[place] ?? 0];
    return bracket === undefined ? 0 : Math.max(0, bracket - this.#scale.bracket) / 2;
  }
}

function finiteRows(values: Float64Array): Uint32Array {
  const rows = new Uint32Array(values.length);
  let count = 0;
  for (let row = 0; row < values.length; row += 1) {
    if (!Number.isFinite(values[row])) continue;
    rows[count] = row;
    count += 1;
  }
  return rows.subarray(0, count);
}

/** From at most 20 000 changes between neighbours, evenly over the series. */
function scaleOf({ timeNs, values, bracketNs, intervalNs }: JumpInput, rows: Uint32Array): Scale {
  const stride = Math.max(1, Math.floor(rows.length / SCALE_SAMPLES));
  const changes: number[] = [];
  const brackets: number[] = [];
  for (let place = 1; place < rows.length; place += stride) {
    const row = rows[place] as number;
    const before = rows[place - 1] as number;
    const passed = ((timeNs[row] as number) - (timeNs[before] as number)) / intervalNs;
    if (passed <= HOLE_INTERVALS) changes.push(((values[row] as number) - (values[before] as number)) / passed);
    if (bracketNs !== null) brackets.push(bracketNs[row] as number);
  }
  const usual = medianOf(changes);
  const deviations = changes.map((change) => Math.abs(change - usual));
  return { usual, sigma: MAD_TO_SIGMA * medianOf(deviations), bracket: medianOf(brackets) };
}

function medianOf(values: number[]): number {
  if (values.length === 0) return 0;
  const ascending = Float64Array.from(values).sort();
  return ascending[ascending.length >> 1] ?? 0;
}
