/** Stability of a series over tau, after the start-up transient: MTIE, TDEV and overlapping ADEV on gap-aware grids, boot by boot. */
import {
  ClockstatsError,
  type ConfidentPoint,
  degreesOfFreedom,
  deviationInterval,
  estimateFrequency,
  type Grid,
  largestFactor,
  type MtiePoint,
  mtie,
  oadev,
  octaveFactors,
  poolCurves,
  type StabilityCurve,
  type StabilityPoint,
  tdev,
  toGrid,
  withConfidence,
} from '@ptp-tester/clockstats';
import type { StreamName } from '@ptp-tester/measurement';
import type { Place } from './judged-data.ts';
import { firstRowFrom, type KeptSegment, type KeptSeries, keptColumn } from './kept-columns.ts';
import type { CurveLimit } from './stability-limits.ts';
import { type BootTime, isJudged } from './start-transient.ts';

/** A point of MTIE and the window in which it was found. */
export interface PlacedPoint extends StabilityPoint {
  readonly place: Place;
}

export interface StabilityFigures {
  readonly stream: StreamName;
  readonly key: string;
  readonly column: string;
  /** The raw clock's rate is arbitrary, so its straight line is taken off; what is left is wander. */
  readonly of: 'as_measured' | 'linear_part_removed';
  /** Spacing of the grid, s. */
  readonly tau0: number;
  readonly samples: number;
  /** Ticks of the grid without a sample; no term touches one. */
  readonly missing: number;
  readonly missingShare: number;
  /** ns. */
  readonly mtie: readonly PlacedPoint[];
  /** ns, with a 95 % interval where the noise is known; only tau <= T / 12. */
  readonly tdev: readonly ConfidentPoint[];
  /** ns/s = ppb, with a 95 % interval. */
  readonly oadev: readonly ConfidentPoint[];
  /** Why a boot could not be put on a grid; null when all could. */
  readonly problem: string | null;
  /** What the criteria in force allow. */
  readonly limits: readonly CurveLimit[];
}

export interface StabilityRequest {
  readonly column: string;
  readonly removeLine: boolean;
  /** Null: from the beginning. */
  readonly from: BootTime | null;
  /** Taus of criteria, beside the octaves. */
  readonly extraTausS: readonly number[];
}

const LEVEL = 0.95;

interface PlacedGrid {
  readonly grid: Grid;
  readonly segment: KeptSegment;
}

/** Null without two samples on one grid. */
export function stabilityFigures(series: KeptSeries, request: StabilityRequest): StabilityFigures | null {
  const problems: string[] = [];
  const grids = series.segments.flatMap((segment) => gridOf(segment, request, problems));
  const tau0 = grids[0]?.grid.tau0;
  const same = grids.filter(({ grid }) => grid.tau0 === tau0);
  if (tau0 === undefined || same.length === 0) return null;
  const ticks = Math.max(...same.map(({ grid }) => grid.values.length));
  const extra = request.extraTausS.map((tau) => Math.max(1, Math.round(tau / tau0)));
  const factors = (metric: 'mtie' | 'tdev' | 'oadev') => {
    const largest = largestFactor(metric, ticks);
    return [...octaveFactors(largest), ...extra.filter((m) => m <= largest)];
  };
  const longest = same.reduce((best, one) => (one.grid.values.length > best.grid.values.length ? one : best));
  const allan = poolCurves(same.map(({ grid }) => oadev(grid, factors('oadev'))));
  const oadevPoints = allan === null ? [] : withConfidence(allan, longest.grid, { level: LEVEL }).points;
  const samples = same.reduce((sum, { grid }) => sum + grid.values.length - grid.missing, 0);
  const missing = same.reduce((sum, { grid }) => sum + grid.missing, 0);
  if (same.length < grids.length) problems.push('the sampling interval changed; only the first is used');
  return {
    stream: series.id.stream,
    key: series.id.key,
    column: request.column,
    of: request.removeLine ? 'linear_part_removed' : 'as_measured',
    tau0,
    samples,
    missing,
    missingShare: samples + missing === 0 ? 0 : missing / (samples + missing),
    mtie: placedMtie(same, factors('mtie')),
    tdev: withNoiseOf(poolCurves(same.map(({ grid }) => tdev(grid, factors('tdev')))), oadevPoints),
    oadev: oadevPoints,
    problem: problems[0] ?? null,
    limits: [],
  };
}

