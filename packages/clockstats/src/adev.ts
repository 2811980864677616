/**
 * Allan deviation (NIST SP1065 eq. 7) and overlapping Allan deviation (eq. 11) from time error:
 * sqrt( sum (x[i+2m] - 2 x[i+m] + x[i])^2 / (2 n tau^2) ), with a stride of m or of 1.
 */
import { differenceCurve } from './difference-curve.ts';
import type { RegularSeries, StabilityCurve, StabilityOptions } from './stability-curve.ts';

/** Allan deviation, not overlapping. In ns/s (ppb) for a series in ns. */
export function adev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return differenceCurve({ metric: 'adev', order: 2, isOverlapping: false }, series, { factors, options });
}

/** Overlapping Allan deviation: every possible term, so the smallest uncertainty. In ns/s (ppb) for a series in ns. */
export function oadev(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return differenceCurve({ metric: 'oadev', order: 2, isOverlapping: true }, series, { factors, options });
}
