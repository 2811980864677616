/** The pictures of one instance that the report's own figures are enough for: histogram, MTIE and TDEV. In the report and on the page. */
import { isMaskName, limitAt, MASKS } from '@ptp-tester/clockstats';
import type { ChartLook } from '../charts/chart-frame.ts';
import { histogramChart } from '../charts/histogram-chart.ts';
import { type MaskLine, type StabilityChartPoint, stabilityChart } from '../charts/stability-chart.ts';
import type { Sketch } from './draw-picture.ts';
import type { StabilityReport } from './judgement-schema.ts';
import { nameOf } from './render-instance.ts';
import type { InstanceReport } from './report-schema.ts';
import { offsetFigures } from './worst-first.ts';

const HEIGHT = 250;

export interface FigureSketch extends Sketch {
  readonly figure: 'histogram' | 'mtie' | 'tdev';
}

export function sketchFigures(result: InstanceReport): FigureSketch[] {
  const stability = result.stability.find(({ stream }) => stream === 'phc') ?? result.stability[0];
  return [
    ...sketchHistogram(result),
    ...(stability === undefined
      ? []
      : [...sketchCurve(result, stability, 'mtie'), ...sketchCurve(result, stability, 'tdev')]),
  ];
}

function sketchHistogram(result: InstanceReport): FigureSketch[] {
  const histogram = offsetFigures(result)?.histogram ?? null;
  if (histogram === null || histogram.buckets.length === 0) return [];
  const data = {
    title: `${result.simulated ? 'SIMULATED ' : ''}system - PHC`,
    unit: histogram.unit,
    buckets: histogram.buckets,
  };
  const make = (look: ChartLook) => histogramChart(data, look);
  return [
    { figure: 'histogram', title: `Histogram of the offset of ${nameOf(result)}`, span: 'half', height: HEIGHT, make },
  ];
}

function sketchCurve(result: InstanceReport, stability: StabilityReport, metric: 'mtie' | 'tdev'): FigureSketch[] {
  const points = pointsOf(stability, metric);
  if (points.every(({ value }) => value <= 0)) return [];
  const isPhc = stability.stream === 'phc';
  const simulated = result.simulated ? 'SIMULATED ' : '';
  const of = isPhc ? `${simulated}system - PHC` : `${stability.stream} ${stability.column}, line removed`;
  const largestTau = Math.max(...points.map(({ tauS }) => tauS));
  const own = stability.limits
    .filter(({ curve }) => curve === metric)
    .map(({ name, points_ns }) => ({ name, points: points_ns }));
  const masks = own.length > 0 || !isPhc ? own : maskLines(`prtc-a-${metric}`, largestTau);
  const title = `${metric.toUpperCase()} of ${of}${metric === 'tdev' ? ', 95 % confidence' : ''}`;
  const make = (look: ChartLook) => stabilityChart({ title, points, masks }, look);
  const note = isPhc && masks.length > 0 ? { note: maskNote(masks, own.length === 0) } : {};
  return [{ figure: metric, title: `${title}, ${nameOf(result)}`, ...note, span: 'half', height: HEIGHT, make }];
}

/** A curve above a mask looks like a failure, which it is only where a criterion says so. */
function maskNote(masks: readonly MaskLine[], isOrientation: boolean): string {
  const names = masks.map(({ name }) => name).join(', ');
  const judged = isOrientation
    ? `The mask (${names}) is no limit of this run`
    : `The mask (${names}) is a limit of this run`;
  return `${judged}: on system - PHC it judges this clock pair and its servo, not traceability to UTC.`;
}

function pointsOf({ mtie_ns, tdev_ns }: StabilityReport, metric: 'mtie' | 'tdev'): StabilityChartPoint[] {
  if (metric === 'mtie') return mtie_ns.map(({ tau_s, value }) => ({ tauS: tau_s, value, interval: null }));
  return tdev_ns.map(({ tau_s, value, confidence }) => ({
    tauS: tau_s,
    value,
    interval: confidence === null ? null : ([confidence.low, confidence.high] as const),
  }));
}

/** The mask at enough taus for its bends to show, as far as the curve goes; none for a name that is no built-in mask. */
function maskLines(name: string, largestTau: number): MaskLine[] {
  if (!isMaskName(name)) return [];
  const points: (readonly [number, number])[] = [];
  for (let exponent = -1; 10 ** exponent <= largestTau * 1.001; exponent += 0.1) {
    const limit = limitAt(MASKS[name], 10 ** exponent);
    if (limit.kind === 'limit') points.push([10 ** exponent, limit.limitNs]);
  }
  return points.length === 0 ? [] : [{ name: `${name}, for orientation`, points }];
}
