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
    'A fact about the machine changed since it was last looked at (clock source, kernel, driver, chrony, which PHC is measured), or the setup that was rolled back is tried again.',
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
  phc_read_method: agent(
    'info',
    'How the PHC is read from now on: the detail says by which ioctl, and where its error bound comes from.',
  ),
  reads_recovered: agent(
    'info',
    'The PHC answers at the planned rate again; the detail says how long it refused reads and how often.',
  ),
  device_gone: agent('error', 'The PHC device disappeared. A driver reload or a device reset does this.'),
  device_back: agent('info', 'The PHC device is back; the detail says whether it has another number now.'),
  phc_stopped: agent(
    'error',
    'The PHC stood still while CLOCK_MONOTONIC_RAW went on. The detail says whether chronyd still followed it: then the system clock is being steered by a dead clock. Look at the driver counters and the kernel log.',
  ),
  phc_running: agent('info', 'The PHC runs again; the detail says how long it stood still.'),
  phc_reads_unexplained: agent(
    'warning',
    "The driver served clearly more PHC readings than this agent made and chronyd's configuration explains. Likely: ClockBound, phc2sys or another program reads it too. Look with fuser at the PHC device.",
  ),
  leap_changed: agent(
    'warning',
    'The leap status of chronyd changed: a leap second is announced, has passed, or synchronisation was lost. The PHC is not smeared and 169.254.169.123 is.',
  ),
  chrony_lost: agent(
    'error',
    'The chronyd of the instance does not answer any more, or holds the descriptor of a PHC that is gone. The detail says which, and whether a restart was asked for; there are three an hour at most.',
  ),
  chrony_back: agent(
    'info',
    'The chronyd of the instance answers and reads the PHC again; the detail says how long it did not.',
  ),
  maintenance_announced: agent(
    'warning',
    'The metadata service announces, changes or withdraws maintenance of this instance: a reboot, a stop or a retirement. The detail says what and when.',
  ),
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
  evidence_collected: agent(
    'info',
    'Evidence for an acceptance: what a tool printed or a probe found, as the bundle of `ptp-tester acceptance` has it.',
  ),
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
  instance_impaired: controller(
    'warning',
    'EC2 says that a status check of the instance fails. A failed system check is trouble of the host, which AWS repairs; look at gaps and steps from then on.',
  ),
  maintenance_scheduled: controller(
    'warning',
    'AWS has announced maintenance of the host: a reboot, a stop or a retirement of the instance. The detail says what and when.',
  ),
  instance_kept: controller(
    'info',
    'The instance is kept as its operator decided: nothing of this tool ends it any more.',
  ),
  keep_failed: controller(
    'error',
    'The instance could not be kept as decided; it was left alone. The detail says at which step, and what to do.',
  ),
  keep_asked: controller(
    'info',
    'The operator is asked which instances to keep; without an answer in time none is kept.',
  ),
  keep_decided: controller('info', 'It was decided which instances are kept; the detail says which and by whom.'),
  call_denied: controller(
    'warning',
    'AWS refused a call for lack of rights; of each action the first refusal is told. The detail has what AWS encoded of why, with the command that decodes it.',
  ),
  run_paused: controller(
    'error',
    'AWS refused the credentials. Nothing is launched or terminated until they are renewed; agents go on measuring. The detail says how.',
  ),
  run_resumed: controller('info', 'AWS accepts the credentials again; the run goes on.'),
  controller_clock_wrong: controller(
    'warning',
    "The clock of the controller's machine was off when the controller started, by as much as the detail says. It goes by AWS's clock until that of the machine is set. No instance's clock is concerned.",
  ),
  controller_clock_stepped: controller(
    'warning',
    "The controller's own clock was set. The soak still lasts as long as was asked for; times that the controller wrote before and after do not fit each other. No instance's clock is concerned.",
  ),
  samples_removed: controller(
    'info',
    'The stored samples of the run were removed, by age, to make room, or by an operator; the detail says which. Its report stays.',
  ),
  left_behind: controller(
    'error',
    'The run ended and something of it is still there. The detail has each with the command that removes it.',
  ),
  system_clock_stepped: controller(
    'error',
    'The system clock jumped against the raw clock. Likely: someone set it (chronyd makestep, date, another time daemon), a VM migration or resume, a leap second. Look at clock_set and vm_disrupted around it, and at the chrony log.',
  ),
  phc_stepped: controller(
    'error',
    'The PHC jumped against the raw clock while the system clock ran on. Likely: the device or the host behind it was reset or took another time. Look at counters_reset, device_gone, environment_changed (another PHC is measured) and the kernel log; other instances at that time tell host from device.',
  ),
  offset_stepped: controller(
    'error',
    'The offset jumped and the raw clock does not tell which clock it was. Look at the raw stream and at clock_set around it.',
  ),
  frequency_jumped: controller(
    'warning',
    'The rate of the system clock against its reference changed suddenly. Likely: chronyd changed source or a wrong correction, a VM migration to other hardware, another clock source. Look at the chrony frequency, environment_changed and vm_disrupted.',
  ),
  phc_stalled: controller(
    'error',
    'The PHC stood still while time went on. Likely: a device that hangs or answers from a cache. Look at the driver counters phc_exp and phc_err and the kernel log.',
  ),
  offset_outlier: controller(
    'warning',
    'Single samples lie far from their neighbours; they are counted, never deleted. Likely: the reading was interrupted (wide read delay, CPU steal). Look at read_delay_ns and host steal at that time.',
  ),
  time_went_backwards: controller(
    'error',
    'The system clock showed an earlier time than before. Likely: it was stepped back. Programs that order by it are wrong then. Look at clock_set and who else sets the clock.',
  ),
  lock_reached: controller(
    'info',
    'The start-up transient ended here: from now on the limits apply. The detail says by which rule.',
  ),
  reference_lost: controller(
    'warning',
    'The PHC was no longer selected by chronyd; the system clock coasts or follows another source. Likely: refused PHC reads, a driver reload, chronyd restarted, a better-looking NTP source. Look at chrony_source state and reach, and the driver counters.',
  ),
  reference_regained: controller(
    'info',
    'The PHC was selected by chronyd again; the detail says how far the clock had gone.',
  ),
  vm_marker_changed: controller(
    'error',
    'The disruption marker of vmclock changed: the VM was paused or moved, and every clock inside may be wrong by that. Look at steps and frequency jumps right after it, and at scheduled maintenance.',
  ),
  leap_second_seen: controller(
    'warning',
    'A leap second passed. The PHC is not smeared and 169.254.169.123 is, so the two differ for a day. Look at leap_status and the step at midnight UTC.',
  ),
  phc_errors_counted: controller(
    'warning',
    'The driver counted failed PHC requests. Likely: more than 125 readings a second altogether, or the device is late. Look at who else reads the PHC and at the read rate.',
  ),
  phc_other_readers: controller(
    'warning',
    'The driver counted clearly more PHC readings than the agent and chronyd make. Likely: ClockBound, phc2sys or another program reads it too. Look with fuser at the PHC device.',
  ),
} as const satisfies Record<string, EventDeclaration>;

export type EventKind = keyof typeof EVENTS;

export const EVENT_KINDS = Object.keys(EVENTS) as readonly EventKind[];

/** Whether a text names an event kind. */
export function isEventKind(text: string): text is EventKind {
  return Object.hasOwn(EVENTS, text);
}
