/** From facts about the machine to the verdicts on capability and setup. Pure. A lack of evidence is never a "no". */
import type { AxisVerdict, Capability, Setup } from '@ptp-tester/measurement';
import type { PhcReadMethod } from '@ptp-tester/phc';
import type { EnaDriver } from './ena-driver.ts';

/** What became of opening and reading the clock. */
export type PhcProbe =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly problem: string }
  | {
      readonly kind: 'read';
      readonly clock: string;
      readonly method: PhcReadMethod;
      readonly offsetNs: number;
      readonly simulated: boolean;
    };

export interface CapabilityFacts {
  readonly probe: PhcProbe;
  readonly driver: EnaDriver;
  /** PTP clocks that are not ENA's, `KVM virtual PTP (/dev/ptp0)`. */
  readonly otherClocks: readonly string[];
  /** The driver's words to the setup that this device has no PHC; null without. */
  readonly deviceHasNoPhc: string | null;
  /** What the setup says of enabling the PHC, in its words; null where there was no setup. */
  readonly enabling: string | null;
}

/**
 * `supported` only with a successful read. `unsupported` only with positive evidence: the driver has PHC built in and enabled, and
 * registers no clock, which is how it answers a device without one (ena_phc.c); or it refused enable_phc (EOPNOTSUPP, ena_devlink.c).
 */
export function judgeCapability(facts: CapabilityFacts): AxisVerdict<Capability> {
  const { probe } = facts;
  if (probe.kind === 'read') {
    const reason = probe.simulated
      ? 'SIMULATED: this clock is made by ptp-tester and says nothing about the hardware.'
      : `${probe.clock} was found and read.${probe.method === 'basic' ? FALLEN_BACK : ''}`;
    return { value: 'supported', reason };
  }
  if (probe.kind === 'unreadable') {
    return { value: 'not_tested', reason: `There is a PHC, but it could not be read: ${probe.problem}.` };
  }
  const others =
    facts.otherClocks.length === 0 ? '' : ` Other PTP clocks, which are not ENA's: ${facts.otherClocks.join(', ')}.`;
  const { value, reason } = facts.deviceHasNoPhc === null ? judgeByDriver(facts) : refused(facts.deviceHasNoPhc);
  return { value, reason: `${reason}${others}` };
}

const FALLEN_BACK =
  ' It is read by PTP_SYS_OFFSET, for the driver does not offer PTP_SYS_OFFSET_EXTENDED: the read delay holds the whole call.';
const WHERE_OFFERED =
  'Outside the legacy families and Regions a PHC is offered only in a precision-time placement group.';

function refused(words: string): AxisVerdict<Capability> {
  return { value: 'unsupported', reason: `The device refused enable_phc: ${words}. ${WHERE_OFFERED}` };
}

function judgeByDriver({ driver, enabling }: CapabilityFacts): AxisVerdict<Capability> {
  const notTested = (reason: string): AxisVerdict<Capability> => ({ value: 'not_tested', reason });
  if (driver.interfaces.length === 0) return notTested('No network interface uses the ENA driver.');
  if (!driver.ptpClass) return notTested('This kernel has no PTP hardware clocks (no /sys/class/ptp).');
  if (!driver.compatible) {
    const needed = driver.family === 'amzn' ? 'PHC needs 2.10.0' : 'in the mainline kernel PHC needs Linux 6.17';
    return notTested(`The ENA driver ${driver.version ?? ''} is too old: ${needed}.`);
  }
  if (driver.family === 'mainline') return notTested(withoutClock(driver, enabling));
  if (driver.phcEnable === null) return notTested(`The ENA driver ${driver.version ?? ''} was built without PHC.`);
  if (!driver.phcEnable) return notTested('The ENA driver has PHC built in, and it is not enabled (phc_enable=0).');
  const reason = `The ENA driver ${driver.version ?? ''} has PHC built in and enabled, and the device offers no clock. ${WHERE_OFFERED}`;
  return { value: 'unsupported', reason };
}

/** A mainline driver tells nowhere whether PHC is enabled; a device without one refuses that, so a missing clock alone proves nothing. */
function withoutClock(driver: EnaDriver, enabling: string | null): string {
  const said = enabling === null ? 'no setup has set enable_phc by devlink' : `enabling it: ${enabling}`;
  return `The mainline ENA driver (${driver.version ?? ''}) registers no PHC; ${said}.`;
}

export interface SetupFacts {
  /** Why chronyd could not be asked, or what it follows. */
  readonly chrony: { readonly absent: string } | { readonly follows: string; readonly synchronised: boolean };
  readonly usingPhc: boolean;
  readonly hasPhc: boolean;
  /** What the setup with root's rights did; null when there was none. */
  readonly done?: { readonly setup: AxisVerdict<Setup> } | null;
}

/**
 * `locked` when chronyd follows the PHC and gets updates from it, whoever configured it. Else what the setup says of itself; and
 * `not_attempted` where there was none, for an inspection configures nothing.
 */
export function judgeSetup(facts: SetupFacts): AxisVerdict<Setup> {
  const { chrony, done } = facts;
  if (!facts.usingPhc && done !== undefined && done !== null) return judgeAfterSetup(done.setup, facts);
  if ('absent' in chrony) return { value: 'not_attempted', reason: `Nothing was configured; ${chrony.absent}.` };
  if (facts.usingPhc) return { value: 'locked', reason: `chronyd follows the PHC (${chrony.follows}).` };
  const follows = chrony.synchronised ? `chronyd follows ${chrony.follows}` : 'chronyd is not synchronised';
  const phc = facts.hasPhc ? 'it does not follow the PHC' : 'there is no PHC to follow';
  return { value: 'not_attempted', reason: `Nothing was configured; ${follows}, and ${phc}.` };
}

/** A setup that ended locked says nothing about now. */
function judgeAfterSetup(setup: AxisVerdict<Setup>, { chrony }: SetupFacts): AxisVerdict<Setup> {
  if (setup.value !== 'locked') return setup;
  const now = 'absent' in chrony ? chrony.absent : `chronyd follows ${chrony.follows}`;
  return { value: 'failed', reason: `The PHC was in use after the setup, and is not now: ${now}.` };
}
