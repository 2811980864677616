/** Built-in masks: ITU-T G.8272 tables 1 to 4 (PRTC-A and PRTC-B), tau in s, limits in ns. A breakpoint belongs to the piece below it. */
import type { MaskDefinition } from './criteria.ts';

/** The recommendations end at 100 000 s for PRTC; beyond it the last value goes on for as long as anyone measures. */
const LONGEST_S = 31_622_400;

export const BUILT_IN_MASKS: readonly MaskDefinition[] = [
  {
    name: 'prtc-a.mtie',
    from_s: 0.1,
    pieces: [
      { up_to_s: 273, limit_ns: 25, per_s_ns: 0.275 },
      { up_to_s: LONGEST_S, limit_ns: 100 },
    ],
  },
  {
    name: 'prtc-a.tdev',
    from_s: 0.1,
    pieces: [
      { up_to_s: 100, limit_ns: 3 },
      { up_to_s: 1000, limit_ns: 0, per_s_ns: 0.03 },
      { up_to_s: LONGEST_S, limit_ns: 30 },
    ],
  },
  {
    name: 'prtc-b.mtie',
    from_s: 0.1,
    pieces: [
      { up_to_s: 54.5, limit_ns: 25, per_s_ns: 0.275 },
      { up_to_s: LONGEST_S, limit_ns: 40 },
    ],
  },
  {
    name: 'prtc-b.tdev',
    from_s: 0.1,
    pieces: [
      { up_to_s: 100, limit_ns: 1 },
      { up_to_s: 500, limit_ns: 0, per_s_ns: 0.01 },
      { up_to_s: LONGEST_S, limit_ns: 5 },
    ],
  },
];

/** The limit at tau; null outside the mask, where there is none. */
export function maskLimit(mask: MaskDefinition, tauS: number): number | null {
  if (tauS < mask.from_s) return null;
  const piece = mask.pieces.find(({ up_to_s }) => tauS <= up_to_s);
  return piece === undefined ? null : piece.limit_ns + (piece.per_s_ns ?? 0) * tauS;
}
