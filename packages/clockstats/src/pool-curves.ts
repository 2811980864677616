/** One curve from several stretches that cannot be put on one grid: boots, weeks, instances of one type. */
import { ClockstatsError } from './clockstats-error.ts';
import { curveOf, type StabilityCurve, type StabilityPoint } from './stability-curve.ts';

/**
 * Deviations are pooled by their number of terms (the mean of the variances), MTIE is the largest of all and never decreases. Null without a
 * curve; throws `bad_argument` when metrics or spacings differ.
 */
export function poolCurves(curves: readonly StabilityCurve[]): StabilityCurve | null {
  const [first] = curves;
  if (first === undefined) return null;
  const { metric, tau0 } = first;
  if (curves.some((curve) => curve.metric !== metric || curve.tau0 !== tau0)) {
    throw new ClockstatsError('bad_argument', 'curves of different statistics or spacings cannot be pooled');
  }
  const byFactor = new Map<number, StabilityPoint[]>();
  for (const point of curves.flatMap((curve) => curve.points)) {
    byFactor.set(point.m, [...(byFactor.get(point.m) ?? []), point]);
  }
  const groups = [...byFactor.values()].sort((a, b) => (a[0]?.m ?? 0) - (b[0]?.m ?? 0));
  const points = metric === 'mtie' ? largestOf(groups) : groups.map(pooledDeviation);
  const samples = curves.reduce((sum, curve) => sum + curve.samples, 0);
  const ticks = curves.reduce((sum, curve) => sum + curve.missing, samples);
  return curveOf({ metric, tau0, ticks, samples }, points);
}

function largestOf(groups: readonly StabilityPoint[][]): StabilityPoint[] {
  let value = 0;
  return groups.map((group) => {
    value = group.reduce((largest, point) => Math.max(largest, point.value), value);
    return { ...shapeOf(group), value };
  });
}

function pooledDeviation(group: readonly StabilityPoint[]): StabilityPoint {
  const shape = shapeOf(group);
  const squares = group.reduce((sum, point) => sum + point.terms * point.value ** 2, 0);
  return { ...shape, value: Math.sqrt(squares / shape.terms) };
}

function shapeOf(group: readonly StabilityPoint[]): { tau: number; m: number; terms: number } {
  const terms = group.reduce((sum, point) => sum + point.terms, 0);
  return { tau: group[0]?.tau ?? 0, m: group[0]?.m ?? 0, terms };
}
