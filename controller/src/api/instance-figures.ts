/** One row of the fleet table from what is known of an instance (pure). */

import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import { TRACKED, type TrackedFigures } from '../live/tracked-figures.ts';
import { instanceName } from '../runs/instance-name.ts';
import type { LiveAgent } from '../runs/live-agents.ts';
import type { InstanceRecord } from '../runs/run.ts';
import type { RunPreparation } from '../runs/run-preparation.ts';
import type { ChangedFigures, InstanceFigures } from './live-schemas.ts';

export interface EventCounts {
  readonly warning: number;
  readonly error: number;
}

/** An instance as it was judged last. */
export interface JudgedInstance {
  readonly quality: 'pass' | 'fail' | 'not_enough_data';
  readonly failing: readonly string[];
}

export interface FiguresSources {
  readonly agent: LiveAgent | null;
  readonly tracked: TrackedFigures | null;
  /** What the controller noticed of it. */
  readonly noticed: EventCounts;
  readonly judged: JudgedInstance | null;
  readonly preparation: RunPreparation | null;
  readonly simulated: boolean;
}

/** Of what nothing has come yet. */
const UNTRACKED = Object.fromEntries(TRACKED.map((name) => [name, null])) as TrackedFigures;

export function instanceFigures(instance: InstanceRecord, sources: FiguresSources): InstanceFigures {
  const { agent, tracked, noticed, judged } = sources;
  const { verdict, failure } = instance;
  const lastContactMs = agent?.lastContactAt || tracked?.lastReceivedAtMs || 0;
  return {
    index: instance.index,
    name: instanceName(instance),
    instance_type: instance.instanceType,
    instance_index: instance.typeIndex,
    instance_id: instance.instanceId,
    availability_zone_id: zoneIdOf(instance, sources.preparation),
    state: instance.state,
    connected: agent?.connected ?? false,
    last_contact_at: lastContactMs === 0 ? null : formatInstant(instantFromMs(lastContactMs)),
    agent_version: instance.agentVersion,
    simulated: sources.simulated,
    capability: verdict?.capability.value ?? null,
    setup: verdict?.setup.value ?? null,
    quality: judged?.quality ?? null,
    failing_criteria: [...(judged?.failing ?? [])],
    failure: failure === null ? null : { ...failure },
    ...measured(tracked ?? UNTRACKED),
    events_warning: (tracked?.eventsWarning ?? 0) + noticed.warning,
    events_error: (tracked?.eventsError ?? 0) + noticed.error,
  };
}

function measured(tracked: TrackedFigures) {
  const { phcSelected, gaps, missedTicks, readErrors, readsRefused, samplesPerSecond } = tracked;
  return {
    offset_last_ns: tracked.offsetLastNs,
    offset_samples: tracked.offsetSamples ?? 0,
    offset_p50_ns: tracked.offsetP50Ns,
    offset_p99_abs_ns: tracked.offsetP99AbsNs,
    offset_max_abs_ns: tracked.offsetMaxAbsNs,
    clock_error_bound_ns: tracked.clockErrorBoundNs,
    phc_selected: phcSelected === null ? null : phcSelected === 1,
    gaps: gaps ?? 0,
    missed_ticks: missedTicks ?? 0,
    read_errors: readErrors ?? 0,
    reads_refused: readsRefused ?? 0,
    samples_per_second: Math.round((samplesPerSecond ?? 0) * 10) / 10,
    agent_cpu_ratio: tracked.agentCpuRatio,
    agent_rss_bytes: tracked.agentRssBytes,
    spool_bytes: tracked.spoolBytes,
  };
}

/** A zone's id is the same for all accounts; the agent only knows its name in this account. */
function zoneIdOf({ facts }: InstanceRecord, preparation: RunPreparation | null): string | null {
  const subnet = preparation?.subnets.find(({ availabilityZone }) => availabilityZone === facts?.availability_zone);
  return subnet?.availabilityZoneId ?? null;
}

/** What has to be told of a row; null: nothing. */
export function changedFigures(before: InstanceFigures | undefined, after: InstanceFigures): ChangedFigures | null {
  const names = Object.keys(after) as (keyof InstanceFigures)[];
  const changed = names.filter((name) => !isSame(before?.[name], after[name]));
  if (changed.length === 0) return null;
  return { index: after.index, ...Object.fromEntries(changed.map((name) => [name, after[name]])) };
}

/** Most values are scalars; the others are small. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && a !== null && JSON.stringify(a) === JSON.stringify(b));
}
