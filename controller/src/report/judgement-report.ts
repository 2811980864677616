/** Judgement of the analysis in the names of the report (pure). */
import type { ConfidentPoint } from '@ptp-tester/clockstats';
import { formatInstant } from '@ptp-tester/measurement';
import type { Interval, Place } from '../analysis/judged-data.ts';
import type { JudgedCriterion } from '../analysis/quality.ts';
import type { Holdover } from '../analysis/reference-events.ts';
import type { StabilityFigures } from '../analysis/stability-figures.ts';
import type { StartTransient } from '../analysis/start-transient.ts';
import type { CriterionReport, HoldoverReport, StabilityReport, TransientReport } from './judgement-schema.ts';

export function criterionInReport({ kind, place, confidence, ...criterion }: JudgedCriterion): CriterionReport {
  return { ...criterion, measure: kind, place: placeInReport(place), confidence: intervalInReport(confidence) };
}

export function transientInReport(transient: StartTransient): TransientReport {
  const { state, rule, lockedAt, seconds, secondsFromBoot, judgedFrom } = transient;
  return {
    state,
    rule,
    locked_at: lockedAt === null ? null : formatInstant(lockedAt.at),
    seconds,
    seconds_from_boot: secondsFromBoot,
    judged_from: judgedFrom === null ? null : formatInstant(judgedFrom.at),
  };
}

export function holdoverInReport(holdover: Holdover): HoldoverReport {
  return {
    from_at: formatInstant(holdover.fromAt),
    to_at: formatInstant(holdover.toAt),
    seconds: holdover.seconds,
    regained: holdover.regained,
    start_offset_ns: holdover.startOffsetNs,
    end_offset_ns: holdover.endOffsetNs,
    max_departure_ns: holdover.maxDepartureNs,
    rate_ppb: holdover.ratePpb,
    rate_error_ppb: holdover.rateErrorPpb,
  };
}

export function stabilityInReport(figures: StabilityFigures): StabilityReport {
  const { stream, key, column, of, tau0, samples, missing, missingShare, problem } = figures;
  return {
    stream,
    key,
    column,
    of,
    tau0_s: tau0,
    samples,
    missing_ticks: missing,
    missing_share: missingShare,
    mtie_ns: figures.mtie.map(({ tau, value, terms, place }) => ({
      tau_s: tau,
      value,
      terms,
      place: { from_at: formatInstant(place.fromAt), to_at: formatInstant(place.toAt) },
    })),
    tdev_ns: figures.tdev.map(pointInReport),
    oadev_ppb: figures.oadev.map(pointInReport),
    problem,
    limits: figures.limits.map(({ curve, name, points }) => ({
      curve,
      name,
      points_ns: points.map(([tau, limit]): [number, number] => [tau, limit]),
    })),
  };
}

function pointInReport({ tau, value, terms, confidence }: ConfidentPoint) {
  return {
    tau_s: tau,
    value,
    terms,
    confidence: intervalInReport(confidence),
    noise_alpha: confidence?.alpha ?? null,
  };
}

function placeInReport(place: Place | null): CriterionReport['place'] {
  return place === null ? null : { from_at: formatInstant(place.fromAt), to_at: formatInstant(place.toAt) };
}

function intervalInReport(interval: Interval | null): CriterionReport['confidence'] {
  return interval === null ? null : { level: interval.level, low: interval.low, high: interval.high };
}
