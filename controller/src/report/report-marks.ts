/** What of an instance's events is drawn on its charts and numbered in its list: warnings and errors, the gravest when there are many. */
import type { ChartMark } from '../charts/chart-marks.ts';
import type { EventReport, InstanceReport } from './report-schema.ts';

export interface NumberedEvent {
  readonly number: number;
  readonly event: EventReport;
}

/** More would hide the curve. */
const MOST_MARKS = 24;

/** In order of time; the number is what the chart shows. */
export function numberedEvents({ events }: InstanceReport): NumberedEvent[] {
  const weight = ({ severity, event }: EventReport) =>
    (severity === 'error' ? 0 : 1) + (event === 'data_gap' ? 0.5 : 0);
  return events.items
    .filter(({ severity, event }) => severity !== 'info' || event === 'lock_reached')
    .toSorted((a, b) => weight(a) - weight(b))
    .slice(0, MOST_MARKS)
    .toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
    .map((event, index) => ({ number: index + 1, event }));
}

/** Holdovers as spans, numbered events as moments. */
export function marksOf(result: InstanceReport): ChartMark[] {
  const holdovers = result.holdovers.items.slice(0, MOST_MARKS).map(({ from_at, to_at }): ChartMark => {
    return { fromMs: Date.parse(from_at), toMs: Date.parse(to_at), severity: 'warning', label: '' };
  });
  const moments = numberedEvents(result).map(({ number, event }): ChartMark => {
    const atMs = Date.parse(event.at);
    return { fromMs: atMs, toMs: atMs, severity: event.severity, label: String(number) };
  });
  return [...holdovers, ...moments];
}
