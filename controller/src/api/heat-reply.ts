/** The heat strips of a run's instances on one axis of time (pure). */
import { HEAT_COLUMNS, type HeatName } from '../live/heat-columns.ts';
import type { SavedStrip } from '../live/heat-strip.ts';
import type { HeatReply } from './live-schemas.ts';

export interface HeatQuestion {
  readonly run: string;
  readonly name: HeatName;
  readonly instances: readonly { readonly index: number; readonly instanceId: string | null }[];
  readonly strips: ReadonlyMap<string, SavedStrip>;
  readonly buckets: number;
}

interface Axis {
  readonly fromMs: number;
  readonly bucketMs: number;
  readonly buckets: number;
}

/** Buckets are never shorter than the longest of any strip, so that none claims more than is known. */
export function heatReply({ run, name, instances, strips, buckets }: HeatQuestion): HeatReply {
  const axis = commonAxis([...strips.values()], buckets);
  return {
    run,
    ...HEAT_COLUMNS[name],
    unit: 'ns',
    from: String(BigInt(axis.fromMs) * 1_000_000n),
    bucket_ns: axis.bucketMs * 1e6,
    buckets: axis.buckets,
    instances: instances.flatMap(({ index, instanceId }) => {
      const strip = instanceId === null ? undefined : strips.get(instanceId);
      if (strip === undefined || instanceId === null) return [];
      return [{ index, instance_id: instanceId, max_abs: onAxis(strip, axis) }];
    }),
  };
}

function commonAxis(strips: readonly SavedStrip[], most: number): Axis {
  if (strips.length === 0) return { fromMs: 0, bucketMs: 0, buckets: 0 };
  const startMs = Math.min(...strips.map(({ bucketMs, first }) => first * bucketMs));
  const endMs = Math.max(...strips.map(({ bucketMs, first, values }) => (first + values.length) * bucketMs));
  const longestMs = Math.max(...strips.map(({ bucketMs }) => bucketMs));
  // A whole number of the longest buckets: their edges are multiples of their length, and so are these.
  let bucketMs = longestMs;
  const count = () => Math.ceil(endMs / bucketMs) - Math.floor(startMs / bucketMs);
  while (count() > most) bucketMs += longestMs;
  return { fromMs: Math.floor(startMs / bucketMs) * bucketMs, bucketMs, buckets: count() };
}

function onAxis({ bucketMs, first, values }: SavedStrip, axis: Axis): (number | null)[] {
  const row: (number | null)[] = Array.from({ length: axis.buckets }, () => null);
  for (const [bucket, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const at = Math.floor(((first + bucket) * bucketMs - axis.fromMs) / axis.bucketMs);
    row[at] = Math.max(row[at] ?? 0, value);
  }
  return row;
}
