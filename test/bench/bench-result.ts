/** What a benchmark reports: a value, what it is compared with in the same run, and whether a stated goal is met. */

export interface BenchFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface BenchResult extends BenchFigure {
  readonly baseline?: BenchFigure;
  /** `value / baseline.value`. */
  readonly ratio?: number;
  /** The goal in words, with its number and unit. */
  readonly goal?: string;
  readonly met?: boolean;
  readonly note?: string;
}

/** A result with its ratio to a baseline that was measured in the same run. */
export function compared(result: BenchResult, baseline: BenchFigure): BenchResult {
  return { ...result, baseline, ratio: result.value / baseline.value };
}
