/** One step of the setup: idempotent, with evidence, in a table that run-setup.ts goes through. */
import type { FoundPhc } from '@ptp-tester/phc';
import type { SetupPlan } from '@ptp-tester/wire';
import type { MachineRoots } from '../sources/machine-roots.ts';
import type { EnaDriver } from './ena-driver.ts';
import type { Host } from './host.ts';
import type { Journal } from './journal.ts';
import type { SetupVerdict, StepResult } from './setup-result.ts';

export interface StepEnd {
  readonly outcome: StepResult['outcome'];
  readonly detail: string;
  /** The setup ends here, without having gone wrong. */
  readonly stop?: SetupVerdict;
  /** The driver's words that this device has no PHC at all: positive evidence. */
  readonly deviceHasNoPhc?: string;
}

export interface SetupContext {
  readonly plan: SetupPlan;
  /** What the agent itself will read per second. */
  readonly ownReadsPerS: number;
  readonly folder: string;
  /** Run by the unit of chronyd when the device is missing at boot. */
  readonly undoCommand: string;
  readonly host: Host;
  readonly journal: Journal;
  readonly roots: MachineRoots;
  readonly readDriver: () => EnaDriver;
  readonly findClock: () => FoundPhc | undefined;
  /** How the setup before this one ended; null when there was none, or it was undone. */
  readonly earlier: SetupVerdict | null;
  /** Set by the step that looks for it: the clock to take; null before, and when there is none. */
  clock: FoundPhc | null;
  /** Set by a step that changed what chronyd reads only at its start. */
  restartNeeded: boolean;
  /** Set by the step that would have enabled the PHC; null when it is enabled, or was found so. */
  whyNotEnabled: string | null;
}

export interface SetupStep {
  readonly name: string;
  /** From the first step that touches chronyd on, a failure puts everything of chrony back. */
  readonly touchesChrony: boolean;
  readonly run: (context: SetupContext) => Promise<StepEnd>;
}
