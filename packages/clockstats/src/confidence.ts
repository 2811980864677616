/**
 * Confidence intervals of stability statistics (NIST SP1065 section 5.3): the variance times its equivalent degrees of freedom is
 * chi-squared distributed. The degrees of freedom depend on the noise, which is identified from the series at each tau; where fewer than 30
 * samples are left for that, the noise of the longest tau that had them is taken, as Stable32 does.
 */
import { chiSquaredQuantile } from './chi-squared.ts';
import { ClockstatsError } from './clockstats-error.ts';
import { degreesOfFreedom, type NoiseAlpha } from './degrees-of-freedom.ts';
import { identifyNoise } from './noise-type.ts';
import type { RegularSeries, StabilityCurve, StabilityPoint } from './stability-curve.ts';

/** erf(1 / sqrt(2)): plus or minus one standard deviation. Stable32 prints it as 0.683. */
export const ONE_SIGMA = 0.682_689_492_137_085_9;

export interface Confidence {
  readonly low: number;
  readonly high: number;
  /** Probability that the true deviation lies within. */
  readonly level: number;
  /** Equivalent degrees of freedom. */
  readonly freedom: number;
  readonly alpha: NoiseAlpha;
}

export interface ConfidentPoint extends StabilityPoint {
  /** Null: MTIE and TIE rms have none, too few samples to know the noise, or a noise for which the statistic does not converge. */
  readonly confidence: Confidence | null;
}

export interface ConfidenceOptions {
  readonly level?: number;
  /** Use this noise at each tau instead of identifying it. */
  readonly alpha?: NoiseAlpha;
}

/** The curve with an interval at each point; `series` is the one that the curve was computed from. */
export function withConfidence(
  curve: StabilityCurve,
  series: RegularSeries,
  options: ConfidenceOptions = {},
): StabilityCurve<ConfidentPoint> {
  const { metric, samples } = curve;
  const level = options.level ?? ONE_SIGMA;
  const hasInterval = metric !== 'mtie' && metric !== 'tie_rms';
  const mostDifferences = metric === 'hdev' || metric === 'ohdev' ? 3 : 2;
  let alpha: NoiseAlpha | null = options.alpha ?? null;
  const points = curve.points.map((point): ConfidentPoint => {
    if (!hasInterval) return { ...point, confidence: null };
    if (options.alpha === undefined) alpha = identifyNoise(series, point.m, mostDifferences)?.alpha ?? alpha;
    const { m, terms } = point;
    const freedom = alpha === null ? null : degreesOfFreedom({ metric, alpha, m, terms, samples });
    if (freedom === null || alpha === null) return { ...point, confidence: null };
    return { ...point, confidence: { ...deviationInterval(point.value, freedom, level), level, freedom, alpha } };
  });
  return { ...curve, points };
}

/** SP1065 eq. (45): the true deviation lies in it with probability `level`. Throws `bad_argument` for a level outside (0, 1). */
export function deviationInterval(deviation: number, freedom: number, level: number): { low: number; high: number } {
  if (!(level > 0 && level < 1)) throw new ClockstatsError('bad_argument', `no interval of confidence ${level}`);
  const tail = (1 - level) / 2;
  return {
    low: deviation * Math.sqrt(freedom / chiSquaredQuantile(1 - tail, freedom)),
    high: deviation * Math.sqrt(freedom / chiSquaredQuantile(tail, freedom)),
  };
}
