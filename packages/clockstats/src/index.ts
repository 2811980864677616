/** Pure statistics on clock offsets: series, gaps, summary, quantiles, frequency, stability over tau, masks, events. */
export { adev, oadev } from './adev.ts';
export { type BridgedSeries, bridgeHoles } from './bridge-holes.ts';
export { chiSquaredQuantile } from './chi-squared.ts';
export { ClockstatsError, type ClockstatsErrorCode, type Place } from './clockstats-error.ts';
export {
  type Confidence,
  type ConfidenceOptions,
  type ConfidentPoint,
  deviationInterval,
  ONE_SIGMA,
  withConfidence,
} from './confidence.ts';
export { degreesOfFreedom, type FreedomRequest, type NoiseAlpha } from './degrees-of-freedom.ts';
export { estimateFrequency, type FrequencyEstimate, type OffsetsOverTime } from './frequency.ts';
export { type ChunkTicks, type Hole, type TickChunk, TickCounter, ticksWithin } from './gaps.ts';
export { type Grid, type TimedValues, toGrid } from './grid.ts';
export { hdev, ohdev } from './hadamard.ts';
export { type BracketedQuantile, Histogram, type HistogramData } from './histogram.ts';
export { mdev } from './mdev.ts';
export { type MtiePoint, mtie } from './mtie.ts';
export { identifyNoise, NOISE_NAMES, type NoiseType } from './noise-type.ts';
export { poolCurves } from './pool-curves.ts';
export { isPublishable, nearestRank, quantile, samplesNeeded, sortFinite } from './quantile.ts';
export { buildSeries, type Series, SeriesBuilder, type SeriesChunk, type SeriesSegment } from './series.ts';
export type {
  RegularSeries,
  StabilityCurve,
  StabilityMetric,
  StabilityOptions,
  StabilityPoint,
} from './stability-curve.ts';
export { StreamingAdev } from './streaming-adev.ts';
export { StreamingMtie } from './streaming-mtie.ts';
export { type MtieBracket, StreamingMtieBracket } from './streaming-mtie-bracket.ts';
export { StreamingTdev } from './streaming-tdev.ts';
export { type Moments, mergeMoments, momentsOf, NO_MOMENTS, type Summary, summaryOf } from './summary.ts';
export { decadeFactors, largestFactor, octaveFactors, perOctaveFactors } from './taus.ts';
export { tdev } from './tdev.ts';
export { tieRms } from './tie-rms.ts';
export { totdev } from './total-deviation.ts';
