/** Measures of what happened: time to lock, steps, and whether the NTP witness agrees within both bounds. */
import type { EventKind } from '@ptp-tester/measurement';
import type { DerivedEvent } from './derive-events.ts';
import {
  type Found,
  isNoEvidence,
  type JudgedBooks,
  type JudgedData,
  type JudgedRows,
  judgedRows,
  keptOf,
  notApplicable,
  notEnough,
  placeAt,
  shareInterval,
  streamProblem,
} from './judged-data.ts';
import { type KeptSegment, type KeptSeries, keptColumn } from './kept-columns.ts';
import { type Named, nameOf } from './measure-column.ts';

/** What counts as a step. */
export const STEPS: ReadonlySet<EventKind> = new Set(['system_clock_stepped', 'phc_stepped', 'offset_stepped']);

export function measureTimeToLock(data: JudgedBooks): Found[] {
  const problem = streamProblem(data, 'phc');
  if (problem !== null) return [problem];
  const { state, seconds, lockedAt, rule } = data.transient;
  if (state === 'too_short' || seconds === null) return [notEnough(`not locked within ${tidy(seconds)} s: ${rule}`)];
  const isLate = state === 'late';
  const verb = lockedAt === null ? `not locked (${rule}) after` : 'the start-up transient lasted';
  return [
    {
      value: seconds,
      unit: 's',
      key: '',
      samples: 1,
      place: lockedAt === null ? null : placeAt(lockedAt.at),
      confidence: null,
      text: `${verb}`,
      ...(isLate && lockedAt === null ? { alsoWrong: 'it never locked' } : {}),
    },
  ];
}

/** Steps of whichever clock after the start-up transient. Leap seconds are none. */
export function measureSteps(data: JudgedBooks): Found[] {
  const wanted = (['phc', 'raw'] as const).filter((stream) => data.planned.has(stream));
  const problems = wanted.map((stream) => streamProblem(data, stream)).filter((problem) => problem !== null);
  if (wanted.length === 0) return [notApplicable('the plan measures neither the PHC nor the raw clock')];
  if (problems.length === wanted.length) return problems.slice(0, 1);
  const { judgedFrom, state } = data.transient;
  if (judgedFrom === null && data.planned.has('phc') && state === 'too_short') {
    return [notEnough('the start-up transient had not ended')];
  }
  const steps = data.clockEvents.filter(
    ({ event, at }) => STEPS.has(event) && (judgedFrom === null || at >= judgedFrom.at),
  );
  const largest = steps.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0];
  const named = largest === undefined ? '' : ` (the largest ${largest.detail['size_ns']} ns, ${largest.event})`;
  const samples = data.series
    .filter(({ stream }) => stream === 'phc' || stream === 'raw')
    .reduce((sum, { account }) => sum + account.stored, 0);
  return [
    {
      value: steps.length,
      unit: 'count',
      key: '',
      samples,
      place: largest === undefined ? null : placeAt(largest.at),
      confidence: null,
      text: `steps after the start-up transient${named}:`,
    },
  ];
}

function sizeOf({ detail }: DerivedEvent): number {
  return Math.abs(Number(detail['size_ns'] ?? 0));
}

/** The code of chrony's mode `client`. */
export const CLIENT = 0;

/** The NTP source is outside when |its offset| is more than its own margin plus the clock error bound at that time. */
export function measureWitness(data: JudgedData): Found[] {
  const problem = streamProblem(data, 'chrony_source') ?? streamProblem(data, 'chrony');
  if (problem !== null) return [problem];
  const [tracking] = keptOf(data, 'chrony');
  const witnesses = keptOf(data, 'chrony_source').filter(isWitness);
  if (tracking === undefined || witnesses.length === 0) return [notEnough('chrony_source: no NTP source answered')];
  return witnesses.map((series) => {
    const rows = judgedRows(data, series, 'offset_ns');
    return isNoEvidence(rows) ? rows : compareWitness(series, rows, tracking);
  });
}