function gridOf(segment: KeptSegment, request: StabilityRequest, problems: string[]): PlacedGrid[] {
  const firstRow = request.from === null ? 0 : isJudged(segment, request.from).firstRow;
  const timeNs = segment.timeNs.subarray(firstRow);
  const intervalNs = timeNs.length < 2 ? 0 : segment.intervalNsAt(firstRow);
  if (intervalNs <= 0) return [];
  const values = keptColumn(segment, request.column).subarray(firstRow);
  try {
    return [
      {
        grid: toGrid({ timeNs, values: request.removeLine ? withoutLine(timeNs, values) : values }, intervalNs),
        segment,
      },
    ];
  } catch (error) {
    if (!(error instanceof ClockstatsError)) throw error;
    problems.push(error.message);
    return [];
  }
}

/** Intervals for a curve from the noise that was identified for another one of the same series: identifying it costs more than the curve. */
function withNoiseOf(curve: StabilityCurve | null, known: readonly ConfidentPoint[]): ConfidentPoint[] {
  if (curve === null) return [];
  const { metric, samples } = curve;
  const alphas = new Map(known.map(({ m, confidence }) => [m, confidence?.alpha]));
  return curve.points.map((point): ConfidentPoint => {
    const alpha = alphas.get(point.m);
    const { m, terms } = point;
    const freedom = alpha === undefined ? null : degreesOfFreedom({ metric, alpha, m, terms, samples });
    if (alpha === undefined || freedom === null) return { ...point, confidence: null };
    return {
      ...point,
      confidence: { ...deviationInterval(point.value, freedom, LEVEL), level: LEVEL, freedom, alpha },
    };
  });
}

/** What is left of a series after its least-squares line. */
function withoutLine(timeNs: Float64Array, values: Float64Array): Float64Array {
  const slope = (estimateFrequency([{ timeNs, values }])?.frequencyPpb ?? 0) / 1e9;
  const start = timeNs[0] ?? 0;
  return values.map((value, row) => value - slope * ((timeNs[row] ?? 0) - start));
}

/** The largest of all boots at each tau, never decreasing, with the place of the one that gave it. */
function placedMtie(grids: readonly PlacedGrid[], factors: readonly number[]): PlacedPoint[] {
  const best = new Map<number, { point: MtiePoint; terms: number; from: PlacedGrid }>();
  for (const from of grids) {
    for (const point of mtie(from.grid, factors).points) {
      const known = best.get(point.m);
      const terms = (known?.terms ?? 0) + point.terms;
      if (known === undefined || point.value > known.point.value) best.set(point.m, { point, terms, from });
      else best.set(point.m, { ...known, terms });
    }
  }
  const ascending = [...best.values()].sort((a, b) => a.point.m - b.point.m);
  let value = 0;
  return ascending.map(({ point, terms, from }) => {
    value = Math.max(value, point.value);
    const { start, ...rest } = point;
    return { ...rest, value, terms, place: placeOnGrid(from, { start, m: point.m }) };
  });
}

function placeOnGrid({ grid, segment }: PlacedGrid, window: { start: number; m: number }): Place {
  const at = (tick: number) => {
    const row = firstRowFrom(segment.timeNs, grid.originNs + (tick - 0.5) * grid.intervalNs);
    return segment.atOf(Math.min(row, segment.timeNs.length - 1));
  };
  return { fromAt: at(window.start), toAt: at(window.start + window.m) };
}
