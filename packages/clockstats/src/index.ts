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
export type { DetectedEvent, RowEvent } from './events/detected-event.ts';
export {
  detectFrequencyJumps,
  type FrequencyJumpEvent,
  type FrequencyJumpOptions,
} from './events/frequency-jump.ts';
export {
  detectJumps,
  type JumpOptions,
  type JumpSamples,
  type Jumps,
  type OutlierEvent,
  type StepEvent,
} from './events/jump.ts';
export { detectStalls, type StallEvent, type StallOptions } from './events/stall.ts';
export { estimateFrequency, type FrequencyEstimate, type OffsetsOverTime } from './frequency.ts';
export { type ChunkTicks, type Hole, type SavedTicks, type TickChunk, TickCounter, ticksWithin } from './gaps.ts';
export { type Grid, type TimedValues, toGrid } from './grid.ts';
export { hdev, ohdev } from './hadamard.ts';
export { type BracketedQuantile, Histogram, type HistogramData } from './histogram.ts';
export { type Holdover, measureHoldover } from './holdover.ts';
export { int64AsNumbers, writeInt64Distances } from './int64-distances.ts';
export { type FilteredSeries, splitAt } from './low-pass.ts';
export { checkMask, type Limit, limitAt, type Mask, type MaskCheck, type MaskMargin, type MaskPiece } from './mask.ts';
export { type ClockClass, G8273_2_CLASSES, isMaskName, MASKS, MAX_TIME_ERROR_NS, type MaskName } from './masks.ts';
export { mdev } from './mdev.ts';
export {
  type HigherMoments,
  higherMomentsOf,
  mergeHigherMoments,
  NO_HIGHER_MOMENTS,
  type Shape,
  shapeOf,
} from './moments.ts';
export { type MtiePoint, mtie } from './mtie.ts';
export { identifyNoise, NOISE_NAMES, type NoiseType } from './noise-type.ts';
export { parseMask } from './parse-mask.ts';
export { poolCurves } from './pool-curves.ts';
export { absQuantile, isPublishable, nearestRank, quantile, samplesNeeded, sortFinite } from './quantile.ts';
export {
  blockRatio,
  deviationRatio,
  groupRatio,
  LEAST_VALUES,
  pairedRatio,
  type RatioInterval,
} from './ratio-interval.ts';
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
export {
  type ConstantTimeError,
  type Excursion,
  excursionOf,
  type TimeError,
  type TimeErrorOptions,
  timeError,
} from './time-error.ts';
export { type LockRule, LockSearch, type SavedLockSearch, type TimeToLock, timeToLock } from './time-to-lock.ts';
export { totdev } from './total-deviation.ts';
