/** TIE rms (ITU-T G.810): the root mean square of x[i+m] - x[i], over all N - m pairs, as Stable32 prints it. */
import { differenceSquares } from './difference-squares.ts';
import { finiteRuns } from './finite-runs.ts';
import {
  checkedSeries,
  deviationCurve,
  type RegularSeries,
  type StabilityCurve,
  type StabilityOptions,
} from './stability-curve.ts';

/** In the unit of the series. A frequency offset shows as a straight line |y| * tau. */
export function tieRms(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  const { values } = checkedSeries(series);
  return deviationCurve({ metric: 'tie_rms', series, runs: finiteRuns(values), factors, options }, (m) =>
    differenceSquares(values, { order: 1, m, stride: 1 }),
  );
}
