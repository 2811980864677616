/**
 * Hadamard deviation (NIST SP1065 eq. 18) and overlapping Hadamard deviation (eq. 21) from time error:
 * sqrt( sum (x[i+3m] - 3 x[i+2m] + 3 x[i+m] - x[i])^2 / (6 n tau^2) ). Blind to linear frequency drift.
 */
import { differenceCurve } from './difference-curve.ts';
import type { RegularSeries, StabilityCurve, StabilityOptions } from './stability-curve.ts';

/** Hadamard deviation, not overlapping. In ns/s (ppb) for a series in ns. */
export function hdev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return differenceCurve({ metric: 'hdev', order: 3, isOverlapping: false }, series, { factors, options });
}

/** Overlapping Hadamard deviation. In ns/s (ppb) for a series in ns. */
export function ohdev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return differenceCurve({ metric: 'ohdev', order: 3, isOverlapping: true }, series, { factors, options });
}
