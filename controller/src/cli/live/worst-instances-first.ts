/** The order in which instances are shown where not all of them fit: trouble first, then by how far the clock is off (pure). */
import type { InstanceFigures } from '../../api/live-schemas.ts';

export function worstInstancesFirst(instances: readonly InstanceFigures[]): InstanceFigures[] {
  return [...instances].sort((a, b) => trouble(b) - trouble(a) || magnitude(b) - magnitude(a) || a.index - b.index);
}

function trouble({ failure, state, connected, events_error: errors, quality }: InstanceFigures): number {
  if (failure !== null) return 4;
  if (state === 'measuring' && !connected) return 3;
  if (errors > 0) return 2;
  return quality === 'fail' ? 1 : 0;
}

function magnitude({ offset_p99_abs_ns: p99, offset_max_abs_ns: max, offset_last_ns: last }: InstanceFigures): number {
  return p99 ?? max ?? (last === null ? -1 : Math.abs(last));
}
