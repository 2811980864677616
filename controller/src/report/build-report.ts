/** The report document of an analysed run (pure). */

import { EVENTS, formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { AnalysedEvent, InstanceAnalysis } from '../analysis/analyse-instance.ts';
import type { RunAnalysis } from '../analysis/analyse-run.ts';
import type { SeriesAnalysis } from '../analysis/analyse-series.ts';
import type { BoundedList } from '../analysis/bounded-list.ts';
import type { TickAccount } from '../analysis/tick-account.ts';
import { decidedCriteria, outcomeOf, type TypeVerdict, type VerdictCounts } from '../analysis/verdict.ts';
import { instanceName } from '../runs/instance-name.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { RunPreparation } from '../runs/run-preparation.ts';
import { fleetOfInstance, fleetOfRun } from './fleet-report.ts';
import { criterionInReport, holdoverInReport, stabilityInReport, transientInReport } from './judgement-report.ts';
import { figuresInReport } from './report-figures.ts';
import type { EventReport, InstanceReport, Report, StreamReport } from './report-schema.ts';
import { whatTheNumbersMean } from './what-the-numbers-mean.ts';

/** Of a piece of evidence: an instance names it. */
const MOST_NAME = 200;

export interface ReportContext {
  readonly toolVersion: string;
  /** Milliseconds since 1970. */
  readonly generatedAt: number;
  /** What was decided before the launch; null where it is not known. */
  readonly preparation: RunPreparation | null;
}

export function buildReport(analysis: RunAnalysis, context: ReportContext): Report {
  const { run, counts } = analysis;
  const results = analysis.instances.map((instance) => instanceInReport(instance, run, context));
  return {
    report_version: 1,
    tool: { name: 'ptp-tester', version: context.toolVersion },
    generated_at: instantText(context.generatedAt),
    simulated: analysis.simulated,
    what_the_numbers_mean: whatTheNumbersMean(results),
    run: runInReport(run, context),
    verdict: {
      sentence: analysis.sentence,
      quality: analysis.quality,
      quality_counts: qualityCounts(counts),
    },
    test_summary: {
      total_instances: counts.total,
      ptp_supported: counts.supported,
      ptp_unsupported: counts.unsupported,
      ptp_setup_failed: counts.setupFailed,
      ptp_not_tested: counts.notTested,
      test_duration_seconds: ((run.endedAt ?? context.generatedAt) - run.createdAt) / 1000,
      placement_group: run.spec.placementGroup ?? onlyGroup(results),
      instance_type_summary: Object.fromEntries(analysis.types.map((type) => [type.instanceType, typeInReport(type)])),
    },
    results,
    events: boundedInReport(analysis.runEvents, eventInReport),
    aws_calls: analysis.awsCalls.map(({ longestMs, errors, ...call }) => ({
      ...call,
      longest_ms: longestMs,
      errors: { ...errors },
    })),
  };
}

function onlyGroup(results: readonly InstanceReport[]): string | null {
  const groups = [...new Set(results.flatMap(({ placement_group }) => placement_group ?? []))];
  return groups.length === 1 ? (groups[0] ?? null) : null;
}

function runInReport(run: Run, { preparation }: ReportContext): Report['run'] {
  return {
    id: run.id,
    state: run.state,
    outcome: run.outcome,
    stop_reason: run.stopReason,
    region: run.spec.region,
    created_at: instantText(run.createdAt),
    soak_started_at: maybeInstantText(run.soakStartedAt),
    soak_ends_at: maybeInstantText(run.soakEndsAt),
    ended_at: maybeInstantText(run.endedAt),
    planned_soak_seconds: run.spec.durationS,
    extended_by_seconds: run.extendedS ?? 0,
    ...fleetOfRun(run, preparation),
  };
}

function typeInReport({
  counts,
  worstQuality,
  capability,
  sentence,
}: TypeVerdict): Report['test_summary']['instance_type_summary'][string] {
  return {
    total: counts.total,
    supported: counts.supported,
    unsupported: counts.unsupported,
    setup_failed: counts.setupFailed,
    not_tested: counts.notTested,
    quality: qualityCounts(counts),
    worst_quality: worstQuality,
    capability,
    sentence,
  };
}

function instanceInReport(analysed: InstanceAnalysis, run: Run, context: ReportContext): InstanceReport {
  const { instance, verdict } = analysed;
  return {
    instance_id: instance.instanceId,
    name: instanceName(instance),
    instance_type: instance.instanceType,
    instance_index: instance.typeIndex,
    availability_zone: instance.facts?.availability_zone ?? null,
    ...fleetOfInstance(instance, { run, preparation: context.preparation, capability: verdict.capability.value }),
    ptp_status: ptpStatusInReport(instance),
    kept_running: isStillRunning(instance, run),
    timestamp: instantText(judgedAt(instance) ?? context.generatedAt),
    state: instance.state,
    failure: instance.failure === null ? null : { ...instance.failure },
    evidence: [...(instance.evidence ?? [])],
    agent_version: instance.agentVersion,
    simulated: analysed.simulated,
    outcome: outcomeOf(verdict),
    verdict,
    quality_criteria: analysed.quality.criteria.map(criterionInReport),
    criteria_decided: decidedCriteria(analysed.quality.criteria).decided,
    start_transient: transientInReport(analysed.transient),
    holdovers: boundedInReport(analysed.holdovers, holdoverInReport),
    outliers: analysed.outliers,
    stability: analysed.stability.map(stabilityInReport),
    streams: analysed.series.map(streamInReport),
    gaps: boundedInReport(analysed.gaps, (gap) => ({
      stream: gap.stream,
      key: gap.key,
      from_at: formatInstant(gap.fromAt),
      to_at: formatInstant(gap.toAt),
      length_ns: gap.lengthNs,
      missing_ticks: gap.missingTicks,
      cause: gap.cause,
    })),
    losses: boundedInReport(analysed.losses, ({ stream, key, samples, fromAt, toAt, reason }) => ({
      stream,
      key,
      samples,
      from_at: formatInstant(fromAt),
      to_at: formatInstant(toAt),
      reason,
    })),
    events: boundedInReport(analysed.events, eventInReport),
    environment: analysed.environment === null ? null : { ...analysed.environment },
    delivery: deliveryInReport(analysed),
  };
}

function deliveryInReport({ series, epochs, nackedRecords }: InstanceAnalysis): InstanceReport['delivery'] {
  return {
    records_stored: series.reduce((sum, one) => sum + one.records, 0),
    nacked_records: nackedRecords,
    epochs: epochs.map(({ epoch, bootId, through, nacked, firstReceivedAt }) => ({
      epoch,
      boot_id: bootId,
      through,
      nacked,
      first_received_at: formatInstant(firstReceivedAt),
    })),
  };
}

function ptpStatusInReport({ ptpStatus }: InstanceRecord): InstanceReport['ptp_status'] {
  if (ptpStatus === null) return null;
  const { diagnostic_output, ...status } = ptpStatus;
  return { ...status, diagnostic_output: { ...diagnostic_output }, synchronized: status.chrony_synchronized };
}

/** The run is over and nothing shows that the instance is being ended. */
function isStillRunning({ instanceId, state }: InstanceRecord, run: Run): boolean {
  return run.state === 'ended' && instanceId !== null && state !== 'terminating' && state !== 'terminated';
}

/** When the last word on the instance was known. */
function judgedAt({ reachedAt }: InstanceRecord): number | null {
  return reachedAt.finished ?? reachedAt.terminating ?? reachedAt.terminated ?? reachedAt.measuring ?? null;
}

function streamInReport(series: SeriesAnalysis): StreamReport {
  return {
    stream: series.stream,
    key: series.key,
    records: series.records,
    first_at: series.firstAt === null ? null : formatInstant(series.firstAt),
    last_at: series.lastAt === null ? null : formatInstant(series.lastAt),
    intervals_ns: [...series.intervalsNs],
    accounting: accountInReport(series.account),
    figures: series.figures.map(figuresInReport),
    problems: [...series.problems],
  };
}

function accountInReport(account: TickAccount): StreamReport['accounting'] {
  return {
    expected_ticks: account.expected,
    stored_samples: account.stored,
    missed_ticks: account.missed,
    lost_samples: account.lost,
    missed_in_losses_ticks: account.missedInLosses,
    nacked_ticks: account.nacked,
    restart_ticks: account.restart,
    ended_early_ticks: account.endedEarly,
    key_absent_ticks: account.keyAbsent,
    unaccounted_ticks: account.unaccounted,
    share_stored: account.shareStored,
  };
}

function eventInReport({ event, owner, severity, at, clock, detail }: AnalysedEvent): EventReport {
  const { explanation } = EVENTS[event];
  // Its text is long, and a file of its own in the bundle.
  const shown = event === 'evidence_collected' ? { name: String(detail['name']).slice(0, MOST_NAME) } : detail;
  return { event, owner, severity, at: formatInstant(at), clock, explanation, detail: { ...shown } };
}

function boundedInReport<T, R>({ total, items }: BoundedList<T>, turn: (item: T) => R): { total: number; items: R[] } {
  return { total, items: items.map(turn) };
}

function qualityCounts(counts: VerdictCounts): Report['verdict']['quality_counts'] {
  return { pass: counts.qualityPass, fail: counts.qualityFail, not_enough_data: counts.qualityNotEnoughData };
}

function instantText(ms: number): string {
  return formatInstant(instantFromMs(ms));
}

function maybeInstantText(ms: number | null): string | null {
  return ms === null ? null : instantText(ms);
}
