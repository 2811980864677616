/**
 * Named telecom masks and the noise limits of G.8273.2. They are for clocks that are compared with UTC or a reference of their own; applied
 * to system clock - PHC they judge how well the servo follows, not traceability to UTC.
 *
 * Numbers as allantools and vse-sync-pp cite them from the Recommendations named in `source`, breakpoints inclusive as ITU writes them
 * (tau <= 273). MTIE has no last tau; TDEV ends where the tables end.
 */
import type { Mask, MaskPiece } from './mask.ts';

/** Every table begins at 0.1 s. */
const FIRST_TAU = 0.1;
const UNBOUNDED = Number.POSITIVE_INFINITY;

/** [up to tau, constant, slope] */
type Row = readonly [number, number, number];

function makeMask(name: string, source: string, rows: readonly Row[]): Mask {
  const metric = name.endsWith('mtie') ? 'mtie' : 'tdev';
  const pieces = rows.map(([to, constantNs, slopeNsPerS]): MaskPiece => ({ to, constantNs, slopeNsPerS }));
  return { name, metric, source, from: FIRST_TAU, pieces };
}

/** Noise generation of G.8273.2 below 0.1 Hz has the same limit at every tau. */
function makeFlatMask(name: string, limitNs: number, lastTau: number): Mask {
  return makeMask(name, 'ITU-T G.8273.2 noise generation, dTE_L', [[lastTau, limitNs, 0]]);
}

const PRTC_MTIE_SLOPE = 0.275;

export const MASKS = {
  'prtc-a-mtie': makeMask('prtc-a-mtie', 'ITU-T G.8272 (11/2018) table 1', [
    [273, 25, PRTC_MTIE_SLOPE],
    [UNBOUNDED, 100, 0],
  ]),
  'prtc-a-tdev': makeMask('prtc-a-tdev', 'ITU-T G.8272 (11/2018) table 3', [
    [100, 3, 0],
    [1000, 0, 0.03],
    [10_000, 30, 0],
  ]),
  'prtc-b-mtie': makeMask('prtc-b-mtie', 'ITU-T G.8272 (11/2018) table 2', [
    [54.5, 25, PRTC_MTIE_SLOPE],
    [UNBOUNDED, 40, 0],
  ]),
  'prtc-b-tdev': makeMask('prtc-b-tdev', 'ITU-T G.8272 (11/2018) table 4', [
    [100, 1, 0],
    [500, 0, 0.01],
    [100_000, 5, 0],
  ]),
  'eprtc-mtie': makeMask('eprtc-mtie', 'ITU-T G.8272.1 (2016) Amd. 1 table 1', [
    [1, 4, 0],
    [100, 3.89, 0.11114],
    [400_000, 15, 3.75e-5],
    [UNBOUNDED, 30, 0],
  ]),
  'eprtc-tdev': makeMask('eprtc-tdev', 'ITU-T G.8272.1 (2016) Amd. 1 table 2', [
    [30_000, 1, 0],
    [300_000, 0, 3.33333e-5],
    [1_000_000, 10, 0],
  ]),
  'prc-mtie': makeMask('prc-mtie', 'ITU-T G.811 (1997) Amd. 1', [
    [1000, 25, PRTC_MTIE_SLOPE],
    [UNBOUNDED, 290, 0.01],
  ]),
  'prc-tdev': makeMask('prc-tdev', 'ITU-T G.811 (1997) Amd. 1', [
    [100, 3, 0],
    [1000, 0, 0.03],
    [10_000, 30, 0],
  ]),
  'g8273.2-a-mtie': makeFlatMask('g8273.2-a-mtie', 40, 1000),
  'g8273.2-a-tdev': makeFlatMask('g8273.2-a-tdev', 4, 1000),
  'g8273.2-b-mtie': makeFlatMask('g8273.2-b-mtie', 40, 1000),
  'g8273.2-b-tdev': makeFlatMask('g8273.2-b-tdev', 4, 1000),
  'g8273.2-c-mtie': makeFlatMask('g8273.2-c-mtie', 10, 1000),
  'g8273.2-c-tdev': makeFlatMask('g8273.2-c-tdev', 2, 1000),
} as const satisfies Record<string, Mask>;

export type MaskName = keyof typeof MASKS;

/** Whether a text names a built-in mask. */
export function isMaskName(text: string): text is MaskName {
  return Object.hasOwn(MASKS, text);
}

/** Limits beside MTIE and TDEV that a class sets, ns; one that it does not set is absent. Measured over 1000 s at constant temperature. */
export interface ClockClass {
  /** max |TE|, unfiltered. */
  readonly maxAbsTe?: number;
  /** max |TE_L|, below 0.1 Hz. */
  readonly maxAbsTeLow?: number;
  /** |cTE|, mean over 1000 s. */
  readonly constantTe?: number;
  /** Peak-to-peak dTE_H, above 0.1 Hz. The summary that class C is taken from has none for it. */
  readonly highPeakToPeak?: number;
  readonly mtie?: MaskName;
  readonly tdev?: MaskName;
}

/** ITU-T G.8273.2 (10/2020, with Amd. 1 and 2) noise generation of a T-BC or T-TSC. */
export const G8273_2_CLASSES: Readonly<Record<'A' | 'B' | 'C' | 'D', ClockClass>> = {
  A: { maxAbsTe: 100, constantTe: 50, highPeakToPeak: 70, mtie: 'g8273.2-a-mtie', tdev: 'g8273.2-a-tdev' },
  B: { maxAbsTe: 70, constantTe: 20, highPeakToPeak: 70, mtie: 'g8273.2-b-mtie', tdev: 'g8273.2-b-tdev' },
  C: { maxAbsTe: 30, constantTe: 10, mtie: 'g8273.2-c-mtie', tdev: 'g8273.2-c-tdev' },
  D: { maxAbsTeLow: 5 },
};

/** Largest |TE| of the primary reference clocks, ns (G.8272, G.8272.1). */
export const MAX_TIME_ERROR_NS = { 'prtc-a': 100, 'prtc-b': 40, eprtc: 30 } as const;
