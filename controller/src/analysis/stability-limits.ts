/** The limits that the criteria set on a curve, as lines to be drawn with it. */
import type { MaskDefinition } from '../config/criteria.ts';
import { maskLimit } from '../config/criteria-masks.ts';
import type { ResolvedCriteria } from '../config/resolve-criteria.ts';

export interface CurveLimit {
  readonly curve: 'mtie' | 'tdev';
  /** Of the criterion, with its mask. */
  readonly name: string;
  /** tau in s and ns, ascending; one point for a limit at one tau. */
  readonly points: readonly (readonly [number, number])[];
}

export interface LimitedColumn {
  readonly stream: string;
  readonly column: string;
  /** As far as the curve goes, s. */
  readonly largestTauS: number;
}

/** So dense that the bends of a mask show. */
const POINTS_PER_DECADE = 10;
const FIRST_DECADE = -1;

export function curveLimits({ criteria, masks }: ResolvedCriteria, wanted: LimitedColumn): CurveLimit[] {
  return criteria.flatMap(({ name, measure, limit }): CurveLimit[] => {
    if (!('column' in measure) || measure.stream !== wanted.stream || measure.column !== wanted.column) return [];
    if ('tau_s' in measure) return [{ curve: measure.kind, name, points: [[measure.tau_s, limit]] }];
    if (!('mask' in measure)) return [];
    const points = maskPoints(masks.get(measure.mask), wanted.largestTauS);
    const curve = measure.kind === 'mtie_mask' ? 'mtie' : 'tdev';
    return points.length === 0 ? [] : [{ curve, name: `${name} (${measure.mask})`, points }];
  });
}

function maskPoints(mask: MaskDefinition | undefined, largestTauS: number): [number, number][] {
  return taus(largestTauS).flatMap((tau): [number, number][] => {
    const at = mask === undefined ? null : maskLimit(mask, tau);
    return at === null ? [] : [[tau, at]];
  });
}

function taus(largestS: number): number[] {
  const last = Math.ceil(Math.log10(largestS) * POINTS_PER_DECADE);
  const first = FIRST_DECADE * POINTS_PER_DECADE;
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => 10 ** ((first + step) / POINTS_PER_DECADE));
}
