/** `ptp-tester status [RUN]`: the runs of a data directory, or one run with its instances. */

import Table from 'cli-table3';
import { instanceName } from '../runs/instance-name.ts';
import type { InstanceRecord, Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import type { CliContext } from './cli-context.ts';
import type { RunReferenceFlags } from './command-line.ts';
import { EXIT } from './exit-codes.ts';
import { headline } from './progress.ts';
import { openStoredData } from './stored-data.ts';

export async function status(id: RunId | undefined, flags: RunReferenceFlags, context: CliContext): Promise<number> {
  const data = openStoredData(flags.data);
  try {
    const json = flags.json === true;
    if (id === undefined) writeRuns(data.repository, json, context);
    else writeRun(data.run(id), { instances: data.repository.instances(id), json }, context);
    return await Promise.resolve(EXIT.completed);
  } finally {
    data.repository.close();
  }
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function runAsJson(run: Run) {
  const {
    id,
    state,
    outcome,
    createdAt,
    soakStartedAt,
    soakEndsAt,
    endedAt,
    stopReason,
    pause = null,
    samplesRemoved: removed = null,
  } = run;
  return {
    run: id,
    state,
    outcome,
    created_at: isoTime(createdAt),
    soak_started_at: isoTime(soakStartedAt),
    soak_ends_at: isoTime(soakEndsAt),
    ended_at: isoTime(endedAt),
    stop_reason: stopReason,
    pause: pause === null ? null : { ...pause, since: isoTime(pause.since) },
    leftovers: run.leftovers ?? [],
    samples_removed: removed === null ? null : { ...removed, at: isoTime(removed.at) },
  };
}

function writeRuns(repository: RunRepository, json: boolean, { stdout, now }: CliContext): void {
  const runs = repository.runs();
  if (json) {
    stdout.write(`${JSON.stringify(runs.map(runAsJson), null, 2)}\n`);
    return;
  }
  if (runs.length === 0) stdout.write('No runs yet. Start one with: ptp-tester run --help, or ptp-tester demo\n');
  for (const run of runs) stdout.write(`${headline({ run, instances: [], now: run.endedAt ?? now() })}\n`);
}

function writeRun(
  run: Run,
  { instances, json }: { readonly instances: readonly InstanceRecord[]; readonly json: boolean },
  { stdout, now }: CliContext,
): void {
  if (json) {
    const listed = instances.map((instance) => {
      const { index, instanceType, instanceId, state, failure, agentVersion, keep } = instance;
      return {
        index,
        name: instanceName(instance),
        instance_type: instanceType,
        instance_id: instanceId,
        state,
        failure,
        keep_failure: keep?.failure ?? null,
        agent_version: agentVersion,
      };
    });
    stdout.write(`${JSON.stringify({ ...runAsJson(run), instances: listed }, null, 2)}\n`);
    return;
  }
  const table = new Table({
    head: ['#', 'name', 'instance', 'state', 'remark'],
    style: { head: [], border: [], compact: true },
  });
  for (const instance of instances) {
    const { index, instanceId, state } = instance;
    const failure = instance.failure ?? instance.keep?.failure ?? null;
    table.push([
      String(index),
      instanceName(instance),
      instanceId ?? '-',
      state,
      failure === null ? '' : `${failure.kind}: ${failure.message}`,
    ]);
  }
  stdout.write(`${headline({ run, instances: [], now: run.endedAt ?? now() })}\n${table.toString()}\n`);
  if (run.samplesRemoved != null)
    stdout.write(`its samples were removed at ${isoTime(run.samplesRemoved.at)}; its report is there\n`);
  if (run.stopReason !== null) stdout.write(`ended early: ${run.stopReason}\n`);
}
