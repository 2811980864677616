/**
 * Total deviation (NIST SP1065 eq. 25): overlapping Allan terms x*[i-m] - 2 x[i] + x*[i+m] for i = 1...N-2 of a series whose both
 * ends are continued by odd reflection: x*[-j] = 2 x[0] - x[j], x*[N-1+j] = 2 x[N-1] - x[N-1-j]. Without bias correction.
 * Reflection at a gap is reflection at an end: each gap-free run that is longer than m is treated on its own.
 */
import { differenceSquares } from './difference-squares.ts';
import { finiteRuns, forEachRun } from './finite-runs.ts';
import {
  checkedSeries,
  deviationCurve,
  type RegularSeries,
  type StabilityCurve,
  type StabilityOptions,
} from './stability-curve.ts';

/** In ns/s (ppb) for a series in ns. Steadier than ADEV at the longest tau; SP1065 table 7 states its bias. */
export function totdev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  const { values } = checkedSeries(series);
  const runs = finiteRuns(values);
  return deviationCurve({ metric: 'totdev', series, runs, factors, options }, (m) => {
    let sum = 0;
    let terms = 0;
    forEachRun(runs, (start, end) => {
      if (end - start < 3 || m >= end - start) return;
      sum += reflectedSquares(values.subarray(start, end), m);
      terms += end - start - 2;
    });
    return { sum, terms };
  });
}

/** Inside, the terms are those of the overlapping Allan deviation; only near the ends a sample is a reflected one. */
function reflectedSquares(x: Float64Array, m: number): number {
  const last = x.length - 1;
  let sum = differenceSquares(x, { order: 2, m, stride: 1 }).sum;
  for (let i = 1; i < Math.min(m, last); i += 1) sum += reflectedTerm(x, i, m) ** 2;
  for (let i = Math.max(m, last - m + 1); i < last; i += 1) sum += reflectedTerm(x, i, m) ** 2;
  return sum;
}

function reflectedTerm(x: Float64Array, i: number, m: number): number {
  const middle = x[i] as number;
  return reflectedAt(x, i + m) - middle - (middle - reflectedAt(x, i - m));
}

function reflectedAt(x: Float64Array, i: number): number {
  const last = x.length - 1;
  const first = x[0] as number;
  const final = x[last] as number;
  if (i < 0) return first - ((x[-i] as number) - first);
  if (i > last) return final - ((x[2 * last - i] as number) - final);
  return x[i] as number;
}
