/** The controller's state as Prometheus metrics, made anew for each scrape from what is known anyway. Base units, bounded labels. */
import { columnIndex, STREAMS } from '@ptp-tester/measurement';
import { Counter, Gauge, Registry } from 'prom-client';
import type { LiveAgents } from '../runs/live-agents.ts';
import type { InstanceRecord, Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import type { SampleReader } from '../store/sample-store.ts';

/** Instances beyond this many have no series of their own; a gauge counts them. */
const MAX_LABELLED_INSTANCES = 500;

export interface MetricsSources {
  readonly runs: RunRepository;
  readonly live: LiveAgents;
  /** Null while nothing of the run is stored. */
  openReader(run: RunId): SampleReader | null;
  ingestCounters(): { readonly connections: number; readonly queuedBytes: number };
  readonly version: string;
}

export interface MetricsHealth {
  readonly store: 'ok' | 'failing' | 'unknown';
  readonly disk: { readonly freeBytes: number } | null;
}

interface Labelled {
  readonly run: string;
  readonly instance_id: string;
  readonly instance_type: string;
}

/** Text in the Prometheus exposition format. */
export async function renderMetrics(sources: MetricsSources, health: MetricsHealth): Promise<string> {
  const registry = new Registry();
  addController(registry, sources, health);
  addRuns(registry, sources);
  return await registry.metrics();
}

function addController(registry: Registry, sources: MetricsSources, { store, disk }: MetricsHealth): void {
  const { version } = sources;
  gauge(registry, 'ptp_tester_info', 'Always 1; the version is the label', ['version']).set({ version }, 1);
  if (store !== 'unknown') {
    gauge(registry, 'ptp_tester_store_failing', '1 while the store cannot write').set(store === 'failing' ? 1 : 0);
  }
  if (disk !== null) {
    gauge(registry, 'ptp_tester_disk_free_bytes', 'Free space of the data directory').set(disk.freeBytes);
  }
  const { connections, queuedBytes } = sources.ingestCounters();
  gauge(registry, 'ptp_tester_ingest_connections', 'Connections of agents, also not yet enrolled ones').set(
    connections,
  );
  gauge(registry, 'ptp_tester_ingest_queued_bytes', 'Received and not yet on the disk').set(queuedBytes);
}

function addRuns(registry: Registry, sources: MetricsSources): void {
  const all = sources.runs.runs();
  const active = all.filter((run) => run.state !== 'ended');
  const byState = gauge(registry, 'ptp_tester_runs', 'Runs by state', ['state']);
  for (const { state } of all) byState.inc({ state });
  const connected = gauge(registry, 'ptp_tester_agents_connected', 'Connected agents of each active run', ['run']);
  const noticed = new Counter({
    name: 'ptp_tester_controller_events_total',
    help: 'What the controller noticed in each active run: nacks, refusals, store errors, silent instances',
    labelNames: ['run', 'event'],
    registers: [registry],
  });
  const instances = new InstanceMetrics(registry, sources.live);
  let left = MAX_LABELLED_INSTANCES;
  let withoutSeries = 0;
  for (const run of active) {
    connected.set({ run: run.id }, sources.live.ofRun(run.id).filter((agent) => agent.connected).length);
    for (const { event } of sources.runs.events(run.id)) noticed.inc({ run: run.id, event });
    const known = sources.runs.instances(run.id).filter(({ instanceId }) => instanceId !== null);
    const labelled = known.slice(0, left);
    left -= labelled.length;
    withoutSeries += known.length - labelled.length;
    addInstances(instances, { run, labelled, reader: sources.openReader(run.id) });
  }
  gauge(registry, 'ptp_tester_instances_without_series', 'Instances beyond the limit of labelled ones').set(
    withoutSeries,
  );
}

function addInstances(
  metrics: InstanceMetrics,
  from: { readonly run: Run; readonly labelled: readonly InstanceRecord[]; readonly reader: SampleReader | null },
): void {
  const { run, labelled, reader } = from;
  try {
    for (const { instanceId, instanceType } of labelled) {
      const labels = { run: run.id, instance_id: instanceId ?? '', instance_type: instanceType };
      metrics.add(labels, reader === null ? null : lastPhcOffsetNs(reader, labels.instance_id));
    }
  } finally {
    reader?.close();
  }
}

class InstanceMetrics {
  readonly #live: LiveAgents;
  readonly #offset: Gauge;
  readonly #stored: Counter;
  readonly #records: Counter;
  readonly #contact: Gauge;

  constructor(registry: Registry, live: LiveAgents) {
    const labels = ['run', 'instance_id', 'instance_type'];
    this.#live = live;
    const meaning = 'System clock - PHC of the last stored sample; what chrony left over, not accuracy to UTC';
    this.#offset = gauge(registry, 'ptp_tester_phc_offset_seconds', meaning, labels);
    this.#contact = gauge(
      registry,
      'ptp_tester_last_contact_timestamp_seconds',
      'When the agent was last heard of',
      labels,
    );
    const counter = (name: string, help: string) =>
      new Counter({ name, help, labelNames: labels, registers: [registry] });
    this.#stored = counter('ptp_tester_samples_stored_total', 'Samples stored since the controller started');
    this.#records = counter('ptp_tester_records_stored_total', 'Records stored since the controller started');
  }

  add(labels: Labelled, offsetNs: number | null): void {
    const agent = this.#live.get(labels.instance_id);
    if (offsetNs !== null) this.#offset.set({ ...labels }, offsetNs / 1e9);
    if (agent === null) return;
    this.#stored.inc({ ...labels }, agent.samplesStored);
    this.#records.inc({ ...labels }, agent.recordsStored);
    if (agent.lastContactAt > 0) this.#contact.set({ ...labels }, agent.lastContactAt / 1000);
  }
}

/** Decodes the last batch only. */
function lastPhcOffsetNs(reader: SampleReader, instanceId: string): number | null {
  const series = reader.series().find((one) => one.instanceId === instanceId && one.stream === 'phc');
  if (series === undefined) return null;
  const column = columnIndex(STREAMS.phc, 'offset_ns');
  let offset: number | null = null;
  for (const { batch } of reader.batches(series, { fromAt: series.lastAt })) {
    offset = (batch.columns[column] as Float64Array).at(-1) ?? null;
  }
  return offset;
}

// biome-ignore lint/complexity/useMaxParams: registry, name, help and labels, as prom-client has them
function gauge(registry: Registry, name: string, help: string, labelNames: readonly string[] = []): Gauge {
  return new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
}
