/** Starts runs and takes them up again after a restart: the fleet as the rest of the controller sees it. */

import type { InstanceRecord, Run, RunId, RunSpec } from '../runs/run.ts';
import { makeRunId } from '../runs/run-id.ts';
import type { LaunchRecord, RunRepository } from '../runs/run-repository.ts';
import { type CheckedSpec, checkSpec } from './check-spec.ts';
import type { Architecture, Ec2 } from './ec2.ts';
import { FleetError } from './fleet-error.ts';
import type { FleetLog } from './fleet-log.ts';
import { FLEET_POLICY, type FleetPolicy } from './fleet-view.ts';
import { freezeLaunch } from './frozen-launch.ts';
import { type FleetTimer, Reconciler } from './reconciler.ts';
import { makeToken } from './token.ts';
import type { UserDataTemplates } from './user-data.ts';

/** The agent for one architecture. It must stay available under its sha256 for as long as a run names it. */
export interface AgentFile {
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
}

export interface RunDriverOptions {
  readonly controllerId: string;
  readonly controllerKey: Uint8Array;
  readonly templates: UserDataTemplates;
  readonly policy?: FleetPolicy;
}

export interface RunDriverDependencies {
  readonly repository: RunRepository;
  readonly ec2For: (scope: { readonly region: string; readonly run: RunId }) => Ec2;
  readonly agentFile: (architecture: Architecture) => Promise<AgentFile>;
  readonly log: FleetLog;
  readonly timer: FleetTimer;
  /** Whole milliseconds since 1970. */
  now(): number;
  /** A whole number from 0 up to, not including, `limit`. */
  randomInt(limit: number): number;
}

/** What a type is launched with, the same for all its instances. */
interface TypeBase {
  readonly imageId: string;
  readonly agentSha256: string;
}

function planInstances(run: Run): readonly InstanceRecord[] {
  // One type may be named twice: its instances are numbered through.
  const countOfType = new Map<string, number>();
  const types = run.spec.instanceTypes.flatMap(({ type, quantity }) => Array.from({ length: quantity }, () => type));
  return types.map((instanceType, position) => {
    const typeIndex = (countOfType.get(instanceType) ?? 0) + 1;
    countOfType.set(instanceType, typeIndex);
    return {
      run: run.id,
      typeIndex,
      index: position + 1,
      attempt: 1,
      instanceType,
      state: 'planned',
      instanceId: null,
      facts: null,
      agentVersion: null,
      ptpStatus: null,
      verdict: null,
      failure: null,
      reachedAt: {},
    };
  });
}

function newRun(id: RunId, spec: RunSpec, createdAt: number): Run {
  return {
    id,
    spec,
    state: 'created',
    createdAt,
    soakStartedAt: null,
    soakEndsAt: null,
    endedAt: null,
    outcome: null,
    stopReason: null,
  };
}

export class RunDriver {
  readonly #options: RunDriverOptions;
  readonly #dependencies: RunDriverDependencies;
  readonly #reconciler: Reconciler;

  constructor(options: RunDriverOptions, dependencies: RunDriverDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { controllerKey, policy = FLEET_POLICY } = options;
    this.#reconciler = new Reconciler({ policy }, { ...dependencies, controllerKey });
  }

  /** Goes on with every run that has not ended, and drives those that are started from now on. Returns the former. */
  resumeRuns(): readonly RunId[] {
    this.#reconciler.start();
    const open = this.#dependencies.repository.runs().filter((run) => run.state !== 'ended');
    return open.map((run) => run.id);
  }

  /**
   * Checks the request against EC2, freezes every launch, and creates the run; `resumeRuns` must have been called for it
   * to be driven. Throws `FleetError`: `spec_invalid` with every fault, `call_failed` when EC2 cannot be asked.
   */
  async startRun(spec: RunSpec): Promise<RunId> {
    const { repository, ec2For, now } = this.#dependencies;
    const run = newRun(makeRunId(this.#dependencies), spec, now());
    const ec2 = ec2For({ region: spec.region, run: run.id });
    const checked = await this.#check(spec, ec2);
    const bases = await this.#prepareTypes(checked.architectures, spec, ec2);
    const instances = planInstances(run);
    const launches = instances.map((instance) => this.#freeze(run, instance, bases));
    repository.createRun(run, instances, launches);
    return run.id;
  }

  /** Asks a run to end before its time: its instances are terminated. Nothing happens when it has ended. */
  requestStop(run: RunId, reason: string): void {
    this.#reconciler.requestStop(run, reason);
  }

  /** Waits for what is under way and does no more. Runs that have not ended go on with the next `resumeRuns`. */
  close(): Promise<void> {
    return this.#reconciler.close();
  }

  async #check(spec: RunSpec, ec2: Ec2): Promise<CheckedSpec> {
    const names = [...new Set(spec.instanceTypes.map(({ type }) => type))];
    const [types, subnet, image] = await Promise.all([
      ec2.describeInstanceTypes(names),
      ec2.describeSubnet(spec.subnetId),
      spec.amiId === null ? null : ec2.describeImage(spec.amiId),
    ]);
    const checked = checkSpec(spec, { types, subnet, image });
    if (checked.faults.length === 0) return checked;
    const message = `the run cannot be started:\n${checked.faults.map((fault) => `  - ${fault}`).join('\n')}`;
    throw new FleetError('spec_invalid', message, { faults: checked.faults });
  }

  /** The image and the agent of each type; each architecture is resolved once. */
  async #prepareTypes(
    architectures: ReadonlyMap<string, Architecture>,
    spec: RunSpec,
    ec2: Ec2,
  ): Promise<ReadonlyMap<string, TypeBase>> {
    const bases = new Map<Architecture, TypeBase>();
    for (const architecture of new Set(architectures.values())) {
      const [imageId, agent] = await Promise.all([
        spec.amiId ?? ec2.newestImage(architecture),
        this.#dependencies.agentFile(architecture),
      ]);
      bases.set(architecture, { imageId, agentSha256: agent.sha256 });
    }
    return new Map(
      [...architectures].flatMap(([type, architecture]) => {
        const base = bases.get(architecture);
        return base === undefined ? [] : [[type, base] as const];
      }),
    );
  }

  #freeze(run: Run, instance: InstanceRecord, bases: ReadonlyMap<string, TypeBase>): LaunchRecord {
    const base = bases.get(instance.instanceType);
    if (base === undefined) throw new FleetError('spec_invalid', `${instance.instanceType} was not checked`);
    const { controllerId, controllerKey, templates } = this.#options;
    const token = makeToken(controllerKey, instance);
    return freezeLaunch({ run, instance, ...base, token, controllerId, templates });
  }
}
