/** What the agent knows of its machine beside the samples: the last inspection, the recorded facts, announced maintenance. */
import type { EventKind, JsonValue } from '@ptp-tester/measurement';
import type { PhcSourcePlan } from '@ptp-tester/wire';
import type { Machine } from './machine.ts';
import { changedFacts, type EnvironmentFacts } from './setup/environment.ts';
import type { Inspection } from './setup/inspect.ts';
import { NOT_INSPECTED } from './status.ts';
import { type MaintenanceNotice, maintenanceChanges, parseMaintenance } from './watch/maintenance.ts';

export interface MachineWatchDependencies {
  readonly machine: Pick<Machine, 'inspect' | 'readEnvironment' | 'readMaintenance'>;
  readonly notice: (event: EventKind, detail: { readonly [key: string]: JsonValue }) => void;
  readonly inspected: () => void;
  readonly log: { warn(facts: object, message: string): void; info(facts: object, message: string): void };
}

export class MachineWatch {
  readonly #deps: MachineWatchDependencies;
  #inspection: Inspection = NOT_INSPECTED;
  #environment: EnvironmentFacts | null = null;
  #maintenance: readonly MaintenanceNotice[] = [];
  #metadataAnswers = true;
  /** One look at a time: a machine whose commands hang must not collect them. */
  #looking: Promise<void> | null = null;
  /** The look after the one under way. */
  #following: Promise<void> | null = null;

  constructor(dependencies: MachineWatchDependencies) {
    this.#deps = dependencies;
  }

  get inspection(): Inspection {
    return this.#inspection;
  }

  /** A PHC is there and chronyd does not follow it yet: then looks are worth more. */
  get awaitsLock(): boolean {
    const { ptpStatus, setup } = this.#inspection;
    return ptpStatus.hardware_clock_present && setup.value !== 'locked';
  }

  /** The facts that the epoch begins with. */
  async begin(): Promise<EnvironmentFacts> {
    const environment = await this.#deps.machine.readEnvironment();
    this.#environment = environment;
    return environment;
  }

  async inspect(phcPlan: PhcSourcePlan | null): Promise<void> {
    this.#inspection = await this.#deps.machine.inspect(phcPlan);
    this.#deps.inspected();
  }

  /** Inspects again and tells which recorded facts have changed. While a look is under way, one more follows it. */
  lookAgain(phcPlan: PhcSourcePlan | null): Promise<void> {
    if (this.#looking === null) {
      this.#looking = this.#lookAgain(phcPlan).finally(() => {
        this.#looking = null;
      });
      return this.#looking;
    }
    // What made the caller ask may have come after that look passed it by. Whoever asked for that look is told how it failed.
    this.#following ??= this.#looking
      .catch(() => undefined)
      .then(() => {
        this.#following = null;
        return this.lookAgain(phcPlan);
      });
    return this.#following;
  }

  async #lookAgain(phcPlan: PhcSourcePlan | null): Promise<void> {
    await this.inspect(phcPlan);
    const environment = await this.#deps.machine.readEnvironment();
    const changed = this.#environment === null ? null : changedFacts(this.#environment, environment);
    this.#environment = environment;
    if (changed !== null) this.#deps.notice('environment_changed', changed);
  }

  /** Asks the metadata service; one that does not answer changes nothing that is known, and is said once. */
  async askMaintenance(): Promise<void> {
    const { machine, notice, log } = this.#deps;
    try {
      const now = parseMaintenance(await machine.readMaintenance());
      if (!this.#metadataAnswers) log.info({}, 'the metadata service answers again');
      this.#metadataAnswers = true;
      if (now === null) return;
      for (const { event, detail } of maintenanceChanges(this.#maintenance, now)) notice(event, detail);
      this.#maintenance = now;
    } catch (error) {
      if (this.#metadataAnswers)
        log.warn({ err: error }, 'scheduled maintenance cannot be asked for; it is tried again');
      this.#metadataAnswers = false;
    }
  }
}
