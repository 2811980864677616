/** How the run repository's objects lie in their tables: one pair of functions for each (pure). */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { isEventKind } from '@ptp-tester/measurement';
import type { InstanceRecord, Run } from './run.ts';
import type { RunPreparation } from './run-preparation.ts';
import type { AwsCall, AwsCallTotal, ControllerEvent, Enrolment, LaunchRecord } from './run-repository.ts';
import { RunsError } from './runs-error.ts';

export type Row = Record<string, SQLOutputValue>;
export type Parameters = Record<string, SQLInputValue>;

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new RunsError('row_invalid', `column ${column}: expected a text, found ${typeof value}`);
}

function count(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw new RunsError('row_invalid', `column ${column}: expected a number, found ${typeof value}`);
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

function countOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : count(row, column);
}

/** The value was written by `JSON.stringify` of the same type; the application id and version were checked on opening. */
function json<T>(row: Row, column: string): T {
  return JSON.parse(text(row, column)) as T;
}

function jsonOrNull<T>(row: Row, column: string): T | null {
  return row[column] === null ? null : json<T>(row, column);
}

function toJson(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

export function rowOfRun(run: Run): Parameters {
  return {
    id: run.id,
    spec: JSON.stringify(run.spec),
    state: run.state,
    created_at: run.createdAt,
    soak_started_at: run.soakStartedAt,
    soak_ends_at: run.soakEndsAt,
    ended_at: run.endedAt,
    outcome: run.outcome,
    stop_reason: run.stopReason,
    keep_asked_at: run.keepAskedAt ?? null,
    keep_decision: toJson(run.keepDecision),
    pause: toJson(run.pause),
    resources: toJson(run.resources),
    leftovers: toJson(run.leftovers),
    extended_s: run.extendedS ?? null,
    samples_removed: toJson(run.samplesRemoved),
  };
}

export function runOfRow(row: Row): Run {
  return {
    id: text(row, 'id'),
    spec: json<Run['spec']>(row, 'spec'),
    state: text(row, 'state') as Run['state'],
    createdAt: count(row, 'created_at'),
    soakStartedAt: countOrNull(row, 'soak_started_at'),
    soakEndsAt: countOrNull(row, 'soak_ends_at'),
    endedAt: countOrNull(row, 'ended_at'),
    outcome: textOrNull(row, 'outcome') as Run['outcome'],
    stopReason: textOrNull(row, 'stop_reason'),
    keepAskedAt: countOrNull(row, 'keep_asked_at'),
    keepDecision: jsonOrNull(row, 'keep_decision'),
    pause: jsonOrNull(row, 'pause'),
    resources: jsonOrNull(row, 'resources'),
    leftovers: jsonOrNull(row, 'leftovers'),
    extendedS: countOrNull(row, 'extended_s'),
    samplesRemoved: jsonOrNull(row, 'samples_removed'),
  };
}

export function rowOfInstance(instance: InstanceRecord): Parameters {
  return {
    run: instance.run,
    instance_index: instance.index,
    type_index: instance.typeIndex,
    attempt: instance.attempt,
    instance_type: instance.instanceType,
    state: instance.state,
    instance_id: instance.instanceId,
    facts: toJson(instance.facts),
    agent_version: instance.agentVersion,
    ptp_status: toJson(instance.ptpStatus),
    verdict: toJson(instance.verdict),
    failure: toJson(instance.failure),
    keep: toJson(instance.keep),
    evidence: toJson(instance.evidence),
    reached_at: JSON.stringify(instance.reachedAt),
  };
}

export function instanceOfRow(row: Row): InstanceRecord {
  return {
    run: text(row, 'run'),
    index: count(row, 'instance_index'),
    typeIndex: count(row, 'type_index'),
    attempt: count(row, 'attempt'),
    instanceType: text(row, 'instance_type'),
    state: text(row, 'state') as InstanceRecord['state'],
    instanceId: textOrNull(row, 'instance_id'),
    facts: jsonOrNull(row, 'facts'),
    agentVersion: textOrNull(row, 'agent_version'),
    ptpStatus: jsonOrNull(row, 'ptp_status'),
    verdict: jsonOrNull(row, 'verdict'),
    failure: jsonOrNull(row, 'failure'),
    keep: jsonOrNull(row, 'keep'),
    evidence: jsonOrNull(row, 'evidence'),
    reachedAt: json<InstanceRecord['reachedAt']>(row, 'reached_at'),
  };
}

export function rowOfPreparation(run: string, preparation: RunPreparation): Parameters {
  return { run, body: JSON.stringify(preparation) };
}

export function preparationOfRow(row: Row): RunPreparation {
  return json<RunPreparation>(row, 'body');
}

export function rowOfLaunch(launch: LaunchRecord): Parameters {
  return {
    run: launch.run,
    instance_index: launch.index,
    attempt: launch.attempt,
    client_token: launch.clientToken,
    request: launch.requestJson,
    agent_sha256: launch.agentSha256,
    created_at: launch.createdAt,
  };
}

export function launchOfRow(row: Row): LaunchRecord {
  return {
    run: text(row, 'run'),
    index: count(row, 'instance_index'),
    attempt: count(row, 'attempt'),
    clientToken: text(row, 'client_token'),
    requestJson: text(row, 'request'),
    agentSha256: text(row, 'agent_sha256'),
    createdAt: count(row, 'created_at'),
  };
}

export function rowOfEnrolment(enrolment: Enrolment): Parameters {
  return {
    run: enrolment.run,
    instance_index: enrolment.index,
    attempt: enrolment.attempt,
    instance_id: enrolment.instanceId,
    secret_sha256: enrolment.secretSha256,
    enrolled_at: enrolment.enrolledAt,
  };
}

export function enrolmentOfRow(row: Row): Enrolment {
  return {
    run: text(row, 'run'),
    index: count(row, 'instance_index'),
    attempt: count(row, 'attempt'),
    instanceId: text(row, 'instance_id'),
    secretSha256: text(row, 'secret_sha256'),
    enrolledAt: count(row, 'enrolled_at'),
  };
}

export function rowOfEvent(event: ControllerEvent): Parameters {
  return {
    run: event.run,
    instance_id: event.instanceId,
    event: event.event,
    at: event.at,
    detail: JSON.stringify(event.detail),
  };
}

export function eventOfRow(row: Row): ControllerEvent {
  const event = text(row, 'event');
  if (!isEventKind(event)) throw new RunsError('row_invalid', `event ${event} is unknown to this version`);
  return {
    run: text(row, 'run'),
    instanceId: textOrNull(row, 'instance_id'),
    event,
    at: count(row, 'at'),
    detail: json<ControllerEvent['detail']>(row, 'detail'),
  };
}

export function rowOfAwsCall(call: AwsCall): Parameters {
  return {
    run: call.run,
    action: call.action,
    at: call.at,
    duration_ms: call.durationMs,
    attempts: call.attempts,
    request_id: call.requestId,
    result: call.result,
  };
}

export function awsCallTotalOfRow(row: Row): AwsCallTotal {
  return {
    action: text(row, 'action'),
    result: text(row, 'result'),
    calls: count(row, 'calls'),
    attempts: count(row, 'attempts'),
    longestMs: count(row, 'longest_ms'),
  };
}

export function awsCallOfRow(row: Row): AwsCall {
  return {
    run: textOrNull(row, 'run'),
    action: text(row, 'action'),
    at: count(row, 'at'),
    durationMs: count(row, 'duration_ms'),
    attempts: count(row, 'attempts'),
    requestId: textOrNull(row, 'request_id'),
    result: text(row, 'result'),
  };
}
