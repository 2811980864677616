/** The rows of the fleet table: filtered and sorted (pure). */
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import { badness, troubleOf } from '../trouble.ts';
import type { FleetAxis, FleetFilter } from '../view.ts';

type Value = number | string | null;

/** What each column sorts by. */
const SORT_VALUES: Readonly<Record<string, (row: InstanceFigures) => Value>> = {
  trouble: badness,
  index: ({ index }) => index,
  instance: ({ instance_type, instance_index }) => `${instance_type} ${String(instance_index).padStart(6, '0')}`,
  zone: ({ availability_zone_id }) => availability_zone_id,
  state: ({ state }) => state,
  last: ({ offset_last_ns }) => magnitude(offset_last_ns),
  p50: ({ offset_p50_ns }) => magnitude(offset_p50_ns),
  p99: ({ offset_p99_abs_ns }) => offset_p99_abs_ns,
  max: ({ offset_max_abs_ns }) => offset_max_abs_ns,
  bound: ({ clock_error_bound_ns }) => clock_error_bound_ns,
  lock: ({ phc_selected }) => (phc_selected === null ? null : Number(!phc_selected)),
  gaps: ({ gaps, missed_ticks }) => gaps * 1e6 + missed_ticks,
  reads: ({ read_errors, reads_refused }) => read_errors + reads_refused,
  events: ({ events_error, events_warning }) => events_error * 1e6 + events_warning,
  rate: ({ samples_per_second }) => samples_per_second,
  cpu: ({ agent_cpu_ratio }) => agent_cpu_ratio,
  memory: ({ agent_rss_bytes }) => agent_rss_bytes,
  spool: ({ spool_bytes }) => spool_bytes,
  agent: ({ agent_version }) => agent_version,
  id: ({ instance_id }) => instance_id,
};

const AXIS_TESTS: Readonly<Record<FleetAxis, (row: InstanceFigures) => boolean>> = {
  all: () => true,
  attention: (row) => ['error', 'warning'].includes(troubleOf(row).tone),
  locked: ({ phc_selected }) => phc_selected === true,
  failed: ({ failure, setup }) => failure !== null || setup === 'failed' || setup === 'rolled_back',
  fails_quality: ({ quality }) => quality === 'fail',
  passes: ({ quality }) => quality === 'pass',
  not_tested: ({ capability }) => capability === 'not_tested' || capability === null,
};

export function fleetRows(rows: Iterable<InstanceFigures>, filter: FleetFilter): InstanceFigures[] {
  const { type, zone, axis } = filter;
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = [...rows].filter(
    (row) =>
      (type === '' || row.instance_type === type) &&
      (zone === '' || row.availability_zone_id === zone) &&
      AXIS_TESTS[axis](row) &&
      words.every((word) => textOf(row).includes(word)),
  );
  const sortValue = SORT_VALUES[filter.sort] ?? badness;
  const valued = shown.map((row) => ({ row, value: sortValue(row) }));
  const direction = filter.descending ? -1 : 1;
  valued.sort((a, b) => compare(a.value, b.value, direction) || a.row.index - b.row.index);
  return valued.map(({ row }) => row);
}

/** What the selects offer, sorted. */
export function choicesOf(rows: Iterable<InstanceFigures>): { readonly types: string[]; readonly zones: string[] } {
  const types = new Set<string>();
  const zones = new Set<string>();
  for (const { instance_type, availability_zone_id } of rows) {
    types.add(instance_type);
    if (availability_zone_id !== null) zones.add(availability_zone_id);
  }
  return { types: [...types].sort(), zones: [...zones].sort() };
}

function textOf({ index, name, instance_id, state, availability_zone_id }: InstanceFigures): string {
  return `#${index} ${name} ${instance_id} ${state} ${availability_zone_id}`.toLowerCase();
}

function magnitude(value: number | null): number | null {
  return value === null ? null : Math.abs(value);
}

/** What is not known comes last, whichever way is up. */
function compare(a: Value, b: Value, direction: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string' || typeof b === 'string') return String(a).localeCompare(String(b)) * direction;
  return (a - b) * direction;
}
