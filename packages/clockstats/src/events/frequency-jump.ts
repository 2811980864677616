/**
 * Frequency jumps: the rate of a clock against CLOCK_MONOTONIC_RAW changes at once, as after a migration to another host.
 *
 * At every quarter of the span the straight lines through the samples of one span before and one span after are compared. A jump is a
 * difference of slopes above max(floor, 6 standard errors, 6 * MAD / 0.6745 of the last 64 differences), the largest of its neighbourhood,
 * that the lines one and two spans further out agree with, where there are any: a slew is over by then. Its time is where the two lines meet. Lines never cross a known
 * step, which would look like two jumps.
 */
import { estimateFrequency, type FrequencyEstimate } from '../frequency.ts';
import type { TimedValues } from '../grid.ts';
import { presentSamples } from '../ordered-samples.ts';
import { SlidingMedian } from '../sliding-median.ts';
import type { DetectedEvent } from './detected-event.ts';

export interface FrequencyJumpOptions {
  /** Length of the lines: 60 s. A jump is seen when the rates last three times that long, or to the end of the samples. */
  readonly spanNs?: number;
  /** Smaller jumps are not reported: 10 ppb. */
  readonly floorPpb?: number;
  /** Times of known steps: the first sample after each. */
  readonly stepsAtNs?: readonly number[];
}

/** `uncertainty`: three standard errors, or three times what differences usually are. */
export interface FrequencyJumpEvent extends DetectedEvent {
  readonly kind: 'frequency_jump';
  readonly beforePpb: number;
  readonly afterPpb: number;
}

const SIGMAS = 6;
const HISTORY = 64;
const BOUNDARIES_PER_SPAN = 4;
const LEAST_SAMPLES = 8;

interface Candidate {
  readonly event: FrequencyJumpEvent;
  readonly boundaryNs: number;
  readonly isJump: boolean;
}

/** `values`: clock - CLOCK_MONOTONIC_RAW in ns of one boot, in ascending time; NaN = missing. O(N): each sample is in eight lines. */
export function detectFrequencyJumps(samples: TimedValues, options: FrequencyJumpOptions = {}): FrequencyJumpEvent[] {
  const { spanNs = 60e9, floorPpb = 10, stepsAtNs = [] } = options;
  const present = presentSamples(samples);
  const history = new SlidingMedian(HISTORY);
  const events: FrequencyJumpEvent[] = [];
  const question = { spanNs, floorPpb, stepsAtNs, history };
  let best: Candidate | null = null;
  for (const boundaryNs of boundaries(present.timeNs, spanNs, stepsAtNs)) {
    const candidate = compare(present, { ...question, boundaryNs });
    const isJump = candidate?.isJump === true;
    if (best !== null && (!isJump || boundaryNs - best.boundaryNs > spanNs)) {
      events.push(refined(present, best, question));
      best = null;
    }
    if (isJump) best = largerOf(best, candidate);
    else if (candidate !== null) history.push(candidate.event.size);
  }
  if (best !== null) events.push(refined(present, best, question));
  return events;
}

/** Once more with the boundary where the lines met, so that no line holds samples of the other side. */
function refined(samples: TimedValues, best: Candidate, question: Omit<Question, 'boundaryNs'>): FrequencyJumpEvent {
  const boundaryNs = (best.event.timeNs + best.event.afterNs) / 2;
  const closer = compare(samples, { ...question, boundaryNs });
  return closer?.isJump === true ? closer.event : best.event;
}

function largerOf(a: Candidate | null, b: Candidate): Candidate {
  return a === null || Math.abs(b.event.size) > Math.abs(a.event.size) ? b : a;
}

/** Ascending: every quarter of a span, and each step itself, where a jump may hide that other boundaries cannot see. */
function boundaries(timeNs: Float64Array, spanNs: number, stepsAtNs: readonly number[]): number[] {
  const first = timeNs[0] ?? 0;
  const last = timeNs.at(-1) ?? 0;
  const hop = spanNs / BOUNDARIES_PER_SPAN;
  const regular = Array.from(
    { length: Math.max(0, Math.floor((last - first) / hop)) },
    (_, i) => first + (i + 1) * hop,
  );
  return [...regular, ...stepsAtNs.filter((at) => at > first && at < last)].sort((a, b) => a - b);
}

interface Question {
  readonly boundaryNs: number;
  readonly spanNs: number;
  readonly floorPpb: number;
  readonly stepsAtNs: readonly number[];
  readonly history: SlidingMedian;
}

