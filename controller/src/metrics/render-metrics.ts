/** The controller's state as Prometheus metrics, made anew for each scrape from what is known anyway. Base units, bounded labels. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { LiveFigures } from '../live/live-figures.ts';
import type { LiveAgents } from '../runs/live-agents.ts';
import type { Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import { addInstanceMetrics, type InstanceSource } from './instance-metrics.ts';
import type { Meter } from './meter.ts';

/** Instances beyond this many have no series of their own; a gauge counts them. */
const MAX_LABELLED_INSTANCES = 500;
/** What an ended run left behind is shown so long. */
const LEFTOVERS_SHOWN_MS = 7 * 86_400_000;

export interface MetricsSources {
  readonly runs: Pick<RunRepository, 'runs' | 'instances' | 'eventCounts'>;
  readonly live: LiveAgents;
  readonly figures: LiveFigures;
  readonly meter: Meter;
  /** How many criteria the newest interim judgement finds broken, by instance id; null: not judged yet. */
  failedCriteria(run: RunId): ReadonlyMap<string, number> | null;
  /** Size of the run's stored samples; null: nothing is stored. */
  storeBytes(run: RunId): number | null;
  /** Of all runs, also of those that have ended. */
  storedBytes(): number;
  ingest(): { readonly connections: number; readonly queuedBytes: number };
  disk(): { readonly freeBytes: number; readonly totalBytes: number; readonly fullAt: number | null } | null;
  storeFailing(): boolean;
  /** By state; null: nobody is told anything. */
  notifications(): Readonly<Record<string, number>> | null;
  readonly version: string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Text in the Prometheus exposition format. */
export async function renderMetrics(sources: MetricsSources): Promise<string> {
  const registry = new Registry();
  sources.meter.addTo(registry);
  addController(registry, sources);
  const all = sources.runs.runs();
  addRuns(registry, sources, all);
  addInstances(registry, sources, all);
  return await registry.metrics();
}

function addController(registry: Registry, sources: MetricsSources): void {
  const { version } = sources;
  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name, help, registers: [registry] }).set(value);
  new Gauge({
    name: 'ptp_tester_info',
    help: 'Always 1; the version is the label',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  gauge('ptp_tester_store_failing', '1 while the store cannot write', sources.storeFailing() ? 1 : 0);
  gauge('ptp_tester_stored_samples_bytes', 'Size of the samples of all runs, ended ones too', sources.storedBytes());
  const disk = sources.disk();
  if (disk !== null) {
    gauge('ptp_tester_disk_free_bytes', 'Free space of the data directory', disk.freeBytes);
    gauge('ptp_tester_disk_size_bytes', 'Size of the disk of the data directory', disk.totalBytes);
    if (disk.fullAt !== null) {
      const help = 'When the disk will be full as it goes now; absent while it does not fill';
      gauge('ptp_tester_disk_full_timestamp_seconds', help, disk.fullAt / 1000);
    }
  }
  const { connections, queuedBytes } = sources.ingest();
  gauge('ptp_tester_ingest_connections', 'Connections of agents, also not yet enrolled ones', connections);
  gauge('ptp_tester_ingest_queued_bytes', 'Received and not yet on the disk', queuedBytes);
  const notifications = sources.notifications();
  if (notifications === null) return;
  const help = 'Notifications to webhooks of the last ninety days by state';
  const told = new Gauge({ name: 'ptp_tester_notifications', help, labelNames: ['state'], registers: [registry] });
  for (const [state, count] of Object.entries(notifications)) told.set({ state }, count);
}

function addRuns(registry: Registry, sources: MetricsSources, all: readonly Run[]): void {
  const byState = new Gauge({
    name: 'ptp_tester_runs',
    help: 'Runs by state',
    labelNames: ['state'],
    registers: [registry],
  });
  for (const { state } of all) byState.inc({ state });
  addLeftovers(registry, sources.now(), all);
  addActiveRuns(
    registry,
    sources,
    all.filter(({ state }) => state !== 'ended'),
  );
}

function runGauge(registry: Registry, name: string, help: string): Gauge {
  return new Gauge({ name, help, labelNames: ['run'], registers: [registry] });
}

function addLeftovers(registry: Registry, now: number, all: readonly Run[]): void {
  const name = 'ptp_tester_run_leftovers';
  const leftovers = runGauge(registry, name, 'What the leak audit found; ended runs for seven days');
  for (const { id, endedAt, leftovers: found } of all) {
    const isShown = endedAt === null || now - endedAt < LEFTOVERS_SHOWN_MS;
    if (isShown && found != null) leftovers.set({ run: id }, found.length);
  }
}

function addActiveRuns(registry: Registry, sources: MetricsSources, active: readonly Run[]): void {
  const gauge = (name: string, help: string) => runGauge(registry, name, help);
  const paused = gauge(
    'ptp_tester_run_paused',
    '1 while nothing is done with AWS, for want of credentials or the like',
  );
  const ends = gauge('ptp_tester_run_soak_end_timestamp_seconds', 'When the soak ends');
  const store = gauge('ptp_tester_run_store_bytes', 'Size of the stored samples');
  const connected = gauge('ptp_tester_agents_connected', 'Connected agents of each active run');
  const noticed = new Counter({
    name: 'ptp_tester_controller_events_total',
    help: 'What the controller noticed in each active run: nacks, refusals, store errors, silent instances',
    labelNames: ['run', 'event'],
    registers: [registry],
  });
  for (const { id: run, pause, soakEndsAt } of active) {
    paused.set({ run }, pause == null ? 0 : 1);
    if (soakEndsAt !== null) ends.set({ run }, soakEndsAt / 1000);
    store.set({ run }, sources.storeBytes(run) ?? 0);
    connected.set({ run }, sources.live.ofRun(run).filter((agent) => agent.connected).length);
    for (const [event, count] of sources.runs.eventCounts(run)) noticed.inc({ run, event }, count);
  }
}

function addInstances(registry: Registry, sources: MetricsSources, all: readonly Run[]): void {
  const known = all.filter(({ state }) => state !== 'ended').flatMap((run) => instancesOf(run, sources));
  addInstanceMetrics(registry, known.slice(0, MAX_LABELLED_INSTANCES));
  const name = 'ptp_tester_instances_without_series';
  new Gauge({ name, help: 'Instances beyond the limit of labelled ones', registers: [registry] }).set(
    Math.max(0, known.length - MAX_LABELLED_INSTANCES),
  );
}

function instancesOf(run: Run, sources: MetricsSources): InstanceSource[] {
  const failed = sources.failedCriteria(run.id);
  return sources.runs.instances(run.id).flatMap((instance) => {
    const { instanceId } = instance;
    if (instanceId === null) return [];
    const figures = sources.figures.get(run.id, instanceId, sources.now());
    const failedCriteria = failed === null ? null : (failed.get(instanceId) ?? 0);
    return [{ run, instance, figures, agent: sources.live.get(instanceId), failedCriteria }];
  });
}
