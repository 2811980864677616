/** Runs and instances as the API shows them (pure). */

import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import { keepDecisionDueAt } from '../fleet/decide/keep-selection.ts';
import { instanceName } from '../runs/instance-name.ts';
import type { LiveAgent } from '../runs/live-agents.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { RunPreparation } from '../runs/run-preparation.ts';
import type { InstanceSummary, RunSummary, VerdictSoFar } from './schemas.ts';

export interface RunState {
  readonly instances: readonly InstanceRecord[];
  readonly connected: number;
  readonly verdictSoFar: VerdictSoFar | null;
  /** ms since 1970. */
  readonly now: number;
}

export function runSummary(run: Run, { instances, connected, verdictSoFar, now }: RunState): RunSummary {
  const { spec, pause = null, samplesRemoved: removed = null } = run;
  const keepDueAt = keepDecisionDueAt(run);
  const byState: Record<string, number> = {};
  for (const { state } of instances) byState[state] = (byState[state] ?? 0) + 1;
  return {
    id: run.id,
    state: run.state,
    outcome: run.outcome,
    stop_reason: run.stopReason,
    created_at: instantText(run.createdAt),
    soak_started_at: run.soakStartedAt === null ? null : instantText(run.soakStartedAt),
    soak_ends_at: run.soakEndsAt === null ? null : instantText(run.soakEndsAt),
    ended_at: run.endedAt === null ? null : instantText(run.endedAt),
    region: spec.region,
    placement_group: spec.placementGroup,
    planned_soak_seconds: spec.durationS,
    extended_by_seconds: run.extendedS ?? 0,
    instance_types: spec.instanceTypes.map(({ type, quantity }) => ({ type, quantity })),
    instances_total: instances.length,
    agents_connected: connected,
    simulated: spec.sources.phc?.mode === 'simulated',
    instances_by_state: byState,
    instances_failed: instances.filter(({ failure }) => failure !== null).length,
    instance_hours: instanceHours(run, instances, now),
    verdict_so_far: verdictSoFar,
    samples_removed: removed === null ? null : { ...removed, at: instantText(removed.at) },
    pause: pause === null ? null : { ...pause, since: instantText(pause.since) },
    keep_decision_by: keepDueAt === null ? null : instantText(keepDueAt),
  };
}

/** From each launch to its end, to two decimals; what is kept counts until the run ends. */
function instanceHours({ endedAt }: Run, instances: readonly InstanceRecord[], now: number): number {
  const lived = instances.map(({ reachedAt: { launching, terminated } }) => {
    return launching === undefined ? 0 : (terminated ?? endedAt ?? now) - launching;
  });
  return Math.round(lived.reduce((sum, ms) => sum + Math.max(0, ms), 0) / 36_000) / 100;
}

export interface InstanceContext {
  readonly live: LiveAgent | null;
  /** Null where it is not known. */
  readonly preparation: RunPreparation | null;
}

export function instanceSummary(instance: InstanceRecord, { live, preparation }: InstanceContext): InstanceSummary {
  const { ptpStatus, keep = null } = instance;
  const type = preparation?.types.find((one) => one.type === instance.instanceType);
  return {
    index: instance.index,
    name: instanceName(instance),
    instance_type: instance.instanceType,
    instance_index: instance.typeIndex,
    instance_id: instance.instanceId,
    state: instance.state,
    reached_at: Object.fromEntries(Object.entries(instance.reachedAt).map(([state, at]) => [state, instantText(at)])),
    failure: instance.failure === null ? null : { ...instance.failure },
    evidence: [...(instance.evidence ?? [])],
    keep: keep === null ? null : { step: keep.step, since: instantText(keep.since), failure: keep.failure },
    image_id: instance.facts?.image_id ?? type?.imageId ?? null,
    phc_prior: type?.phcSupport ?? null,
    scope_warning: type?.scopeWarning ?? null,
    facts: instance.facts,
    agent_version: instance.agentVersion,
    ptp_status: ptpStatus === null ? null : { ...ptpStatus, diagnostic_output: { ...ptpStatus.diagnostic_output } },
    verdict: instance.verdict,
    connected: live?.connected ?? false,
    last_contact_at: live === null || live.lastContactAt === 0 ? null : instantText(live.lastContactAt),
    phase: live?.status?.phase ?? null,
    samples_stored: live?.samplesStored ?? 0,
  };
}

function instantText(ms: number): string {
  return formatInstant(instantFromMs(ms));
}
