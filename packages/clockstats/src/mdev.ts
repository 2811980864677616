/**
 * Modified Allan deviation (NIST SP1065 eq. 14) from time error:
 * sqrt( sum over j ( sum over i = j...j+m-1 (x[i+2m] - 2 x[i+m] + x[i]) )^2 / (2 m^2 tau^2 n) ), n = N - 3m + 1.
 */
import { finiteRuns } from './finite-runs.ts';
import { modifiedSquares } from './modified-squares.ts';
import {
  checkedSeries,
  deviationCurve,
  type RegularSeries,
  type StabilityCurve,
  type StabilityOptions,
} from './stability-curve.ts';

/** In ns/s (ppb) for a series in ns. Tells white from flicker phase noise, which ADEV cannot. */
export function mdev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  const { values } = checkedSeries(series);
  const runs = finiteRuns(values);
  return deviationCurve({ metric: 'mdev', series, runs, factors, options }, (m) => modifiedSquares(values, runs, m));
}
