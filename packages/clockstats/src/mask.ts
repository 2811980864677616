/** A limit over tau for MTIE or TDEV, and the check of a curve against it. */
import { ClockstatsError } from './clockstats-error.ts';
import type { StabilityCurve } from './stability-curve.ts';

/** The limit is constantNs + slopeNsPerS * tau, from the end of the piece before (or the mask's beginning) up to and with `to`. */
export interface MaskPiece {
  /** Seconds, inclusive as in the ITU tables; Infinity = without end. */
  readonly to: number;
  readonly constantNs: number;
  readonly slopeNsPerS: number;
}

export interface Mask {
  readonly name: string;
  readonly metric: 'mtie' | 'tdev';
  /** Where the numbers come from. */
  readonly source: string;
  /** Smallest tau with a limit, seconds, inclusive. */
  readonly from: number;
  /** Ascending in `to`. */
  readonly pieces: readonly MaskPiece[];
}

export type Limit = { readonly kind: 'limit'; readonly limitNs: number } | { readonly kind: 'no_limit' };

/** The limit at a tau in seconds, or that there is none: the mask says nothing outside its range. */
export function limitAt(mask: Mask, tau: number): Limit {
  const piece = tau >= mask.from ? mask.pieces.find(({ to }) => tau <= to) : undefined;
  if (piece === undefined) return { kind: 'no_limit' };
  return { kind: 'limit', limitNs: piece.constantNs + piece.slopeNsPerS * tau };
}

/** A point of a curve beside its limit. */
export interface MaskMargin {
  readonly tau: number;
  readonly m: number;
  readonly valueNs: number;
  readonly limitNs: number;
  /** value / limit: above 1 is a violation. */
  readonly ratio: number;
  readonly terms: number;
}

export interface MaskCheck {
  readonly mask: string;
  /** `not_enough_data`: no point of the curve has a limit, which is never a pass. */
  readonly result: 'pass' | 'fail' | 'not_enough_data';
  /** Points that have a limit. */
  readonly checked: number;
  /** The violation with the smallest tau. */
  readonly firstViolation: MaskMargin | null;
  /** The point that comes closest to its limit, or exceeds it most. */
  readonly worst: MaskMargin | null;
}

/** The curve must be in ns. Throws `bad_argument` when it is of another statistic. A value equal to the limit passes. */
export function checkMask(mask: Mask, curve: StabilityCurve): MaskCheck {
  if (curve.metric !== mask.metric) {
    throw new ClockstatsError('bad_argument', `mask ${mask.name} limits ${mask.metric}, not ${curve.metric}`);
  }
  let checked = 0;
  let firstViolation: MaskMargin | null = null;
  let worst: MaskMargin | null = null;
  for (const { tau, m, value: valueNs, terms } of curve.points) {
    const limit = limitAt(mask, tau);
    if (limit.kind === 'no_limit') continue;
    const { limitNs } = limit;
    const margin = { tau, m, valueNs, limitNs, ratio: valueNs / limitNs, terms };
    checked += 1;
    if (valueNs > limitNs) firstViolation ??= margin;
    if (worst === null || margin.ratio > worst.ratio) worst = margin;
  }
  const verdict = firstViolation === null ? 'pass' : 'fail';
  return { mask: mask.name, result: checked === 0 ? 'not_enough_data' : verdict, checked, firstViolation, worst };
}
