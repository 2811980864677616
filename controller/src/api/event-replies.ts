/** Events of the agents and of the controller in one list, oldest first (pure). */
import { EVENTS, type EventKind, type EventSeverity, formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { ControllerEvent } from '../runs/run-repository.ts';
import type { StoredEvent } from '../store/sample-store.ts';
import type { EventItem, EventsReply } from './schemas.ts';

const RANK: Readonly<Record<EventSeverity, number>> = { info: 0, warning: 1, error: 2 };

export interface EventFilter {
  readonly instance: string | undefined;
  /** At least this. */
  readonly severity: EventSeverity | undefined;
  readonly limit: number;
}

export interface EventSources {
  readonly run: string;
  readonly stored: readonly AgentEvent[];
  readonly raised: readonly ControllerEvent[];
}

export function eventsReply(sources: EventSources, filter: EventFilter): EventsReply {
  const { run, stored, raised } = sources;
  const events = [...stored.map(ofAgent), ...raised.map(ofController)]
    .filter(({ instanceId }) => filter.instance === undefined || instanceId === filter.instance)
    .filter(({ event }) => RANK[EVENTS[event].severity] >= RANK[filter.severity ?? 'info'])
    .sort((a, b) => Number(a.at > b.at) - Number(a.at < b.at));
  return { run, total: events.length, events: events.slice(-filter.limit).map(eventItem) };
}

/** The newest so many of both, oldest first. */
export function newestEvents(sources: Omit<EventSources, 'run'>, limit: number): EventItem[] {
  return eventsReply({ run: '', ...sources }, { instance: undefined, severity: undefined, limit }).events;
}

interface TimedEvent {
  readonly instanceId: string | null;
  readonly event: EventKind;
  readonly at: bigint;
  readonly detail: ControllerEvent['detail'];
  readonly clock: EventItem['clock'];
}

type AgentEvent = Pick<StoredEvent, 'instanceId' | 'event' | 'at' | 'detail'>;

function ofAgent({ instanceId, event, at, detail }: AgentEvent): TimedEvent {
  return { instanceId, event, at, detail, clock: 'instance' };
}

function ofController({ instanceId, event, at, detail }: ControllerEvent): TimedEvent {
  return { instanceId, event, at: instantFromMs(at), detail, clock: 'controller' };
}

function eventItem({ instanceId, event, at, detail, clock }: TimedEvent): EventItem {
  const { owner, severity, explanation } = EVENTS[event];
  const when = formatInstant(at);
  return { instance_id: instanceId, event, owner, severity, at: when, clock, explanation, detail: { ...detail } };
}
