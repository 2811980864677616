/** Events on the charts: what belongs together as a band from loss to return, the rest as numbered lines (pure). */

import type { EventItem } from '../../../src/api/schemas.ts';
import type { ChartMark } from '../../../src/charts/chart-marks.ts';

type EventKind = EventItem['event'];

/** What ends a state that another event began. */
const ENDS: Partial<Record<EventKind, EventKind>> = {
  reference_lost: 'reference_regained',
  device_gone: 'device_back',
  source_failed: 'source_recovered',
};
/** More would hide the curve: the gravest stay. */
const MOST = 30;

export interface NumberedEvent {
  readonly number: number;
  readonly event: EventItem;
}

/** Warnings and errors in order of time, and where the lock was reached. */
export function numberedEvents(events: readonly EventItem[]): NumberedEvent[] {
  const shown = events.filter(({ severity, event }) => severity !== 'info' || event === 'lock_reached');
  const weight = ({ severity }: EventItem) => (severity === 'error' ? 0 : 1);
  return shown
    .toSorted((a, b) => weight(a) - weight(b))
    .slice(0, MOST)
    .toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
    .map((event, index) => ({ number: index + 1, event }));
}

/** `nowMs` ends what has not ended yet. */
export function eventMarks(events: readonly EventItem[], nowMs: number): ChartMark[] {
  const bands = events.flatMap((event, index): ChartMark[] => {
    const end = ENDS[event.event];
    if (end === undefined) return [];
    const over = events.slice(index + 1).find((later) => later.event === end);
    const toMs = over === undefined ? nowMs : Date.parse(over.at);
    return [{ fromMs: Date.parse(event.at), toMs, severity: event.severity, label: '' }];
  });
  const lines = numberedEvents(events).map(({ number, event }): ChartMark => {
    const atMs = Date.parse(event.at);
    return { fromMs: atMs, toMs: atMs, severity: event.severity, label: String(number) };
  });
  return [...bands, ...lines];
}
