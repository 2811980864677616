/**
 * The terms of the modified Allan variance: second differences of averages over m neighbours, by the recursion
 * s[j+1] = s[j] + x[j+3m] - 3 x[j+2m] + 3 x[j+m] - x[j]. A term touches 3m neighbouring samples, so it lies within one gap-free run.
 * The recursion is exact for whole nanoseconds; against rounding of others it begins anew from the samples now and then.
 */
import { type FiniteRuns, forEachRun } from './finite-runs.ts';
import type { SquareSum } from './stability-curve.ts';

/** Steps between two fresh beginnings, which cost m steps each. */
const STEPS = 65_536;

/** Sum and number of the squared inner sums (not divided by m) of all runs. */
export function modifiedSquares(values: Float64Array, runs: FiniteRuns, m: number): SquareSum {
  const stepsPerSeed = Math.max(STEPS, 32 * m);
  let sum = 0;
  let terms = 0;
  forEachRun(runs, (start, end) => {
    const stop = end - 3 * m + 1;
    if (stop <= start) return;
    terms += stop - start;
    for (let from = start; from < stop; from += stepsPerSeed) {
      sum += recursion(values, { from, to: Math.min(stop, from + stepsPerSeed) }, m);
    }
  });
  return { sum, terms };
}

function recursion(values: Float64Array, { from, to }: { from: number; to: number }, m: number): number {
  const first = values.subarray(from);
  const second = values.subarray(from + m);
  const third = values.subarray(from + 2 * m);
  const last = values.subarray(from + 3 * m);
  const steps = to - from - 1;
  let inner = innerSum(values, from, m);
  let sum = inner * inner;
  for (let j = 0; j < steps; j += 1) {
    inner += (last[j] as number) - (first[j] as number) - 3 * ((third[j] as number) - (second[j] as number));
    sum += inner * inner;
  }
  return sum;
}

/** The sum of the m second differences that begin at `from`. */
function innerSum(values: Float64Array, from: number, m: number): number {
  let sum = 0;
  for (let i = from; i < from + m; i += 1) {
    const middle = values[i + m] as number;
    sum += (values[i + 2 * m] as number) - middle - (middle - (values[i] as number));
  }
  return sum;
}
