/** `ptp-tester status [RUN]`: the runs of a data directory, or one run with its instances. */

import Table from 'cli-table3';
import type { OverviewReply } from '../../api/live-schemas.ts';
import type { RunSummary } from '../../api/schemas.ts';
import { formatDuration } from '../../config/duration.ts';
import { keepDecisionDueAt } from '../../fleet/decide/keep-selection.ts';
import { instanceName } from '../../runs/instance-name.ts';
import type { InstanceRecord, Run, RunId } from '../../runs/run.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import type { RunReferenceFlags } from '../command-line.ts';
import { openController } from '../controller-client.ts';
import { EXIT } from '../exit-codes.ts';
import { type LiveView, renderLiveView } from '../live/live-table.ts';
import { headline } from '../live/progress.ts';
import { openStoredData } from '../stored-data.ts';
import { keptHint } from '../text/kept-instances.ts';

export async function status(id: RunId | undefined, flags: RunReferenceFlags, context: CliContext): Promise<number> {
  const data = openStoredData(flags.data);
  try {
    const json = flags.json === true;
    if (id === undefined) {
      const runs = data.repository.runs();
      if (json) context.stdout.write(`${JSON.stringify(runs.map(runAsJson), null, 2)}\n`);
      else await writeRuns(runs, flags, context);
    } else {
      const run = data.run(id);
      const live = isOpen(run) ? await askLive(id, flags) : null;
      writeRun(run, { instances: data.repository.instances(id), live, json }, context);
      if (!json && !isOpen(run)) context.stdout.write(keptText(run, data.repository.instances(id), flags));
    }
    return EXIT.completed;
  } finally {
    data.repository.close();
  }
}

function keptText({ id, spec: { region } }: Run, instances: readonly InstanceRecord[], { data }: RunReferenceFlags) {
  const instanceIds = instances.flatMap(({ state, instanceId }) => (state === 'kept' ? (instanceId ?? []) : []));
  return keptHint({ run: id, region, instanceIds, data });
}

function isOpen({ state }: Run): boolean {
  return state !== 'ended';
}

/** The figures of the controller that runs, or why there are none. */
type LiveStatus = { readonly view: LiveView; readonly url: string } | { readonly reason: string };

async function askLive(id: RunId, { data }: RunReferenceFlags): Promise<LiveStatus> {
  try {
    const controller = await openController({ data });
    const { url } = await controller.locate();
    const run = await controller.ask<RunSummary>({ path: `/runs/${id}` });
    const { instances, at: readAt } = await controller.ask<OverviewReply>({ path: `/runs/${id}/overview` });
    const at = Date.parse(readAt);
    const said = instances.flatMap(({ state, last_contact_at: contact }) =>
      state === 'measuring' && contact !== null ? [Math.max(0, at - Date.parse(contact))] : [],
    );
    const oldest =
      said.length === 0 ? '' : `; the word of the quietest instance is ${formatAge(Math.max(...said))} old`;
    const hint = `figures of ${isoTime(at)} from the controller at ${url}${oldest}`;
    return { view: { run, instances, now: at, hint, stale: null }, url };
  } catch (error) {
    // The stored state is worth showing also without it.
    if (error instanceof UsageError) return { reason: error.message };
    throw error;
  }
}

function formatAge(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms / 1000);
}

/** Where the controller listens, or why there is none. */
async function whoDrives({ data }: RunReferenceFlags): Promise<{ readonly url: string } | { readonly reason: string }> {
  try {
    return await (await openController({ data })).locate();
  } catch (error) {
    if (error instanceof UsageError) return { reason: error.message };
    throw error;
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
    planned_soak_seconds: run.spec.durationS,
    extended_by_seconds: run.extendedS ?? 0,
    ended_at: isoTime(endedAt),
    stop_reason: stopReason,
    pause: pause === null ? null : { ...pause, since: isoTime(pause.since) },
    keep_decision_by: isoTime(keepDecisionDueAt(run)),
    leftovers: run.leftovers ?? [],
    samples_removed: removed === null ? null : { ...removed, at: isoTime(removed.at) },
  };
}

