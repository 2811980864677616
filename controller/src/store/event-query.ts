/** The statements that read some of a run's events, or count them, without reading the others (pure). */
import type { EventFilter } from './sample-store.ts';

export interface EventStatement {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/**
 * By `at`, newest first. Which they are is settled by the index events_by_at alone, or by the keys of one instance: looking into each row for
 * its kind takes two seconds for a million.
 */
export function newestEventsStatement(limit: number, filter: EventFilter): EventStatement {
  const { where, values } = conditionsOf(filter);
  const sql = `
SELECT instance, epochs.epoch AS epoch, events.sequence AS sequence, event, events.at AS at, mono_raw_ns, received_at, detail
FROM (
  SELECT events.epoch AS of_epoch, sequence, at FROM ${sourceOf(filter)} ${where}
  ORDER BY at DESC, events.epoch DESC, sequence DESC LIMIT ?
) AS newest
JOIN events ON events.epoch = newest.of_epoch AND events.sequence = newest.sequence
JOIN epochs ON epochs.id = events.epoch
ORDER BY events.at DESC, events.epoch DESC, events.sequence DESC`;
  return { sql, values: [...values, limit] };
}

/** The left side of a CROSS JOIN is the outer loop (sqlite.org/optoverview.html). */
function sourceOf({ instanceId }: EventFilter): string {
  return instanceId === undefined ? 'events' : 'epochs CROSS JOIN events ON events.epoch = epochs.id';
}

/** A row for each instance and kind. */
export const EVENT_COUNTS = `
SELECT instance, event, sum(number) AS number
FROM (SELECT epoch AS id, event, count(*) AS number FROM events GROUP BY epoch, event) JOIN epochs USING (id)
GROUP BY instance, event`;

/** One row, one number. */
export function eventTotalStatement(filter: EventFilter): EventStatement {
  const { where, values } = conditionsOf(filter);
  return { sql: `SELECT count(*) AS number FROM ${sourceOf(filter)} ${where}`, values };
}

function conditionsOf({ instanceId, kinds }: EventFilter) {
  const conditions = [
    ...(instanceId === undefined ? [] : ['instance = ?']),
    ...(kinds === undefined ? [] : [`event IN (${kinds.map(() => '?').join(', ')})`]),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return { where, values: [...(instanceId === undefined ? [] : [instanceId]), ...(kinds ?? [])] };
}
