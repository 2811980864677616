/** The statistics of an imported series: summary, quantiles, frequency, MTIE, TDEV, ADEV. */
import {
  bridgeHoles,
  ClockstatsError,
  type ConfidentPoint,
  estimateFrequency,
  type FrequencyEstimate,
  largestFactor,
  momentsOf,
  mtie,
  oadev,
  octaveFactors,
  quantile,
  type StabilityPoint,
  type Summary,
  sortFinite,
  summaryOf,
  tdev,
  toGrid,
  withConfidence,
} from '@ptp-tester/clockstats';
import { type BoundedList, bounded } from './bounded-list.ts';
import type { ImportedSeries } from './import/imported-log.ts';
import { unitWarnings } from './import/unit-warnings.ts';
import { type ImportedEvent, type ImportedStretch, importedEvents } from './imported-events.ts';

const LEVEL = 0.95;

export interface ImportedFigures {
  readonly name: string;
  readonly summary: Summary | null;
  /** Of the offset; null: n too small. */
  readonly p50: number | null;
  /** Of |offset|. */
  readonly absP99: number | null;
  readonly absP999: number | null;
  readonly frequency: FrequencyEstimate | null;
  /** Middle distance between samples, ns. */
  readonly intervalNs: number;
  readonly spanNs: number;
  /** Stretches of rising time; the log's clock was stepped or the program restarted between them. */
  readonly stretches: number;
  readonly stability: ImportedStability | null;
  /** Why there is no stability; null when there is. */
  readonly problem: string | null;
  readonly events: BoundedList<ImportedEvent>;
  /** Numbers that look like another unit. */
  readonly warnings: readonly string[];
}

/** Of the longest stretch. */
export interface ImportedStability {
  readonly tau0S: number;
  readonly missingTicks: number;
  /** Of them, filled by straight lines because that was asked for. */
  readonly bridgedTicks: number;
  readonly mtieNs: readonly StabilityPoint[];
  /** With 95 % intervals where the noise is known. */
  readonly tdevNs: readonly ConfidentPoint[];
  readonly oadevPpb: readonly ConfidentPoint[];
}

type Stretch = ImportedStretch;

export interface ImportedOptions {
  /** Holes of at most so many ticks are filled for the curves; 0: no window crosses any. */
  readonly bridgeTicks?: number;
}

export function analyseImported(series: ImportedSeries, { bridgeTicks = 0 }: ImportedOptions = {}): ImportedFigures {
  const { name, samples } = series;
  const stretches = risingStretches(samples);
  const values = Float64Array.from(samples, ({ offsetNs }) => offsetNs);
  const sizes = sortFinite(values.map(Math.abs));
  const intervalNs = middleInterval(stretches);
  const longest = stretches.reduce((best, one) => (one.values.length > best.values.length ? one : best));
  const studied = studyStability(longest, intervalNs, bridgeTicks);
  const summary = summaryOf(momentsOf(values));
  const range = summary === null ? null : ([summary.min, summary.max] as const);
  return {
    name,
    summary,
    events: bounded(importedEvents(stretches, intervalNs)),
    warnings: unitWarnings({ series, intervalNs, maxAbs: summary?.maxAbs ?? null, range }),
    p50: quantile(sortFinite(values), 0.5),
    absP99: quantile(sizes, 0.99),
    absP999: quantile(sizes, 0.999),
    frequency: estimateFrequency(stretches),
    intervalNs,
    spanNs: stretches.reduce((sum, { timeNs }) => sum + (timeNs.at(-1) ?? 0) - (timeNs[0] ?? 0), 0),
    stretches: stretches.length,
    stability: typeof studied === 'string' ? null : studied,
    problem: typeof studied === 'string' ? studied : null,
  };
}

/** A new stretch begins wherever the time does not rise. */
function risingStretches(samples: ImportedSeries['samples']): Stretch[] {
  const starts = samples.flatMap(({ timeNs }, row) => {
    const before = samples[row - 1];
    return before === undefined || timeNs <= before.timeNs ? [row] : [];
  });
  return starts.map((start, index) => {
    const rows = samples.slice(start, starts[index + 1]);
    const origin = rows[0]?.timeNs ?? 0n;
    return {
      originNs: origin,
      timeNs: Float64Array.from(rows, ({ timeNs }) => Number(timeNs - origin)),
      values: Float64Array.from(rows, ({ offsetNs }) => offsetNs),
    };
  });
}

function middleInterval(stretches: readonly Stretch[]): number {
  const distances = new Float64Array(stretches.reduce((sum, { timeNs }) => sum + timeNs.length - 1, 0));
  let count = 0;
  for (const { timeNs } of stretches) {
    for (let row = 1; row < timeNs.length; row += 1) {
      distances[count] = (timeNs[row] as number) - (timeNs[row - 1] as number);
      count += 1;
    }
  }
  return distances.sort()[distances.length >> 1] ?? 0;
}

/** The figures, or why there are none. */
function studyStability(stretch: Stretch, intervalNs: number, bridgeTicks: number): ImportedStability | string {
  if (stretch.values.length < 3 || intervalNs <= 0) return 'fewer than 3 samples in a row';
  try {
    const placed = toGrid(stretch, intervalNs);
    const grid = bridgeHoles(placed, bridgeTicks);
    const factors = (metric: 'mtie' | 'tdev' | 'oadev') => octaveFactors(largestFactor(metric, grid.values.length));
    return {
      tau0S: grid.tau0,
      missingTicks: placed.missing,
      bridgedTicks: grid.bridged,
      mtieNs: mtie(grid, factors('mtie')).points,
      tdevNs: withConfidence(tdev(grid, factors('tdev')), grid, { level: LEVEL }).points,
      oadevPpb: withConfidence(oadev(grid, factors('oadev')), grid, { level: LEVEL }).points,
    };
  } catch (error) {
    if (error instanceof ClockstatsError) return error.message;
    throw error;
  }
}
