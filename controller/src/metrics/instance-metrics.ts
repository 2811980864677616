/** The series of each instance: declared in one table, filled from the live figures. Base units; a figure that is not known has no series. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { TrackedFigures } from '../live/tracked-figures.ts';
import type { LiveAgent } from '../runs/live-agents.ts';
import type { InstanceRecord, InstanceState, Run } from '../runs/run.ts';

const LABELS = ['run', 'instance_id', 'instance_type', 'simulated'] as const;
type Labels = Partial<Record<(typeof LABELS)[number], string>>;

export interface InstanceSource {
  readonly run: Run;
  readonly instance: InstanceRecord;
  readonly figures: TrackedFigures | null;
  readonly agent: LiveAgent | null;
  /** Criteria that the newest interim judgement finds broken; null: not judged yet. */
  readonly failedCriteria: number | null;
}

interface Declared {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  readonly value: (source: InstanceSource) => number | null;
}

/** Samples are expected from an instance in these. */
const MEASURING: ReadonlySet<InstanceState> = new Set(['enrolled', 'measuring']);

const tracked = (read: (figures: TrackedFigures) => number | null) => (source: InstanceSource) =>
  source.figures === null ? null : read(source.figures);
const seconds = (ns: number | null) => (ns === null ? null : ns / 1e9);

/** Offsets: system clock - PHC, positive = system clock ahead. */
const SERIES: readonly Declared[] = [
  {
    name: 'ptp_tester_phc_offset_seconds',
    help: 'System clock - PHC of the newest stored sample; what chrony left over, not accuracy to UTC',
    kind: 'gauge',
    value: tracked(({ offsetLastNs }) => seconds(offsetLastNs)),
  },
  {
    name: 'ptp_tester_phc_offset_median_seconds',
    help: 'Median of system clock - PHC in the last ten minutes of samples',
    kind: 'gauge',
    value: tracked(({ offsetP50Ns }) => seconds(offsetP50Ns)),
  },
  {
    name: 'ptp_tester_phc_offset_abs_p99_seconds',
    help: '99th percentile of |system clock - PHC| in the last ten minutes of samples, at slow cadences of the last 1000; absent below 1000',
    kind: 'gauge',
    value: tracked(({ offsetP99AbsNs }) => seconds(offsetP99AbsNs)),
  },
  {
    name: 'ptp_tester_phc_offset_abs_max_seconds',
    help: 'Largest |system clock - PHC| in the last ten minutes of samples',
    kind: 'gauge',
    value: tracked(({ offsetMaxAbsNs }) => seconds(offsetMaxAbsNs)),
  },
  {
    name: 'ptp_tester_clock_error_bound_seconds',
    help: 'Bound of the system clock to UTC by chrony and the PHC: |system time| + dispersion + delay / 2 + PHC error bound',
    kind: 'gauge',
    value: tracked(({ clockErrorBoundNs }) => seconds(clockErrorBoundNs)),
  },
  {
    name: 'ptp_tester_phc_selected',
    help: '1 while chronyd follows the PHC',
    kind: 'gauge',
    value: tracked(({ phcSelected }) => phcSelected),
  },
  {
    name: 'ptp_tester_gaps_total',
    help: 'Gap records: data that the agent had to drop',
    kind: 'counter',
    value: tracked(({ gaps }) => gaps),
  },
  {
    name: 'ptp_tester_missed_ticks_total',
    help: 'Samples that the agent did not take in time, all streams',
    kind: 'counter',
    value: tracked(({ missedTicks }) => missedTicks),
  },
  {
    name: 'ptp_tester_phc_read_errors_total',
    help: 'PHC readings that failed',
    kind: 'counter',
    value: tracked(({ readErrors }) => readErrors),
  },
  {
    name: 'ptp_tester_phc_reads_refused_total',
    help: 'How often the device began to refuse reads (EBUSY)',
    kind: 'counter',
    value: tracked(({ readsRefused }) => readsRefused),
  },
  {
    name: 'ptp_tester_agent_cpu_ratio',
    help: 'CPU of the agent, share of one core, between its two newest samples',
    kind: 'gauge',
    value: tracked(({ agentCpuRatio }) => agentCpuRatio),
  },
  {
    name: 'ptp_tester_agent_resident_memory_bytes',
    help: 'Resident memory of the agent',
    kind: 'gauge',
    value: tracked(({ agentRssBytes }) => agentRssBytes),
  },
  {
    name: 'ptp_tester_agent_spool_bytes',
    help: 'Records that the agent holds and that are not acknowledged',
    kind: 'gauge',
    value: tracked(({ spoolBytes }) => spoolBytes),
  },
  {
    name: 'ptp_tester_instance_measuring',
    help: '1 while samples are expected from the instance',
    kind: 'gauge',
    value: ({ instance }) => (MEASURING.has(instance.state) ? 1 : 0),
  },
  {
    name: 'ptp_tester_instance_failed',
    help: '1 once the instance could not take part any more',
    kind: 'gauge',
    value: ({ instance }) => (instance.failure === null ? 0 : 1),
  },
  {
    name: 'ptp_tester_criteria_failed',
    help: 'Criteria that the newest interim judgement finds broken',
    kind: 'gauge',
    value: ({ failedCriteria }) => failedCriteria,
  },
  {
    name: 'ptp_tester_agent_connected',
    help: '1 while the agent is connected',
    kind: 'gauge',
    value: ({ agent }) => (agent?.connected === true ? 1 : 0),
  },
  {
    name: 'ptp_tester_last_contact_timestamp_seconds',
    help: 'When the agent was last heard of',
    kind: 'gauge',
    value: ({ agent }) => (agent === null || agent.lastContactAt === 0 ? null : agent.lastContactAt / 1000),
  },
  {
    name: 'ptp_tester_samples_stored_total',
    help: 'Samples of the instance stored since the controller started',
    kind: 'counter',
    value: ({ agent }) => agent?.samplesStored ?? null,
  },
];

