/** What happened in an imported series, by the same detectors as in a run: one offset, so which of its two clocks it was stays open. */
import { detectJumps } from '@ptp-tester/clockstats';

export interface ImportedEvent {
  readonly event: 'offset_stepped' | 'offset_outlier' | 'gap' | 'time_went_backwards';
  /** ns on the log's clock: the last sample before it. */
  readonly atNs: bigint;
  /** ns: of the jump, or the length of the gap. */
  readonly sizeNs: number;
  readonly uncertaintyNs: number | null;
  readonly explanation: string;
}

export interface ImportedStretch {
  readonly originNs: bigint;
  readonly timeNs: Float64Array;
  readonly values: Float64Array;
}

/** As for runs: below it nothing is called a step. */
const FLOOR_NS = 1000;
const GAP_INTERVALS = 2.5;

const EXPLANATIONS = {
  offset_stepped: 'The offset changed at once and stayed: one of the two clocks was set, or the reference changed.',
  offset_outlier: 'A single sample (or two or three) far from its neighbours: usually a slow reading; it is kept.',
  gap: 'Samples are missing: the program stood still, was stopped, or its log was cut.',
  time_went_backwards: "The log's own time went back: its clock was stepped, or the program was started again.",
} as const;

/** In the order of time within each stretch. */
export function importedEvents(stretches: readonly ImportedStretch[], intervalNs: number): ImportedEvent[] {
  return stretches.flatMap((stretch, index) => {
    const before = stretches[index - 1];
    const back = before === undefined ? [] : [wentBack(before, stretch)];
    return [...back, ...eventsOf(stretch, intervalNs).sort((a, b) => Number(a.atNs - b.atNs))];
  });
}

function wentBack(before: ImportedStretch, after: ImportedStretch): ImportedEvent {
  const atNs = before.originNs + BigInt(Math.round(before.timeNs.at(-1) ?? 0));
  return made('time_went_backwards', { atNs, sizeNs: Number(after.originNs - atNs), uncertaintyNs: null });
}

function eventsOf({ originNs, timeNs, values }: ImportedStretch, intervalNs: number): ImportedEvent[] {
  const at = (ns: number) => originNs + BigInt(Math.round(ns));
  const { steps, outliers } = detectJumps({ timeNs, values }, { floorNs: FLOOR_NS });
  const gaps: ImportedEvent[] = [];
  for (let row = 1; row < timeNs.length; row += 1) {
    const passed = (timeNs[row] as number) - (timeNs[row - 1] as number);
    if (intervalNs > 0 && passed > GAP_INTERVALS * intervalNs)
      gaps.push(made('gap', { atNs: at(timeNs[row - 1] as number), sizeNs: passed, uncertaintyNs: null }));
  }
  return [
    ...steps.map(({ afterNs, size, uncertainty }) =>
      made('offset_stepped', { atNs: at(afterNs), sizeNs: size, uncertaintyNs: uncertainty }),
    ),
    ...outliers.map(({ timeNs: when, size, uncertainty }) =>
      made('offset_outlier', { atNs: at(when), sizeNs: size, uncertaintyNs: uncertainty }),
    ),
    ...gaps,
  ];
}

function made(
  event: ImportedEvent['event'],
  what: Pick<ImportedEvent, 'atNs' | 'sizeNs' | 'uncertaintyNs'>,
): ImportedEvent {
  return { event, ...what, explanation: EXPLANATIONS[event] };
}
