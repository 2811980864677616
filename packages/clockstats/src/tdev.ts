/** Time deviation (NIST SP1065 eq. 15, ITU-T G.810): tau * MDEV / sqrt(3). */
import { finiteRuns } from './finite-runs.ts';
import { modifiedSquares } from './modified-squares.ts';
import {
  checkedSeries,
  deviationCurve,
  type RegularSeries,
  type StabilityCurve,
  type StabilityOptions,
} from './stability-curve.ts';

/**
 * In the unit of the series. Gives every tau that has terms; which tau to publish (T >= 12 tau) is for the caller's factors,
 * see `largestFactor`.
 */
export function tdev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  const { values } = checkedSeries(series);
  const runs = finiteRuns(values);
  return deviationCurve({ metric: 'tdev', series, runs, factors, options }, (m) => modifiedSquares(values, runs, m));
}