async function writeRuns(runs: readonly Run[], flags: RunReferenceFlags, { stdout, now }: CliContext): Promise<void> {
  if (runs.length === 0) stdout.write('No runs yet. Start one with: ptp-tester run --help, or ptp-tester demo\n');
  const driver = runs.some(isOpen) ? await whoDrives(flags) : null;
  const isDriven = driver === null || 'url' in driver;
  for (const run of runs) {
    const progress = { run, instances: [], now: run.endedAt ?? now() };
    stdout.write(`${headline(progress, { isDriven: isDriven || !isOpen(run) })}\n`);
  }
  if (driver !== null) stdout.write(`${driverText(driver, flags)}\n`);
}

function driverText(driver: Awaited<ReturnType<typeof whoDrives>>, { data }: RunReferenceFlags): string {
  if ('reason' in driver) return `NOT DRIVEN NOW. ${driver.reason}`;
  return `the controller is at ${driver.url}; figures: ptp-tester status RUN --data ${data}; live: ptp-tester watch RUN --data ${data}`;
}

interface ToWrite {
  readonly instances: readonly InstanceRecord[];
  /** Null: the run has ended. */
  readonly live: LiveStatus | null;
  readonly json: boolean;
}

function writeRun(run: Run, { instances, live, json }: ToWrite, context: CliContext): void {
  const { stdout } = context;
  if (json) {
    const figures =
      live === null || 'reason' in live
        ? { live: null, live_missing: live?.reason ?? null }
        : {
            live: { at: isoTime(live.view.now), controller: live.url, instances: live.view.instances },
            live_missing: null,
          };
    stdout.write(
      `${JSON.stringify({ ...runAsJson(run), instances: instances.map(instanceAsJson), ...figures }, null, 2)}\n`,
    );
    return;
  }
  if (live !== null && 'view' in live) writeLive(live.view, instances, context);
  else writeStored(run, { instances, isDriven: live === null }, context);
  if (live !== null && 'reason' in live) stdout.write(`NOT DRIVEN NOW. ${live.reason}\n`);
  if (run.samplesRemoved != null)
    stdout.write(`its samples were removed at ${isoTime(run.samplesRemoved.at)}; its report is there\n`);
  if (run.stopReason !== null) stdout.write(`ended early: ${run.stopReason}\n`);
}

function instanceAsJson(instance: InstanceRecord) {
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
}

/** Without a terminal nobody's line is too long. */
const WIDE = 400;

/** Every instance, however many: this scrolls. */
function writeLive(view: LiveView, instances: readonly InstanceRecord[], { stdout, terminal }: CliContext): void {
  const columns = stdout.isTTY ? stdout.columns : WIDE;
  const size = { columns, rows: Number.MAX_SAFE_INTEGER, colors: terminal.colors && stdout.isTTY };
  stdout.write(`${renderLiveView(view, size).join('\n')}\n`);
  for (const instance of instances) {
    const remark = remarkOn(instance);
    if (remark !== '') stdout.write(`${instanceName(instance)}: ${remark}\n`);
  }
}

function remarkOn({ failure, keep }: InstanceRecord): string {
  const said = failure ?? keep?.failure ?? null;
  return said === null ? '' : `${said.kind}: ${said.message}`;
}

interface Stored {
  readonly instances: readonly InstanceRecord[];
  /** Or ended. */
  readonly isDriven: boolean;
}

function writeStored(run: Run, { instances, isDriven }: Stored, { stdout, now }: CliContext): void {
  const table = new Table({
    head: ['#', 'name', 'instance', 'state', 'remark'],
    style: { head: [], border: [], compact: true },
  });
  for (const instance of instances) {
    const { index, instanceId, state } = instance;
    table.push([String(index), instanceName(instance), instanceId ?? '-', state, remarkOn(instance)]);
  }
  const progress = { run, instances: [], now: run.endedAt ?? now() };
  stdout.write(`${headline(progress, { isDriven })}\n${table.toString()}\n`);
}
