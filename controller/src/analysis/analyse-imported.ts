/** The statistics of an imported series: summary, quantiles, frequency, MTIE, TDEV, ADEV. */
import {
  ClockstatsError,
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
} from '@ptp-tester/clockstats';
import type { ImportedSeries } from './import/imported-log.ts';

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
}

/** Of the longest stretch. */
export interface ImportedStability {
  readonly tau0S: number;
  readonly missingTicks: number;
  readonly mtieNs: readonly StabilityPoint[];
  readonly tdevNs: readonly StabilityPoint[];
  readonly oadevPpb: readonly StabilityPoint[];
}

interface Stretch {
  readonly timeNs: Float64Array;
  readonly values: Float64Array;
}

export function analyseImported({ name, samples }: ImportedSeries): ImportedFigures {
  const stretches = risingStretches(samples);
  const values = Float64Array.from(samples, ({ offsetNs }) => offsetNs);
  const sizes = sortFinite(values.map(Math.abs));
  const intervalNs = middleInterval(stretches);
  const longest = stretches.reduce((best, one) => (one.values.length > best.values.length ? one : best));
  const studied = studyStability(longest, intervalNs);
  return {
    name,
    summary: summaryOf(momentsOf(values)),
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
      timeNs: Float64Array.from(rows, ({ timeNs }) => Number(timeNs - origin)),
      values: Float64Array.from(rows, ({ offsetNs }) => offsetNs),
    };
  });
}

function middleInterval(stretches: readonly Stretch[]): number {
  const distances = stretches.flatMap(({ timeNs }) =>
    Array.from(timeNs.subarray(1), (time, row) => time - (timeNs[row] ?? 0)),
  );
  return distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}

/** The figures, or why there are none. */
function studyStability(stretch: Stretch, intervalNs: number): ImportedStability | string {
  if (stretch.values.length < 3 || intervalNs <= 0) return 'fewer than 3 samples in a row';
  try {
    const grid = toGrid(stretch, intervalNs);
    const factors = (metric: 'mtie' | 'tdev' | 'oadev') => octaveFactors(largestFactor(metric, grid.values.length));
    return {
      tau0S: grid.tau0,
      missingTicks: grid.missing,
      mtieNs: mtie(grid, factors('mtie')).points,
      tdevNs: tdev(grid, factors('tdev')).points,
      oadevPpb: oadev(grid, factors('oadev')).points,
    };
  } catch (error) {
    if (error instanceof ClockstatsError) return error.message;
    throw error;
  }
}
