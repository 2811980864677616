/** The status message (pure): what the agent does, and what it found on the machine. */
import type { EpochId, PtpStatus } from '@ptp-tester/measurement';
import { encodeMessage, type Status, WireError } from '@ptp-tester/wire';
import type { Inspection } from './setup/inspect.ts';

const NOT_LOOKED = 'the agent has not looked at the machine yet';

/** Before the first look at the machine has ended. */
export const NOT_INSPECTED: Inspection = {
  capability: { value: 'not_tested', reason: NOT_LOOKED },
  setup: { value: 'not_attempted', reason: NOT_LOOKED },
  phcNotSelectedInTime: false,
  ptpStatus: {
    supported: false,
    ena_driver_version: null,
    ena_driver_compatible: false,
    hardware_clock_present: false,
    ptp_ena_symlink_present: false,
    chrony_using_phc: false,
    chrony_synchronized: false,
    clock_device: null,
    clock_name: null,
    time_offset_ns: null,
    error_message: NOT_LOOKED,
    simulated: false,
    diagnostic_output: {},
  },
};

/** What `diagnostic_output` is cut to when the message would exceed the wire's limit. */
const SHORT_DIAGNOSTIC = 1000;

export interface StatusFacts {
  readonly generation: number;
  readonly phase: Status['phase'];
  readonly epoch: EpochId;
  readonly spoolRecords: number;
  readonly inspection: Inspection;
  /** Both power-off switches are known to be off. */
  readonly disarmed: boolean;
}

export function buildStatus(facts: StatusFacts): Status {
  const { capability, setup, ptpStatus } = facts.inspection;
  const status: Status = {
    type: 'status',
    generation: facts.generation,
    phase: facts.phase,
    epoch: facts.epoch,
    capability: { ...capability, reason: capability.reason.slice(0, 4096) },
    setup: { ...setup, reason: setup.reason.slice(0, 4096) },
    ptp_status: ptpStatus,
    spool_records: facts.spoolRecords,
    ...(facts.disarmed ? { disarmed: true } : {}),
  };
  return fits(status) ? status : { ...status, ptp_status: shortened(ptpStatus) };
}

function fits(status: Status): boolean {
  try {
    encodeMessage(status);
    return true;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

function shortened(status: PtpStatus): PtpStatus {
  const entries = Object.entries(status.diagnostic_output);
  const diagnostics = entries.map(([command, output]) => [command, output.slice(0, SHORT_DIAGNOSTIC)]);
  return { ...status, diagnostic_output: Object.fromEntries(diagnostics) };
}
