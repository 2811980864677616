/** Runs and instances as the API shows them (pure). */
import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { LiveAgent } from '../runs/live-agents.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { InstanceSummary, RunSummary } from './schemas.ts';

export interface RunCounts {
  readonly instances: number;
  readonly connected: number;
}

export function runSummary(run: Run, counts: RunCounts): RunSummary {
  const { spec } = run;
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
    instance_types: spec.instanceTypes.map(({ type, quantity }) => ({ type, quantity })),
    instances_total: counts.instances,
    agents_connected: counts.connected,
    simulated: spec.sources.phc?.mode === 'simulated',
  };
}

export function instanceSummary(instance: InstanceRecord, live: LiveAgent | null): InstanceSummary {
  const { ptpStatus } = instance;
  return {
    index: instance.index,
    instance_type: instance.instanceType,
    instance_index: instance.typeIndex,
    instance_id: instance.instanceId,
    state: instance.state,
    reached_at: Object.fromEntries(Object.entries(instance.reachedAt).map(([state, at]) => [state, instantText(at)])),
    failure: instance.failure === null ? null : { ...instance.failure },
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