function isWitness({ segments }: KeptSeries): boolean {
  return segments.some(
    (segment) =>
      keptColumn(segment, 'mode').includes(CLIENT) && keptColumn(segment, 'reach').some((reach) => reach > 0),
  );
}

function compareWitness(series: KeptSeries, rows: readonly JudgedRows[], tracking: KeptSeries): Found {
  const excesses = rows.flatMap((part) => witnessExcesses(part, tracking));
  const samples = excesses.length;
  const outside = excesses.filter(({ excessNs }) => excessNs > 0);
  const worst = outside.toSorted((a, b) => b.excessNs - a.excessNs)[0];
  const worstAt = worst === undefined ? null : worst.segment.atOf(worst.row);
  return foundWitness(series.id, { samples, bad: outside.length, worstNs: worst?.excessNs ?? 0, worstAt });
}

/** How many samples of an NTP source lie outside both bounds. */
export interface WitnessTally {
  readonly samples: number;
  readonly bad: number;
  /** By how much the worst does, and when; null without any. */
  readonly worstNs: number;
  readonly worstAt: bigint | null;
}

export function foundWitness(id: Named, { samples, bad, worstNs, worstAt }: WitnessTally): Found {
  if (samples === 0) return notEnough(`${nameOf(id)}: no sample with a clock error bound beside it`);
  const excessText = worstAt === null ? '' : ` (by up to ${Math.round(worstNs)} ns)`;
  return {
    value: bad / samples,
    unit: 'share',
    key: id.key,
    samples,
    bad,
    place: worstAt === null ? null : placeAt(worstAt),
    confidence: shareInterval(bad, samples),
    text: `${nameOf(id)}: ${bad} of ${samples} samples are outside the sum of both bounds${excessText},`,
  };
}

/** By how much each sample lies outside both bounds; negative = inside. Samples without a reached source or a bound are left out. */
function witnessExcesses({ segment, firstRow, values }: JudgedRows, tracking: KeptSeries) {
  const bounds = new BoundCursor(tracking, segment);
  const reaches = keptColumn(segment, 'reach');
  const errors = keptColumn(segment, 'error_ns');
  return Array.from(values, (value, index) => {
    const row = firstRow + index;
    return { segment, row, excessNs: Math.abs(value) - (errors[row] ?? 0) - bounds.at(row) };
  }).filter(({ row, excessNs }) => (reaches[row] ?? 0) > 0 && Number.isFinite(excessNs));
}

/** The clock error bound that chronyd gave last at the time of a row; rows ascend. */
class BoundCursor {
  readonly #tracking: KeptSegment | undefined;
  readonly #segment: KeptSegment;
  readonly #shiftNs: number;
  #row = 0;

  constructor(tracking: KeptSeries, segment: KeptSegment) {
    this.#tracking = tracking.segments.find(({ boot }) => boot === segment.boot);
    this.#segment = segment;
    this.#shiftNs = Number(segment.originMonoRawNs - (this.#tracking?.originMonoRawNs ?? 0n));
  }

  at(row: number): number {
    const tracking = this.#tracking;
    if (tracking === undefined) return Number.NaN;
    const time = (this.#segment.timeNs[row] ?? 0) + this.#shiftNs;
    while ((tracking.timeNs[this.#row + 1] ?? Number.POSITIVE_INFINITY) <= time) this.#row += 1;
    const isBefore =
      (tracking.timeNs[this.#row] ?? Number.POSITIVE_INFINITY) <= time + tracking.intervalNsAt(this.#row);
    return isBefore ? (keptColumn(tracking, 'clock_error_bound_ns')[this.#row] ?? Number.NaN) : Number.NaN;
  }
}

function tidy(value: number | null): string {
  return value === null ? '0' : String(Math.round(value * 10) / 10);
}
