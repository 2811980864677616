/** Looks into an instance through SSM, one call a round: is it managed, send the script, read what it printed. Failures are named, never thrown. */
import type { InstanceRecord, RunId } from '../../runs/run.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import type { ActionMemory } from '../decide/action-memory.ts';
import type { Diagnosis } from '../decide/fleet-view.ts';
import { SSM_EVIDENCE } from '../decide/next-diagnosis.ts';
import type { Ec2Scripts } from '../ec2.ts';
import { FleetError } from '../fleet-error.ts';
import type { LaunchContext } from '../prepare/frozen-launch.ts';
import { makeToken } from '../prepare/token.ts';
import { printable } from './console-excerpt.ts';

export interface DiagnosisDependencies {
  readonly repository: Pick<RunRepository, 'instance' | 'updateInstance'>;
  readonly ec2: Ec2Scripts;
  readonly controllerKey: Uint8Array;
  readonly launchContext: Pick<LaunchContext, 'templates'>;
  now(): number;
}

/** What is kept of the output. */
const MAX_CHARACTERS = 16_000;
const NOT_MANAGED =
  'SSM does not manage this instance (it needs an SSM agent, --instance-profile with AmazonSSMManagedInstanceCore, and a way to the SSM endpoints)';

export class DiagnosisActor {
  readonly #run: RunId;
  readonly #memory: ActionMemory;
  readonly #dependencies: DiagnosisDependencies;

  constructor({ run, memory }: { run: RunId; memory: ActionMemory }, dependencies: DiagnosisDependencies) {
    this.#run = run;
    this.#memory = memory;
    this.#dependencies = dependencies;
  }

  async step(instance: InstanceRecord): Promise<void> {
    const instanceId = instance.instanceId ?? '';
    const begun = this.#memory.diagnoses.get(instance.index) ?? null;
    try {
      const found = begun === null ? await this.#begin(instance) : await this.#look(instanceId, begun);
      if (found !== null) this.#finish(instance, found);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      this.#finish(instance, `: could not be collected: ${error.message}`);
    }
  }

  /** Remembered before it is sent: a lost answer must not send the script twice. */
  async #begin({ index, instanceId }: InstanceRecord): Promise<string | null> {
    const { ec2, now, launchContext } = this.#dependencies;
    const begun = { startedAt: now(), commandId: null, isDone: false };
    this.#memory.diagnoses.set(index, begun);
    const managed = await ec2.managedInstance(instanceId ?? '');
    if (managed === null) return `: ${NOT_MANAGED}`;
    if (managed.pingStatus !== 'Online') return `: SSM's agent on this instance is ${managed.pingStatus}`;
    const commandId = await ec2.sendScript(instanceId ?? '', launchContext.templates.diagnosticsScript);
    this.#memory.diagnoses.set(index, { ...begun, commandId });
    return null;
  }

  async #look(instanceId: string, { commandId }: Diagnosis): Promise<string | null> {
    if (commandId === null) return ': the answer of ssm:SendCommand was lost';
    const result = await this.#dependencies.ec2.scriptResult(instanceId, commandId);
    return result === null ? null : ` (${result.status}):\n${result.output}`;
  }

  #finish(before: InstanceRecord, found: string): void {
    const { repository, controllerKey, now } = this.#dependencies;
    const { index } = before;
    const startedAt = this.#memory.diagnoses.get(index)?.startedAt ?? now();
    this.#memory.diagnoses.set(index, { startedAt, commandId: null, isDone: true });
    const instance = repository.instance(this.#run, index) ?? before;
    const text = printable(`${SSM_EVIDENCE}${found}`, makeToken(controllerKey, before)).slice(0, MAX_CHARACTERS);
    repository.updateInstance(this.#run, index, { evidence: [...(instance.evidence ?? []), text] });
  }
}
