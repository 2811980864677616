/** Steps, stalls, outliers and rate jumps of an instance's clocks as events, told apart by the three clocks that each PHC sample compares. */
import {
  detectFrequencyJumps,
  detectJumps,
  detectStalls,
  type OutlierEvent,
  type StallEvent,
  type StepEvent,
} from '@ptp-tester/clockstats';
import type { EventKind, JsonValue } from '@ptp-tester/measurement';
import type { DerivedEvent } from './derive-events.ts';
import { firstRowFrom, type KeptSegment, type KeptSeries, keptColumn } from './kept-columns.ts';

/** Everything that happened to the clocks. Only the largest outliers are events; all are counted. */
export interface ClockEvents {
  readonly events: readonly DerivedEvent[];
  readonly outliers: number;
}

/** Below this nothing is called a step: chronyd corrects by slewing all the time. */
const STEP_FLOOR_NS = 1000;
/** chronyd steers the rate by less than that all the time. */
const RATE_FLOOR_PPB = 500;
/** Two events of the same clock this close together are one, seen by two streams. */
const SAME_NS = 3_000_000_000;
/** Faster than this a clock is not slewed: chronyd's maxslewrate is 83 333 ppm by default. */
const FASTEST_SLEW = 0.1;
const MOST_OUTLIER_EVENTS = 50;
const LEAP_NS = 1_000_000_000;
const LEAP_TOLERANCE_NS = 10_000_000;
const NS_PER_DAY = 86_400_000_000_000n;

export interface ClockSeries {
  readonly phc: KeptSeries | undefined;
  readonly raw: KeptSeries | undefined;
}

/** `instanceId` names the instance in the events. */
export function findClockEvents(instanceId: string, { phc, raw }: ClockSeries): ClockEvents {
  const fromPhc = (phc?.segments ?? []).map((segment) => phcEvents(instanceId, segment));
  const phcFound = fromPhc.flatMap(({ events }) => events);
  const fromRaw = (raw?.segments ?? []).flatMap((segment) => rawEvents(instanceId, segment));
  const isKnown = (event: DerivedEvent) =>
    phcFound.some((other) => other.event === event.event && isSameTime(other.at, event.at));
  const outliers = fromPhc.flatMap((found) => found.outliers);
  const largest = outliers
    .toSorted((a, b) => Math.abs(b.outlier.size) - Math.abs(a.outlier.size))
    .slice(0, MOST_OUTLIER_EVENTS);
  return {
    events: [
      ...phcFound,
      ...fromRaw.filter((event) => !isKnown(event)),
      ...largest.map(({ segment, outlier }) => outlierEvent(instanceId, segment, outlier)),
    ],
    outliers: outliers.reduce((sum, { outlier }) => sum + outlier.samples, 0),
  };
}

function isSameTime(a: bigint, b: bigint): boolean {
  return (a < b ? b - a : a - b) < BigInt(SAME_NS);
}

interface PhcFound {
  readonly events: readonly DerivedEvent[];
  readonly outliers: readonly { readonly segment: KeptSegment; readonly outlier: OutlierEvent }[];
}

function phcEvents(instanceId: string, segment: KeptSegment): PhcFound {
  const { stalls, steps, outliers } = phcJumps(segment);
  return {
    events: [
      ...stalls.map((stall) => stallEvent(instanceId, segment, stall)),
      ...steps.flatMap((seen) => stepEvents(instanceId, segment, seen)),
    ],
    outliers: outliers.map((outlier) => ({ segment, outlier })),
  };
}

function phcJumps(segment: KeptSegment) {
  const { timeNs } = segment;
  const offsets = keptColumn(segment, 'offset_ns');
  const phcMinusRaw = keptColumn(segment, 'phc_minus_raw_ns');
  const stalls = detectStalls({ timeNs, values: phcMinusRaw });
  const values = stalls.length === 0 ? offsets : withoutStalls(offsets, stalls);
  const bracketNs = keptColumn(segment, 'read_delay_ns');
  const found = detectJumps({ timeNs, values, bracketNs }, { floorNs: STEP_FLOOR_NS });
  const rawRate = (rowBefore: number, row: number) => usualRate(segment, phcMinusRaw, { rowBefore, row });
  const steps = found.steps.map((step): SeenStep => {
    const phcJump = (phcMinusRaw[step.row] ?? 0) - (phcMinusRaw[step.rowBefore] ?? 0);
    return { step, ...attributed(step, phcJump - rawRate(step.rowBefore, step.row)) };
  });
  return { stalls, steps, outliers: found.outliers };
}

/** A step with its place in the boot. */
export interface PlacedStep {
  /** Of the last sample before it, from the segments' origins, ns. */
  readonly afterNs: number;
  readonly event: DerivedEvent;
}

/** Steps of a stretch of one boot alone; both segments count their time from the same origin. */
export function findSteps(
  instanceId: string,
  { phc, raw }: { readonly phc: KeptSegment | null; readonly raw: KeptSegment | null },
): PlacedStep[] {
  const placed = (segment: KeptSegment, seen: readonly SeenStep[]) =>
    seen.flatMap((one) => stepEvents(instanceId, segment, one).map((event) => ({ afterNs: one.step.afterNs, event })));
  const fromPhc = phc === null ? [] : placed(phc, phcJumps(phc).steps);
  const fromRaw = raw === null ? [] : placed(raw, rawSteps(raw));
  const isKnown = ({ event }: PlacedStep) =>
    fromPhc.some((other) => other.event.event === event.event && isSameTime(other.event.at, event.at));
  return [...fromPhc, ...fromRaw.filter((step) => !isKnown(step))];
}

