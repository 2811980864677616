/** What happened to the whole fleet and when, on one screen: the gravest warnings and errors of all instances in the order of time (pure). */
import type { EventReport, InstanceReport } from './report-schema.ts';

export interface TimelineEntry {
  /** RFC 3339. Of the first. */
  readonly at: string;
  readonly result: InstanceReport;
  /** The first of its kind on this instance. */
  readonly event: EventReport;
  /** How many of this kind the instance had; all of them together where several are told in one. */
  readonly count: number;
  /** How many instances had it: more than one where many did, then `result` is the first of them. */
  readonly instances: number;
}

/** A kind that more instances than this had is told once. */
const MOST_ALONE = 3;
/** What fits on a screen. */
const MOST = 14;

export interface Timeline {
  readonly entries: readonly TimelineEntry[];
  /** Kinds of events on instances that are not among the entries. */
  readonly left: number;
}

/** Every kind of event once for each instance, or once for many, with its first time; errors before warnings when there are too many. */
export function fleetTimeline(results: readonly InstanceReport[]): Timeline {
  const byKind = Map.groupBy(results.flatMap(entriesOf), ({ event }) => event.event);
  const all = [...byKind.values()].flatMap((entries) => (entries.length > MOST_ALONE ? [together(entries)] : entries));
  const weight = ({ event }: TimelineEntry) =>
    (event.severity === 'error' ? 0 : 1) + (event.event === 'data_gap' ? 0.5 : 0);
  const shown = all.toSorted((a, b) => weight(a) - weight(b)).slice(0, MOST);
  return {
    entries: shown.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))),
    left: all.length - shown.length,
  };
}

function together(entries: readonly TimelineEntry[]): TimelineEntry {
  const earliest = entries.reduce((a, b) => (b.at < a.at ? b : a));
  const count = entries.reduce((sum, entry) => sum + entry.count, 0);
  return { ...earliest, count, instances: entries.length };
}

function entriesOf(result: InstanceReport): TimelineEntry[] {
  const grave = result.events.items.filter(({ severity }) => severity !== 'info');
  const first = new Map<string, TimelineEntry>();
  for (const event of grave) {
    const known = first.get(event.event);
    if (known === undefined) first.set(event.event, { at: event.at, result, event, count: 1, instances: 1 });
    else first.set(event.event, { ...known, count: known.count + 1 });
  }
  return [...first.values()];
}
