/** The curve of a statistic whose terms are differences of one order: TIE rms, Allan and Hadamard deviation, overlapping or not. */
import { type DifferenceOrder, differenceSquares } from './difference-squares.ts';
import { finiteRuns } from './finite-runs.ts';
import {
  checkedSeries,
  type DeviationMetric,
  deviationCurve,
  type RegularSeries,
  type StabilityCurve,
  type StabilityOptions,
} from './stability-curve.ts';

export interface DifferenceStatistic {
  readonly metric: DeviationMetric;
  readonly order: DifferenceOrder;
  readonly isOverlapping: boolean;
}

export function differenceCurve(
  { metric, order, isOverlapping }: DifferenceStatistic,
  series: RegularSeries,
  request: { readonly factors: readonly number[]; readonly options: StabilityOptions | undefined },
): StabilityCurve {
  const { values } = checkedSeries(series);
  return deviationCurve({ metric, series, runs: finiteRuns(values), ...request }, (m) =>
    differenceSquares(values, { order, m, stride: isOverlapping ? 1 : m }),
  );
}
