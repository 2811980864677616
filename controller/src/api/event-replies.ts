/** Events of the agents and of the controller in one list, oldest first (pure). */
import {
  EVENT_KINDS,
  EVENTS,
  type EventKind,
  type EventSeverity,
  formatInstant,
  instantFromMs,
} from '@ptp-tester/measurement';
import type { ControllerEvent } from '../runs/run-repository.ts';
import type { StoredEvent } from '../store/sample-store.ts';
import type { EventItem } from './schemas.ts';

const RANK: Readonly<Record<EventSeverity, number>> = { info: 0, warning: 1, error: 2 };

/** Those of at least this severity; undefined: all. */
export function kindsFrom(severity: EventSeverity | undefined): readonly EventKind[] | undefined {
  if (severity === undefined || severity === 'info') return undefined;
  return EVENT_KINDS.filter((kind) => RANK[EVENTS[kind].severity] >= RANK[severity]);
}

export interface EventSources {
  readonly stored: readonly AgentEvent[];
  readonly raised: readonly ControllerEvent[];
}

/** The newest so many of both, oldest first. Each must hold its own newest so many. */
export function newestEvents({ stored, raised }: EventSources, limit: number): EventItem[] {
  return [...stored.map(ofAgent), ...raised.map(ofController)]
    .sort((a, b) => Number(a.at > b.at) - Number(a.at < b.at))
    .slice(-limit)
    .map(eventItem);
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
