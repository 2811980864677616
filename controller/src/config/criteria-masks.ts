/** The named masks of clockstats as users write masks: ITU-T G.8272, G.8272.1, G.811 and G.8273.2, tau in s, limits in ns. */
import { MASKS } from '@ptp-tester/clockstats';
import type { MaskDefinition } from './criteria.ts';

/** Where a mask has no last tau, it holds for as long as anyone measures: a year. */
const LONGEST_S = 31_622_400;

export const BUILT_IN_MASKS: readonly MaskDefinition[] = Object.values(MASKS).map(({ name, from, pieces }) => ({
  name,
  from_s: from,
  pieces: pieces.map(({ to, constantNs, slopeNsPerS }) => ({
    up_to_s: Math.min(to, LONGEST_S),
    limit_ns: constantNs,
    per_s_ns: slopeNsPerS,
  })),
}));

/** The limit at tau; null outside the mask, where there is none. */
export function maskLimit(mask: MaskDefinition, tauS: number): number | null {
  if (tauS < mask.from_s) return null;
  const piece = mask.pieces.find(({ up_to_s }) => tauS <= up_to_s);
  return piece === undefined ? null : piece.limit_ns + (piece.per_s_ns ?? 0) * tauS;
}
