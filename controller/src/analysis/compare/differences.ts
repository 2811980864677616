/** The difference of one quantity between two sides, with its uncertainty and what it means (pure). Smaller is better everywhere. */
import { blockRatio, deviationRatio, groupRatio, pairedRatio, type RatioInterval } from '@ptp-tester/clockstats';
import { type CurvePoint, type PeriodFigures, QUANTITIES, type Quantity } from './period-figures.ts';

/** `not_decided`: there is nothing to base an interval on, or it is so wide that it says nothing. */
export type Answer = 'better' | 'worse' | 'indistinguishable' | 'not_decided';

type Curve = 'tdev' | 'mtie';

export interface Difference {
  /** `p99`, `tdev`, `mtie` and so on, ns. */
  readonly quantity: Quantity | Curve;
  /** Of `tdev` and `mtie`. */
  readonly tauS: number | null;
  readonly first: number | null;
  readonly second: number | null;
  /** Second over first. */
  readonly interval: RatioInterval | null;
  readonly answer: Answer;
}

/** A smaller factor is no difference that anybody needs to know of, however sure it is. */
const LEAST_FACTOR = 1.05;
/** Indistinguishable means that a larger factor either way can be ruled out; a wider interval only says that it scatters. */
const SAME_WITHIN = 3;
/** Where curves are compared. */
const TAUS_S = [1, 10, 100, 1000, 10_000];
const TAU_TOLERANCE = 0.5;

function answerOf(interval: RatioInterval | null): Answer {
  if (interval === null) return 'not_decided';
  const { ratio, low, high } = interval;
  if (low > 1 && ratio >= LEAST_FACTOR) return 'worse';
  if (high < 1 && ratio <= 1 / LEAST_FACTOR) return 'better';
  return low > 1 / SAME_WITHIN && high < SAME_WITHIN ? 'indistinguishable' : 'not_decided';
}

/** Of one instance with itself, or of two single instances: scatter over blocks of time. */
export function instanceDifferences(first: PeriodFigures, second: PeriodFigures): Difference[] {
  return [
    ...QUANTITIES.map((quantity) => {
      const [a, b] = [first.quantities[quantity], second.quantities[quantity]];
      return difference({ quantity, first: a.value, second: b.value }, blockRatio(a.blocks, b.blocks));
    }),
    ...curveDifferences('tdev', first, second),
    ...curveDifferences('mtie', first, second),
  ];
}

type Value = number | null;

interface Groups {
  readonly first: readonly PeriodFigures[];
  readonly second: readonly PeriodFigures[];
  /** The same instances twice, in the same order. */
  readonly paired: boolean;
}

/** Several instances on each side. Values are medians; the scatter is that between instances. */
export function groupDifferences(groups: Groups): Difference[] {
  return [
    ...QUANTITIES.map((quantity) =>
      groupDifference(groups, { quantity }, ({ quantities }) => quantities[quantity].value),
    ),
    ...groupCurveDifferences('tdev', groups),
    ...groupCurveDifferences('mtie', groups),
  ];
}

/** Of the instances that have the point. */
function groupCurveDifferences(curve: Curve, groups: Groups): Difference[] {
  return TAUS_S.flatMap((wanted) => {
    const [point] = groups.first.flatMap((figures) => nearest(figures[curve], wanted) ?? []);
    if (point === undefined) return [];
    const { tauS } = point;
    const found = groupDifference(groups, { quantity: curve, tauS }, (figures) => sameTau(figures[curve], tauS)?.value);
    return found.second === null ? [] : [found];
  });
}

function groupDifference(
  { first, second, paired }: Groups,
  what: Pick<Values, 'quantity' | 'tauS'>,
  valueIn: (figures: PeriodFigures) => Value | undefined,
): Difference {
  const valuesOf = (side: readonly PeriodFigures[]) => side.map((figures) => valueIn(figures) ?? null);
  const [a, b] = [valuesOf(first), valuesOf(second)];
  const [inFirst, inSecond] = [present(a), present(b)];
  const interval = paired ? pairedRatio(pairsOf(a, b)) : groupRatio(inFirst, inSecond);
  return difference({ ...what, first: medianOf(inFirst), second: medianOf(inSecond) }, interval);
}

function pairsOf(first: readonly Value[], second: readonly Value[]): [number, number][] {
  return first.flatMap((value, index): [number, number][] => {
    const other = second[index] ?? null;
    return value === null || other === null ? [] : [[value, other]];
  });
}

function present(values: readonly Value[]): number[] {
  return values.filter((value) => value !== null);
}

function medianOf(values: readonly number[]): number | null {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = ascending.length >> 1;
  if (ascending.length % 2 === 1) return ascending[middle] ?? null;
  const [low, high] = [ascending[middle - 1], ascending[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** At the points nearest to each tau, where both curves have the same one. */
function curveDifferences(curve: Curve, first: PeriodFigures, second: PeriodFigures): Difference[] {
  return TAUS_S.flatMap((wanted) => {
    const a = nearest(first[curve], wanted);
    const b = a === null ? null : sameTau(second[curve], a.tauS);
    if (a === null || b === null) return [];
    const interval =
      a.freedom === null || b.freedom === null
        ? null
        : deviationRatio({ value: a.value, freedom: a.freedom }, { value: b.value, freedom: b.freedom });
    return [difference({ quantity: curve, tauS: a.tauS, first: a.value, second: b.value }, interval)];
  });
}

function nearest(points: readonly CurvePoint[], tauS: number): CurvePoint | null {
  const near = points.filter((point) => Math.abs(Math.log(point.tauS / tauS)) < TAU_TOLERANCE);
  return near.toSorted((a, b) => Math.abs(a.tauS - tauS) - Math.abs(b.tauS - tauS))[0] ?? null;
}

function sameTau(points: readonly CurvePoint[], tauS: number): CurvePoint | null {
  return points.find((point) => Math.abs(point.tauS / tauS - 1) < 0.01) ?? null;
}

type Values = Pick<Difference, 'quantity' | 'first' | 'second'> & { readonly tauS?: number };

function difference({ quantity, tauS, first, second }: Values, interval: RatioInterval | null): Difference {
  return { quantity, tauS: tauS ?? null, first, second, interval, answer: answerOf(interval) };
}
