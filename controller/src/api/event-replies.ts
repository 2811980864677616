/** Events of the agents and of the controller in one list, oldest first (pure). */
import { EVENTS, type EventSeverity, formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { ControllerEvent } from '../runs/run-repository.ts';
import type { StoredEvent } from '../store/sample-store.ts';
import type { EventsReply } from './schemas.ts';

const RANK: Readonly<Record<EventSeverity, number>> = { info: 0, warning: 1, error: 2 };

export interface EventFilter {
  readonly instance: string | undefined;
  /** At least this. */
  readonly severity: EventSeverity | undefined;
  readonly limit: number;
}

export interface EventSources {
  readonly run: string;
  readonly stored: readonly StoredEvent[];
  readonly raised: readonly ControllerEvent[];
}

export function eventsReply(sources: EventSources, filter: EventFilter): EventsReply {
  const { run, stored, raised } = sources;
  const events = [
    ...stored.map(({ instanceId, event, at, detail }) => ({
      instanceId,
      event,
      at,
      detail,
      clock: 'instance' as const,
    })),
    ...raised.map(({ instanceId, event, at, detail }) => ({
      instanceId,
      event,
      at: instantFromMs(at) as bigint,
      detail,
      clock: 'controller' as const,
    })),
  ]
    .filter(({ instanceId }) => filter.instance === undefined || instanceId === filter.instance)
    .filter(({ event }) => RANK[EVENTS[event].severity] >= RANK[filter.severity ?? 'info'])
    .sort((a, b) => Number(a.at > b.at) - Number(a.at < b.at));
  return {
    run,
    total: events.length,
    events: events.slice(-filter.limit).map(({ instanceId, event, at, detail, clock }) => {
      const { owner, severity, explanation } = EVENTS[event];
      return {
        instance_id: instanceId,
        event,
        owner,
        severity,
        at: formatInstant(at),
        clock,
        explanation,
        detail: { ...detail },
      };
    }),
  };
}
