/** Events: discrete facts with a time and a plain-English explanation. The agent raises operational ones, the controller those from data. */

export type EventOwner = 'agent' | 'controller';
export type EventSeverity = 'info' | 'warning' | 'error';

export interface EventDeclaration {
  readonly owner: EventOwner;
  readonly severity: EventSeverity;
  /** What happened and what to look at, for people. */
  readonly explanation: string;
}

function agent(severity: EventSeverity, explanation: string): EventDeclaration {
  return { owner: 'agent', severity, explanation };
}

function controller(severity: EventSeverity, explanation: string): EventDeclaration {
  return { owner: 'controller', severity, explanation };
}

export const EVENTS = {
  epoch_started: agent(
    'info',
    'The agent process started; the detail holds boot, clock source, kernel, driver and chrony facts.',
  ),
  environment_changed: agent(
    'warning',
    'A fact about the machine changed since the epoch began (clock source, kernel, driver, chrony).',
  ),
  plan_reached: agent('info', 'The agent works by this plan generation now.'),
  source_started: agent('info', 'A source began to measure.'),
  source_absent: agent('info', 'A planned source is not available on this machine; its stream stays empty.'),
  source_failed: agent('warning', 'A source could not be read. The other sources go on; it is tried again.'),
  source_recovered: agent('info', 'A source that had failed can be read again.'),
  reads_blocked: agent(
    'warning',
    'The PHC refused reads (EBUSY). The agent reads less until it recovers; chronyd has precedence.',
  ),
  device_gone: agent('error', 'The PHC device disappeared. A driver reload or a device reset does this.'),
  device_back: agent('info', 'The PHC device is back.'),
  clock_set: agent('warning', 'The system clock was set (stepped) by someone.'),
  counters_reset: agent('warning', 'The driver counters went backwards: the network device was reset.'),
  vm_disrupted: agent(
    'error',
    'The hypervisor disrupted the clock (vmclock marker changed), as a live migration does.',
  ),
  record_rejected: agent('error', 'The controller refused a record; the agent put it aside in quarantine and went on.'),
  spool_full: agent(
    'error',
    'The spool reached its limit; the oldest records of the least important streams were dropped.',
  ),
  spool_failed: agent('error', 'The spool could not be written. Samples are lost until it can be.'),
  spool_repaired: agent(
    'warning',
    'A damaged end of the spool was cut off after an unclean stop; everything before it was kept.',
  ),
  lease_expired: agent('error', 'The lease ran out; the agent powers the instance off.'),
  measuring_finished: agent('info', 'The agent finished the plan and closed its last batches.'),
  agent_restarted: controller(
    'warning',
    'A new epoch of the agent began on the same instance; samples between the two are missing.',
  ),
  data_gap: controller('warning', 'Samples are missing between two stored ones.'),
  instance_silent: controller('warning', 'Nothing has arrived from this instance for a while.'),
  connection_refused: controller('warning', 'A connection of an agent was refused; the detail says why.'),
  security_refused: controller(
    'error',
    'An enrolment was refused for a security reason: wrong, expired or already used token.',
  ),
  record_nacked: controller(
    'error',
    'A record could not be accepted and was nacked; the agent keeps it in quarantine.',
  ),
  store_failed: controller('error', 'The store could not write; nothing is acknowledged until it can.'),
  instance_lost: controller('error', 'The instance ended before the run did.'),
} as const satisfies Record<string, EventDeclaration>;

export type EventKind = keyof typeof EVENTS;

export const EVENT_KINDS = Object.keys(EVENTS) as readonly EventKind[];

/** Whether a text names an event kind. */
export function isEventKind(text: string): text is EventKind {
  return Object.hasOwn(EVENTS, text);
}
