/** Looks at the machine without changing anything: the PTP status, and the verdicts on capability and setup. */
import { isFreeRunning } from '@ptp-tester/chrony';
import type { AxisVerdict, Capability, PtpStatus, Setup } from '@ptp-tester/measurement';
import { errnoName } from '@ptp-tester/native';
import { choosePhc, estimateOffset, type FoundPhc, findPhcs, readPtpEnaLink } from '@ptp-tester/phc';
import type { PhcSourcePlan } from '@ptp-tester/wire';
import { reachChrony } from '../sources/chrony-access.ts';
import { readChronyPhc } from '../sources/chrony-phc.ts';
import { readPair } from '../sources/clock-reader.ts';
import type { SourceDependencies } from '../sources/open-sources.ts';
import { openDevice, type PhcOpening, phcOpener } from '../sources/phc-opener.ts';
import { collectDiagnostics } from './collect-diagnostics.ts';
import { type EnaDriver, readEnaDriver } from './ena-driver.ts';
import { judgeCapability, judgeSetup, type PhcProbe } from './judge-machine.ts';
import type { RunCommand } from './run-command.ts';
import { gaveUpOnSelection, readSetupResult } from './setup-result.ts';

export type InspectDependencies = Omit<SourceDependencies, 'self'> & { readonly runCommand: RunCommand };

/** Characters of a step's detail in a verdict's reason, which has a limit in the status message. */
const MAX_WORDS = 1000;

export interface Inspection {
  readonly ptpStatus: PtpStatus;
  readonly capability: AxisVerdict<Capability>;
  readonly setup: AxisVerdict<Setup>;
  /** The last setup was rolled back because chronyd did not select the PHC in time. */
  readonly phcNotSelectedInTime: boolean;
}

/** Readings of the one burst that shows whether the clock can be read. */
const PROBE_READINGS = 3;

/** `phcPlan`: the plan's PHC source; null while there is no plan, then the device is looked at. */
export async function inspectMachine(
  phcPlan: PhcSourcePlan | null,
  dependencies: InspectDependencies,
): Promise<Inspection> {
  const { roots } = dependencies;
  const paths = { sysRoot: roots.sys, devRoot: roots.dev };
  const clocks = findPhcs(paths);
  const phc = choosePhc(clocks);
  const driver = readEnaDriver(dependencies);
  const probe = probeClock(
    phcPlan?.mode === 'simulated' ? phcOpener(phcPlan, dependencies)() : openDevice(dependencies),
  );
  const chrony = await inspectChrony(phc, dependencies);
  const otherClocks = clocks.filter((one) => !one.isEna).map((one) => `${one.clockName} (${one.devicePath})`);
  const done = readSetupResult(roots);
  const deviceHasNoPhc = done?.device_has_no_phc ?? null;
  const enabling = done?.steps.find(({ name }) => name === 'enable_phc')?.detail.slice(0, MAX_WORDS) ?? null;
  const capability = judgeCapability({ probe, driver, otherClocks, deviceHasNoPhc, enabling });
  const setup = judgeSetup({
    chrony: chrony.follows,
    usingPhc: chrony.usingPhc,
    hasPhc: phc !== undefined,
    done,
  });
  const diagnostics = await collectDiagnostics(
    driver.interfaces.map(({ name }) => name),
    dependencies,
  );
  const simulated = probe.kind === 'read' && probe.simulated;
  const ptpStatus: PtpStatus = {
    supported: capability.value === 'supported',
    ...driverFields(driver),
    hardware_clock_present: phc !== undefined,
    ptp_ena_symlink_present: readPtpEnaLink(paths) !== null,
    chrony_using_phc: chrony.usingPhc,
    chrony_synchronized: chrony.synchronized,
    ...clockFields(phc, simulated),
    time_offset_ns: probe.kind === 'read' ? probe.offsetNs : null,
    error_message: capability.value === 'supported' ? null : capability.reason,
    simulated,
    diagnostic_output: diagnostics,
  };
  return { ptpStatus, capability, setup, phcNotSelectedInTime: done !== null && gaveUpOnSelection(done) };
}

function driverFields(driver: EnaDriver): Pick<PtpStatus, 'ena_driver_version' | 'ena_driver_compatible'> {
  return { ena_driver_version: driver.version, ena_driver_compatible: driver.compatible };
}

function clockFields(phc: FoundPhc | undefined, simulated: boolean): Pick<PtpStatus, 'clock_device' | 'clock_name'> {
  if (simulated) return { clock_device: null, clock_name: 'SIMULATED' };
  return { clock_device: phc?.devicePath ?? null, clock_name: phc?.clockName ?? null };
}

/** Reads the opened clock once, and closes it. */
function probeClock(opening: PhcOpening): PhcProbe {
  if ('absent' in opening) return { kind: 'absent' };
  if ('refused' in opening) return { kind: 'unreadable', problem: opening.refused };
  const { clock } = opening.phc;
  try {
    const burst = clock.readBurst(PROBE_READINGS);
    const result = estimateOffset(burst);
    if (result.ok) {
      const { name, simulated } = clock;
      return { kind: 'read', clock: name, method: burst.method, offsetNs: result.estimate.offsetNs, simulated };
    }
    const problem = result.reason === 'no_reading' ? errnoName(burst.errno) : 'it is years away from the system clock';
    return { kind: 'unreadable', problem: `${clock.name}: ${problem}` };
  } finally {
    clock.close();
  }
}

interface ChronyState {
  readonly follows: { readonly absent: string } | { readonly follows: string; readonly synchronised: boolean };
  readonly usingPhc: boolean;
  readonly synchronized: boolean;
}

async function inspectChrony(phc: FoundPhc | undefined, dependencies: InspectDependencies): Promise<ChronyState> {
  const reached = await reachChrony(dependencies.chrony, dependencies);
  if ('absent' in reached) return { follows: reached, usingPhc: false, synchronized: false };
  reached.reports.close();
  const { tracking } = reached;
  const { names } = readChronyPhc(phc, dependencies.roots);
  // The last reference stays in the report when its updates end: then nothing is followed any more.
  const synchronized = !isFreeRunning(tracking, readPair(dependencies.clocks).at);
  const follows = { follows: tracking.name === '' ? 'its own clock' : tracking.name, synchronised: synchronized };
  return { follows, usingPhc: synchronized && names.includes(tracking.name), synchronized };
}
