/**
 * Allan deviation (NIST SP1065 eq. 7) and overlapping Allan deviation (eq. 11) from time error:
 * sqrt( sum (x[i+2m] - 2 x[i+m] + x[i])^2 / (2 n tau^2) ), with a stride of m or of 1.
 */
import { differenceSquares } from './difference-squares.ts';
import { finiteRuns } from './finite-runs.ts';
import {
  checkedSeries,
  deviationCurve,
  type RegularSeries,
  type StabilityCurve,
  type StabilityOptions,
} from './stability-curve.ts';

/** Allan deviation, not overlapping. In ns/s (ppb) for a series in ns. */
export function adev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return allan('adev', series, { factors, options });
}

/** Overlapping Allan deviation: every possible term, so the smallest uncertainty. In ns/s (ppb) for a series in ns. */
export function oadev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return allan('oadev', series, { factors, options });
}

function allan(
  metric: 'adev' | 'oadev',
  series: RegularSeries,
  request: { readonly factors: readonly number[]; readonly options?: StabilityOptions | undefined },
): StabilityCurve {
  const { values } = checkedSeries(series);
  return deviationCurve({ metric, series, runs: finiteRuns(values), ...request }, (m) =>
    differenceSquares(values, { order: 2, m, stride: metric === 'adev' ? m : 1 }),
  );
}
