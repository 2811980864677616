/** TIE rms (ITU-T G.810): the root mean square of x[i+m] - x[i], over all N - m pairs, as Stable32 prints it. */
import { differenceCurve } from './difference-curve.ts';
import type { RegularSeries, StabilityCurve, StabilityOptions } from './stability-curve.ts';

/** In the unit of the series. A frequency offset shows as a straight line |y| * tau. */
export function tieRms(series: RegularSeries, factors: readonly number[], options?: StabilityOptions): StabilityCurve {
  return differenceCurve({ metric: 'tie_rms', order: 1, isOverlapping: true }, series, { factors, options });
}
