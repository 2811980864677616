// What happens to instances without the API being asked: somebody else stops them, AWS announces maintenance, a kernel hangs.
import type { EventCode, InstanceStatusEvent } from '@aws-sdk/client-ec2';
import { EventCode as EVENT_CODES } from '@aws-sdk/client-ec2';
import { objectOf, oneOf, type ShapeRule, TEXT, WHOLE } from '../check-shape.ts';
import type { Account, ActionContext } from './account.ts';
import type { InstanceRecord } from './instance.ts';
import { shutDown } from './instances.ts';

const DEEDS = [
  'terminate',
  'stop',
  'start',
  'reboot',
  'crash',
  'impair',
  'recover',
  'announce',
  'clear-events',
] as const;

/** One such happening. */
export interface InstanceOrder {
  readonly do: (typeof DEEDS)[number];
  /** An id, `tag:KEY=VALUE`, or `*` for all. */
  readonly instances: string;
  /** For terminate and stop: the state reason, `Client.UserInitiatedShutdown` when absent. */
  readonly code?: string;
  readonly message?: string;
  /** For announce: `system-maintenance` when absent. */
  readonly event?: { readonly code?: EventCode; readonly description?: string; readonly inMs?: number };
}

/** What an order may look like. */
export const ORDER_RULE: ShapeRule = objectOf(
  {
    do: oneOf(...DEEDS),
    instances: TEXT,
    code: TEXT,
    message: TEXT,
    event: objectOf({ code: oneOf(...Object.values(EVENT_CODES)), description: TEXT, inMs: WHOLE }),
  },
  'do',
  'instances',
);

const DAY_MS = 86_400_000;
const EVENT_LENGTH_MS = 3_600_000;

/** Carries an order out. @returns the ids of the instances that it concerned; those that are terminated are left alone */
export function carryOut(order: InstanceOrder, context: ActionContext): string[] {
  const chosen = chosenBy(order.instances, context.account).filter(({ state }) => state !== 'terminated');
  for (const record of chosen) carryOutOn(record, order, context);
  return chosen.map(({ id }) => id);
}

function chosenBy(selector: string, account: Account): InstanceRecord[] {
  const all = [...account.instances.values()];
  if (selector === '*') return all;
  const [, key = '', value = ''] = /^tag:([^=]+)=(.*)$/s.exec(selector) ?? [];
  return all.filter(({ id }) => (key === '' ? id === selector : account.tags.get(id)?.get(key) === value));
}

function carryOutOn(record: InstanceRecord, order: InstanceOrder, context: ActionContext): void {
  const { machines, now } = context;
  switch (order.do) {
    case 'terminate':
    case 'stop': {
      const { code = 'Client.UserInitiatedShutdown', message = 'User initiated shutdown' } = order;
      if (shutDown(record, order.do, { code, message, now: now() })) machines[order.do](record);
      return;
    }
    case 'start':
      if (record.state !== 'stopped') return;
      record.state = 'pending';
      machines.start(record);
      return;
    case 'reboot':
    case 'crash':
      machines[order.do](record);
      return;
    case 'impair':
      record.impairedSince = now();
      return;
    case 'recover':
      record.impairedSince = undefined;
      return;
    case 'announce':
      record.events = [...record.events, eventOf(order, context)];
      return;
    case 'clear-events':
      record.events = [];
  }
}

function eventOf({ event = {} }: InstanceOrder, { newId, now }: ActionContext): InstanceStatusEvent {
  const {
    code = 'system-maintenance',
    description = 'The instance is running on degraded hardware',
    inMs = DAY_MS,
  } = event;
  const startsAt = now() + inMs;
  return {
    InstanceEventId: newId('instance-event'),
    Code: code,
    Description: description,
    NotBefore: new Date(startsAt),
    NotAfter: new Date(startsAt + EVENT_LENGTH_MS),
  };
}
