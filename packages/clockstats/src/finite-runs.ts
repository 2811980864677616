/** The gap-free stretches of a series on a grid, where NaN marks a missing sample. */
import { NumberList } from './number-list.ts';

export interface FiniteRuns {
  readonly count: number;
  /** Index of the first sample of each run. */
  readonly starts: Float64Array;
  /** Index after the last sample of each run. */
  readonly ends: Float64Array;
  /** Samples of the longest run. */
  readonly longest: number;
  /** Finite samples in all runs. */
  readonly samples: number;
}

/** Samples that are looked at together: one missing among them costs a closer look at all. */
const CHUNK = 1024;

/** One pass. An infinite value counts as missing, because no difference with it means anything. */
export function finiteRuns(values: Float64Array): FiniteRuns {
  const collector = new RunCollector();
  for (let from = 0; from < values.length; from += CHUNK) {
    const to = Math.min(values.length, from + CHUNK);
    if (areFinite(values, from, to)) {
      collector.begin(from);
      continue;
    }
    for (let i = from; i < to; i += 1) {
      if (Number.isFinite(values[i] as number)) collector.begin(i);
      else collector.end(i);
    }
  }
  collector.end(values.length);
  return collector.runs();
}

/** v - v is 0, but NaN for NaN and infinity: a sum without a branch. */
function areFinite(values: Float64Array, from: number, to: number): boolean {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += (values[i] as number) - (values[i] as number);
  return sum === 0;
}

class RunCollector {
  readonly #starts = new NumberList(16);
  readonly #ends = new NumberList(16);
  #start = -1;
  #longest = 0;
  #samples = 0;

  /** A sample is there: a run begins, unless one is under way. */
  begin(at: number): void {
    if (this.#start < 0) this.#start = at;
  }

  /** No sample is there. */
  end(at: number): void {
    if (this.#start < 0) return;
    this.#starts.push(this.#start);
    this.#ends.push(at);
    this.#samples += at - this.#start;
    this.#longest = Math.max(this.#longest, at - this.#start);
    this.#start = -1;
  }

  runs(): FiniteRuns {
    return {
      count: this.#starts.length,
      starts: this.#starts.values(),
      ends: this.#ends.values(),
      longest: this.#longest,
      samples: this.#samples,
    };
  }
}

/** Calls back with each run as the half-open interval [start, end). */
export function forEachRun(runs: FiniteRuns, take: (start: number, end: number) => void): void {
  for (let run = 0; run < runs.count; run += 1) take(runs.starts[run] as number, runs.ends[run] as number);
}