/** What PHC - raw gains in this time by the difference of rates alone: from a few samples before the step. */
function usualRate(segment: KeptSegment, values: Float64Array, at: { rowBefore: number; row: number }): number {
  const from = Math.max(0, at.rowBefore - 20);
  const spanNs = (segment.timeNs[at.rowBefore] ?? 0) - (segment.timeNs[from] ?? 0);
  if (spanNs <= 0) return 0;
  const passedNs = (segment.timeNs[at.row] ?? 0) - (segment.timeNs[at.rowBefore] ?? 0);
  return (((values[at.rowBefore] ?? 0) - (values[from] ?? 0)) / spanNs) * passedNs;
}

interface Attribution {
  readonly event: Extract<EventKind, 'system_clock_stepped' | 'phc_stepped' | 'offset_stepped'>;
  readonly sizeNs: number;
}

/** Offset = system - PHC: whichever of the two jumped against the raw clock is the one that stepped. */
function attributed({ size: sizeNs }: StepEvent, phcNs: number): Attribution {
  const systemNs = sizeNs + phcNs;
  const half = Math.abs(sizeNs) / 2;
  if (Math.abs(phcNs) < half) return { event: 'system_clock_stepped', sizeNs };
  if (Math.abs(systemNs) < half) return { event: 'phc_stepped', sizeNs: -sizeNs };
  return { event: 'offset_stepped', sizeNs };
}

function withoutStalls(offsets: Float64Array, stalls: readonly StallEvent[]): Float64Array {
  const kept = offsets.slice();
  for (const { row, endRow } of stalls) kept.fill(Number.NaN, row, endRow + 1);
  return kept;
}

function rawSteps(segment: KeptSegment): SeenStep[] {
  const samples = { timeNs: segment.timeNs, values: keptColumn(segment, 'offset_ns') };
  const { steps } = detectJumps(
    { ...samples, bracketNs: keptColumn(segment, 'bracket_ns') },
    { floorNs: STEP_FLOOR_NS },
  );
  return steps.map((step) => ({ step, event: 'system_clock_stepped', sizeNs: step.size }));
}

function rawEvents(instanceId: string, segment: KeptSegment): DerivedEvent[] {
  const samples = { timeNs: segment.timeNs, values: keptColumn(segment, 'offset_ns') };
  const steps = rawSteps(segment);
  const rates = detectFrequencyJumps(samples, {
    floorPpb: RATE_FLOOR_PPB,
    stepsAtNs: steps.map(({ step }) => step.timeNs),
  });
  return [
    ...steps.flatMap((step) => stepEvents(instanceId, segment, step)),
    ...rates.map(({ afterNs, timeNs, size, uncertainty }) =>
      derived(
        { instanceId, event: 'frequency_jumped', at: segment.atOf(middleRow(segment, afterNs, timeNs)) },
        {
          size_ppb: rounded(size, 0.1),
          uncertainty_ppb: rounded(uncertainty, 0.1),
          of: 'system clock against the raw clock',
        },
      ),
    ),
  ];
}

/** The row nearest after the middle of two times. */
function middleRow({ timeNs }: KeptSegment, fromNs: number, toNs: number): number {
  return Math.min(timeNs.length - 1, firstRowFrom(timeNs, (fromNs + toNs) / 2));
}

interface SeenStep extends Attribution {
  readonly step: StepEvent;
}

function stepEvents(instanceId: string, segment: KeptSegment, seen: SeenStep): DerivedEvent[] {
  const { step, event, sizeNs } = seen;
  const at = segment.atOf(step.rowBefore);
  const passedNs = (segment.timeNs[step.row] ?? 0) - (segment.timeNs[step.rowBefore] ?? 0);
  const isLeap = event === 'system_clock_stepped' && isLeapSecond(at, sizeNs);
  const detail = {
    size_ns: Math.round(sizeNs),
    uncertainty_ns: Math.ceil(step.uncertainty),
    within_ns: Math.round(passedNs),
  };
  const events = [derived({ instanceId, event: isLeap ? 'leap_second_seen' : event, at }, detail)];
  if (event === 'system_clock_stepped' && sizeNs < -FASTEST_SLEW * passedNs) {
    events.push(derived({ instanceId, event: 'time_went_backwards', at }, detail));
  }
  return events;
}

/** A second, at midnight UTC: the kernel inserts (the clock steps back) or deletes it there. */
function isLeapSecond(at: bigint, sizeNs: number): boolean {
  if (Math.abs(Math.abs(sizeNs) - LEAP_NS) > LEAP_TOLERANCE_NS) return false;
  const sinceMidnight = at % NS_PER_DAY;
  const fromMidnight = sinceMidnight < NS_PER_DAY / 2n ? sinceMidnight : NS_PER_DAY - sinceMidnight;
  return fromMidnight < BigInt(SAME_NS);
}

function stallEvent(instanceId: string, segment: KeptSegment, stall: StallEvent): DerivedEvent {
  const intervalNs = segment.intervalNsAt(stall.endRow);
  return derived(
    { instanceId, event: 'phc_stalled', at: segment.atOf(stall.rowBefore) },
    { length_ns: Math.round(stall.durationNs), uncertainty_ns: Math.round(2 * intervalNs) },
  );
}

function outlierEvent(instanceId: string, segment: KeptSegment, outlier: OutlierEvent): DerivedEvent {
  return derived(
    { instanceId, event: 'offset_outlier', at: segment.atOf(outlier.row) },
    { size_ns: Math.round(outlier.size), samples: outlier.samples, wide_bracket: outlier.wideBracket },
  );
}

function derived(
  what: Pick<DerivedEvent, 'instanceId' | 'event' | 'at'>,
  detail: { readonly [key: string]: JsonValue },
): DerivedEvent {
  return { ...what, detail };
}

function rounded(value: number, step: number): number {
  return Math.round(value / step) * step;
}
