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

/** One pass. An infinite value counts as missing, because no difference with it means anything. */
export function finiteRuns(values: Float64Array): FiniteRuns {
  const starts = new NumberList(16);
  const ends = new NumberList(16);
  let longest = 0;
  let samples = 0;
  let start = -1;
  for (let i = 0; i <= values.length; i += 1) {
    const isSample = i < values.length && Number.isFinite(values[i] as number);
    if (isSample && start < 0) start = i;
    if (isSample || start < 0) continue;
    starts.push(start);
    ends.push(i);
    samples += i - start;
    if (i - start > longest) longest = i - start;
    start = -1;
  }
  return { count: starts.length, starts: starts.values(), ends: ends.values(), longest, samples };
}

/** Calls back with each run as the half-open interval [start, end). */
export function forEachRun(runs: FiniteRuns, take: (start: number, end: number) => void): void {
  for (let run = 0; run < runs.count; run += 1) take(runs.starts[run] as number, runs.ends[run] as number);
}
