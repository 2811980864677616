/**
 * chrony's reports into the columns of the streams `chrony` and `chrony_source` (without `at` and `mono_raw_ns`).
 * The only place where chrony's signs are turned into ours: offset = system clock - reference, positive = system clock ahead.
 */
import { clockErrorBoundNs, type PhcReference } from './clock-error-bound.ts';
import type { SourceData } from './sources.ts';
import type { SourceStats } from './sourcestats.ts';
import type { Tracking } from './tracking.ts';

/** Values of stream `chrony`. */
export function chronySampleValues(tracking: Tracking, phc: PhcReference): readonly (number | bigint)[] {
  return [
    tracking.refid,
    tracking.refTimeNs,
    tracking.stratum,
    tracking.leapStatus,
    // "System time" is the correction still to come, positive = slow: the one sign that is the other way round.
    toNs(-tracking.currentCorrection),
    toNs(tracking.lastOffset),
    toNs(tracking.rmsOffset),
    toPpb(tracking.freqPpm),
    toPpb(tracking.residFreqPpm),
    toPpb(tracking.skewPpm),
    toNs(tracking.rootDelay),
    toNs(tracking.rootDispersion),
    toNs(tracking.lastUpdateInterval),
    phc.selected ? 1 : 0,
    clockErrorBoundNs(tracking, phc),
  ];
}

/** Values of stream `chrony_source`; `stats` null where sourcestats has no line for it. Without samples `std_dev_ns` is missing (NaN). */
export function chronySourceSampleValues(source: SourceData, stats: SourceStats | null): readonly (number | bigint)[] {
  return [
    source.state,
    source.mode,
    source.stratum,
    source.poll,
    source.reachability,
    source.sinceSample,
    toNs(source.latestMeas),
    toNs(source.origLatestMeas),
    toNs(source.latestMeasErr),
    stats === null || stats.nSamples === 0 ? Number.NaN : toNs(stats.sd),
    stats === null ? Number.NaN : stats.nSamples,
  ];
}

/** Seconds to whole ns; + 0 makes a negative zero positive. */
function toNs(seconds: number): number {
  return Math.round(seconds * 1e9) + 0;
}

function toPpb(ppm: number): number {
  return ppm * 1000 + 0;
}