/** The two lines at a boundary; null when one of them has too few samples or covers less than half of its span. */
function compare(samples: TimedValues, question: Question): Candidate | null {
  const { boundaryNs, spanNs, stepsAtNs } = question;
  const stepBefore = stepsAtNs.findLast((at) => at < boundaryNs) ?? Number.NEGATIVE_INFINITY;
  const stepAfter = stepsAtNs.find((at) => at > boundaryNs) ?? Number.POSITIVE_INFINITY;
  const before = lineThrough(samples, Math.max(boundaryNs - spanNs, stepBefore), boundaryNs);
  const after = lineThrough(samples, boundaryNs, Math.min(boundaryNs + spanNs, stepAfter));
  if (before === null || after === null) return null;
  if (Math.min(before.spanNs, after.spanNs) < spanNs / 2) return null;
  const size = after.frequencyPpb - before.frequencyPpb;
  const error = Math.hypot(before.standardErrorPpb ?? 0, after.standardErrorPpb ?? 0);
  const usual = question.history.medianAbsoluteDeviation() / 0.6745;
  const deviation = Math.max(error, Number.isNaN(usual) ? 0 : usual);
  const isLarge = Math.abs(size) > Math.max(question.floorPpb, SIGMAS * deviation);
  const isJump = isLarge && isLasting(samples, question, { before, after });
  const place = whereLinesMeet(before, after, question);
  const rates = { beforePpb: before.frequencyPpb, afterPpb: after.frequencyPpb };
  return {
    event: { kind: 'frequency_jump', ...place, size, uncertainty: 3 * deviation, ...rates },
    boundaryNs,
    isJump,
  };
}

/** The rates one and two spans further out are nearer to those beside the boundary than half of the jump. Over a step nobody knows. */
function isLasting(
  samples: TimedValues,
  question: Question,
  { before, after }: { before: Line; after: Line },
): boolean {
  const { boundaryNs, spanNs, stepsAtNs } = question;
  const half = Math.abs(after.frequencyPpb - before.frequencyPpb) / 2;
  const agrees = (line: Line, fromNs: number) => {
    if (stepsAtNs.some((at) => at > fromNs && at < fromNs + spanNs)) return true;
    const further = lineThrough(samples, fromNs, fromNs + spanNs);
    if (further === null || further.spanNs < spanNs / 2) return true;
    return Math.abs(further.frequencyPpb - line.frequencyPpb) < half;
  };
  return [1, 2].every(
    (spans) => agrees(before, boundaryNs - (spans + 1) * spanNs) && agrees(after, boundaryNs + spans * spanNs),
  );
}

interface Line extends FrequencyEstimate {
  readonly meanTime: number;
  readonly meanValue: number;
}

function lineThrough({ timeNs, values }: TimedValues, fromNs: number, toNs: number): Line | null {
  const from = firstAtOrAfter(timeNs, fromNs);
  const to = firstAtOrAfter(timeNs, toNs);
  if (to - from < LEAST_SAMPLES) return null;
  const stretch = { timeNs: timeNs.subarray(from, to), values: values.subarray(from, to) };
  const estimate = estimateFrequency([stretch]);
  if (estimate === null) return null;
  return { ...estimate, meanTime: meanOf(stretch.timeNs), meanValue: meanOf(stretch.values) };
}

/** The time of the jump, give or take three standard errors of the lines at their ends; the boundary when they meet nowhere near it. */
function whereLinesMeet(
  before: Line,
  after: Line,
  { boundaryNs, spanNs }: Question,
): { timeNs: number; afterNs: number } {
  const slopeBefore = before.frequencyPpb / 1e9;
  const slopeAfter = after.frequencyPpb / 1e9;
  const distance = after.meanValue - before.meanValue + slopeBefore * before.meanTime - slopeAfter * after.meanTime;
  const meeting = distance / (slopeBefore - slopeAfter);
  const isNear = Math.abs(meeting - boundaryNs) <= spanNs / 2;
  const errors = before.residualRmsNs / Math.sqrt(before.count) + after.residualRmsNs / Math.sqrt(after.count);
  const spacing = before.spanNs / (before.count - 1);
  const margin = isNear ? (6 * errors) / Math.abs(slopeAfter - slopeBefore) + spacing : spanNs / 2;
  const at = isNear ? meeting : boundaryNs;
  return { timeNs: at + margin, afterNs: at - margin };
}

function meanOf(values: Float64Array): number {
  const origin = values[0] ?? 0;
  let sum = 0;
  for (const value of values) sum += value - origin;
  return origin + sum / values.length;
}

function firstAtOrAfter(timeNs: Float64Array, time: number): number {
  let low = 0;
  let high = timeNs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timeNs[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