/** Adds the series of all these instances. */
export function addInstanceMetrics(registry: Registry, sources: readonly InstanceSource[]): void {
  for (const { name, help, kind, value } of SERIES) {
    const options = { name, help, labelNames: [...LABELS], registers: [registry] };
    const metric = kind === 'gauge' ? new Gauge(options) : new Counter(options);
    for (const source of sources) {
      const number = value(source);
      // A new gauge or counter stands at 0, so adding sets it.
      if (number !== null) metric.inc({ ...labelsOf(source) }, number);
    }
  }
  addEvents(registry, sources);
  addInfo(registry, sources);
}

function isSimulated({ spec }: Run): boolean {
  return spec.sources.phc?.mode === 'simulated';
}

function labelsOf({ run, instance }: InstanceSource): Labels {
  const labels = { run: run.id, instance_id: instance.instanceId ?? '', instance_type: instance.instanceType };
  // Of a real clock the label is absent: its series are called what they always were.
  return isSimulated(run) ? { ...labels, simulated: 'true' } : labels;
}

function addEvents(registry: Registry, sources: readonly InstanceSource[]): void {
  const events = new Counter({
    name: 'ptp_tester_agent_events_total',
    help: 'Events that the agent reported',
    labelNames: [...LABELS, 'severity'],
    registers: [registry],
  });
  for (const source of sources) {
    if (source.figures === null) continue;
    const { eventsWarning, eventsError } = source.figures;
    events.inc({ ...labelsOf(source), severity: 'warning' }, eventsWarning ?? 0);
    events.inc({ ...labelsOf(source), severity: 'error' }, eventsError ?? 0);
  }
}

function addInfo(registry: Registry, sources: readonly InstanceSource[]): void {
  const info = new Gauge({
    name: 'ptp_tester_instance_info',
    help: 'Always 1; what the instance is',
    labelNames: [...LABELS, 'index', 'availability_zone', 'agent_version', 'state'],
    registers: [registry],
  });
  for (const source of sources) {
    const { run, instance } = source;
    const more = {
      index: String(instance.index),
      availability_zone: instance.facts?.availability_zone ?? '',
      agent_version: instance.agentVersion ?? '',
      state: instance.state,
      simulated: String(isSimulated(run)),
    };
    info.set({ ...labelsOf(source), ...more }, 1);
  }
}
