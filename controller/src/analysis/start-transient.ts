/**
 * When the start-up transient ended. Rule: the PHC is selected and |offset| stays below the lock rule's limit for its length (1 us, 60 s),
 * at least 10 samples long as linuxptp's SERVO_LOCKED_STABLE; in a short run a tenth of the soak is enough. The transient ends where that
 * stretch begins. Later than `withinS` (15 min) is a failure; then the limits apply from there on.
 */
import { timeToLock } from '@ptp-tester/clockstats';
import { NS_PER_S } from '@ptp-tester/measurement';
import type { ResolvedLockRule } from '../config/resolve-criteria.ts';
import { firstRowFrom, type KeptSegment, type KeptSeries, keptColumn } from './kept-columns.ts';
import type { PhcSelection } from './phc-selection.ts';

/**
 * - `locked`: the rule was met
 * - `late`: it was met or not, but not in time
 * - `too_short`: the measurement ended before the rule could be met or broken
 * - `no_data`: there is no PHC sample
 */
export type TransientState = 'locked' | 'late' | 'too_short' | 'no_data';

/** A place in one boot. */
export interface BootTime {
  readonly boot: string;
  readonly monoRawNs: bigint;
  readonly at: bigint;
}

export interface StartTransient {
  readonly state: TransientState;
  /** Where the first stretch that meets the rule begins; null when none does. */
  readonly lockedAt: BootTime | null;
  /** From the first PHC sample to there, s; where there is no lock, how long was waited. Null without data. */
  readonly seconds: number | null;
  /** From the boot of the machine to the lock, s. */
  readonly secondsFromBoot: number | null;
  /** The limits apply from here on; null when they apply nowhere. */
  readonly judgedFrom: BootTime | null;
  /** The rule as it was applied, for people. */
  readonly rule: string;
}

export interface TransientInput {
  readonly phc: KeptSeries | undefined;
  /** Null: chronyd is not asked, because the PHC is simulated or chrony is not measured. */
  readonly selection: PhcSelection | null;
  readonly rule: ResolvedLockRule;
  readonly plannedSoakNs: number;
}

const LEAST_SAMPLES = 10;
const SHORT_SHARE = 0.1;

/** How the lock rule applies to a run. */
export interface Hold {
  readonly forNs: number;
  readonly offsetNs: number;
  readonly withinS: number;
}

export function holdOf({ forS, offsetNs, withinS }: ResolvedLockRule, plannedSoakNs: number): Hold {
  return { forNs: Math.min(forS * NS_PER_S, plannedSoakNs * SHORT_SHARE), offsetNs, withinS };
}

/** What the rule asks of each sample; `intervalNs` is that of the boot's first samples. */
export function holdRule(hold: Hold, intervalNs: number) {
  // Nobody knows what happened in a hole as long as half of the rule.
  const longestGapNs = Math.max(hold.forNs / 2, 3 * intervalNs);
  return { limit: hold.offsetNs, holdNs: hold.forNs, leastSamples: LEAST_SAMPLES, longestGapNs };
}

export function findStartTransient({ phc, selection, rule, plannedSoakNs }: TransientInput): StartTransient {
  const hold = holdOf(rule, plannedSoakNs);
  const text = ruleText(hold, selection !== null);
  const segments = (phc?.segments ?? []).filter(({ timeNs }) => timeNs.length > 0);
  const [first] = segments;
  const last = segments.at(-1);
  if (first === undefined || last === undefined) return noTransient(text);
  const began = placeOf(first, 0);
  const lockedAt = firstHold(segments, hold, selection);
  const ended = placeOf(last, last.timeNs.length - 1);
  const afterWithin = () => firstAfter(segments, began, hold.withinS);
  return judgedTransient({ began, ended, lockedAt, afterWithin }, hold, text);
}

/** Without a PHC sample. */
export function noTransient(rule: string): StartTransient {
  return { state: 'no_data', lockedAt: null, seconds: null, secondsFromBoot: null, judgedFrom: null, rule };
}

/** First and last PHC sample, and where the rule was met. */
export interface TransientPlaces {
  readonly began: BootTime;
  readonly ended: BootTime;
  readonly lockedAt: BootTime | null;
  /** The first sample at or after the time that the rule allows. */
  afterWithin(): BootTime | null;
}

export function judgedTransient(places: TransientPlaces, { withinS }: Hold, rule: string): StartTransient {
  const { began, ended, lockedAt } = places;
  const seconds = secondsBetween(began, lockedAt ?? ended);
  const secondsFromBoot = lockedAt === null ? null : Number(lockedAt.monoRawNs) / NS_PER_S;
  const known = { lockedAt, seconds, secondsFromBoot, rule };
  if (lockedAt !== null && seconds <= withinS) return { ...known, state: 'locked', judgedFrom: lockedAt };
  if (seconds > withinS) return { ...known, state: 'late', judgedFrom: places.afterWithin() };
  return { ...known, state: 'too_short', judgedFrom: null };
}

/** The beginning of the first stretch that holds long enough, boot by boot. */
function firstHold(segments: readonly KeptSegment[], hold: Hold, selection: PhcSelection | null): BootTime | null {
  for (const segment of segments) {
    const row = firstHoldRow(segment, hold, selection);
    if (row >= 0) return placeOf(segment, row);
  }
  return null;
}

function firstHoldRow(segment: KeptSegment, hold: Hold, selection: PhcSelection | null): number {
  const { boot, timeNs, originMonoRawNs } = segment;
  const isSelected = (row: number) => selection?.at(boot, originMonoRawNs + BigInt(timeNs[row] ?? 0)) === true;
  const lock = timeToLock(
    { timeNs, values: keptColumn(segment, 'offset_ns') },
    {
      ...holdRule(hold, segment.intervalNsAt(0)),
      ...(selection === null ? {} : { isEligible: isSelected }),
    },
  );
  return lock.state === 'locked' ? lock.row : -1;
}

function firstAfter(segments: readonly KeptSegment[], began: BootTime, withinS: number): BootTime | null {
  for (const segment of segments) {
    for (let row = 0; row < segment.timeNs.length; row += 1) {
      const place = placeOf(segment, row);
      if (secondsBetween(began, place) >= withinS) return place;
    }
  }
  return null;
}

function placeOf(segment: KeptSegment, row: number): BootTime {
  const monoRawNs = segment.originMonoRawNs + BigInt(segment.timeNs[row] ?? 0);
  return { boot: segment.boot, monoRawNs, at: segment.atOf(row) };
}

/** In monotonic time within a boot, else on the system clock. */
export function secondsBetween(from: BootTime, to: BootTime): number {
  return Number(from.boot === to.boot ? to.monoRawNs - from.monoRawNs : to.at - from.at) / NS_PER_S;
}

/** The rule for people. */
export function ruleText({ forNs, offsetNs, withinS }: Hold, asksChrony: boolean): string {
  const seconds = Math.round(forNs / 1e8) / 10;
  const selected = asksChrony ? 'the PHC is selected and ' : '';
  return `${selected}|system - PHC| < ${offsetNs} ns for ${seconds} s and ${LEAST_SAMPLES} samples, within ${withinS} s`;
}

/** Whether a sample counts for the limits. */
export function isJudged(segment: KeptSegment, from: BootTime): { readonly firstRow: number } {
  if (segment.boot === from.boot) {
    const fromNs = Number(from.monoRawNs - segment.originMonoRawNs);
    return { firstRow: firstRowFrom(segment.timeNs, fromNs) };
  }
  return { firstRow: segment.timeNs.length > 0 && segment.atOf(0) >= from.at ? 0 : segment.timeNs.length };
}
