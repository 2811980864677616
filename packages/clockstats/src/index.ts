/** Pure statistics on clock offsets: series, gaps, summary, quantiles, histogram, frequency. */
export { ClockstatsError, type ClockstatsErrorCode, type Place } from './clockstats-error.ts';
export { estimateFrequency, type FrequencyEstimate, type OffsetsOverTime } from './frequency.ts';
export { type ChunkTicks, type Hole, type TickChunk, TickCounter, ticksWithin } from './gaps.ts';
export { type BracketedQuantile, Histogram, type HistogramData } from './histogram.ts';
export { isPublishable, nearestRank, quantile, samplesNeeded, sortFinite } from './quantile.ts';
export { buildSeries, type Series, SeriesBuilder, type SeriesChunk, type SeriesSegment } from './series.ts';
export { type Moments, mergeMoments, momentsOf, NO_MOMENTS, type Summary, summaryOf } from './summary.ts';
