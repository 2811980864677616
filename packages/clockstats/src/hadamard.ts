/**
 * Hadamard deviation (NIST SP1065 eq. 18) and overlapping Hadamard deviation (eq. 21) from time error:
 * sqrt( sum (x[i+3m] - 3 x[i+2m] + 3 x[i+m] - x[i])^2 / (6 n tau^2) ). Blind to linear frequency drift.
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

/** Hadamard deviation, not overlapping. In ns/s (ppb) for a series in ns. */
export function hdev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return hadamard('hdev', series, { factors, options });
}

/** Overlapping Hadamard deviation. In ns/s (ppb) for a series in ns. */
export function ohdev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return hadamard('ohdev', series, { factors, options });
}

function hadamard(
  metric: 'hdev' | 'ohdev',
  series: RegularSeries,
  request: { readonly factors: readonly number[]; readonly options?: StabilityOptions | undefined },
): StabilityCurve {
  const { values } = checkedSeries(series);
  return deviationCurve({ metric, series, runs: finiteRuns(values), ...request }, (m) =>
    differenceSquares(values, { order: 3, m, stride: metric === 'hdev' ? m : 1 }),
  );
}
