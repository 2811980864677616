/** When chronyd lost and regained the PHC, and how far the system clock went meanwhile: holdover. */
import { measureHoldover } from '@ptp-tester/clockstats';
import { NS_PER_S } from '@ptp-tester/measurement';
import type { DerivedEvent } from './derive-events.ts';
import { firstRowFrom, type KeptSeries, keptColumn } from './kept-columns.ts';
import type { PhcSelection, SelectionStretch } from './phc-selection.ts';

/** One stretch without the PHC as chronyd's reference. */
export interface Holdover {
  readonly fromAt: bigint;
  readonly toAt: bigint;
  readonly seconds: number;
  /** Null when it lasted until the end. */
  readonly regained: boolean;
  /** system - PHC at the beginning and at the end; null without a sample there. */
  readonly startOffsetNs: number | null;
  readonly endOffsetNs: number | null;
  /** Largest distance from the offset at the beginning. */
  readonly maxDepartureNs: number | null;
  readonly ratePpb: number | null;
  readonly rateErrorPpb: number | null;
}

export interface ReferenceHistory {
  readonly events: readonly DerivedEvent[];
  readonly holdovers: readonly Holdover[];
}

/** Only after the PHC was selected for the first time can it be lost. */
export function findReferenceEvents(
  instanceId: string,
  selection: PhcSelection,
  phc: KeptSeries | undefined,
): ReferenceHistory {
  const events: DerivedEvent[] = [];
  const holdovers: Holdover[] = [];
  const firstSelected = selection.stretches.findIndex(({ selected }) => selected);
  if (firstSelected < 0) return { events, holdovers };
  for (const [index, stretch] of selection.stretches.entries()) {
    if (index < firstSelected || stretch.selected) continue;
    const next = selection.stretches[index + 1];
    const regained = next?.selected === true;
    const holdover = holdoverOf({ stretch, next, regained }, phc);
    holdovers.push(holdover);
    events.push({ instanceId, event: 'reference_lost', at: stretch.fromAt, detail: {} });
    if (!regained) continue;
    const detail = {
      length_s: holdover.seconds,
      departure_ns: holdover.maxDepartureNs === null ? null : Math.round(holdover.maxDepartureNs),
      rate_ppb: holdover.ratePpb === null ? null : Math.round(holdover.ratePpb * 10) / 10,
    };
    events.push({ instanceId, event: 'reference_regained', at: next.fromAt, detail });
  }
  return { events, holdovers };
}

interface Lost {
  readonly stretch: SelectionStretch;
  readonly next: SelectionStretch | undefined;
  readonly regained: boolean;
}

function holdoverOf({ stretch, next, regained }: Lost, phc: KeptSeries | undefined): Holdover {
  const toMono = regained && next?.boot === stretch.boot ? next.fromMonoRawNs : stretch.toMonoRawNs;
  const toAt = regained && next !== undefined ? next.fromAt : stretch.toAt;
  const seconds = Number(toMono - stretch.fromMonoRawNs) / NS_PER_S;
  const where = { fromAt: stretch.fromAt, toAt, seconds, regained };
  const segment = phc?.segments.find(({ boot }) => boot === stretch.boot);
  if (segment === undefined) return { ...where, ...NO_OFFSETS };
  const fromNs = Number(stretch.fromMonoRawNs - segment.originMonoRawNs);
  // Between chronyd's last word without the PHC and its first with it nobody knows which it followed.
  const toNs = Number(stretch.toMonoRawNs - segment.originMonoRawNs);
  const from = firstRowFrom(segment.timeNs, fromNs);
  const to = firstRowFrom(segment.timeNs, toNs + 1);
  const timeNs = segment.timeNs.subarray(from, to);
  const holdover = measureHoldover({ timeNs, values: keptColumn(segment, 'offset_ns').subarray(from, to) });
  if (holdover === null) return { ...where, ...NO_OFFSETS };
  return {
    ...where,
    startOffsetNs: holdover.start,
    endOffsetNs: holdover.end,
    maxDepartureNs: holdover.largest,
    ratePpb: holdover.slope.frequencyPpb,
    rateErrorPpb: holdover.slope.standardErrorPpb,
  };
}

const NO_OFFSETS = {
  startOffsetNs: null,
  endOffsetNs: null,
  maxDepartureNs: null,
  ratePpb: null,
  rateErrorPpb: null,
} as const;
