/** Starts runs and takes them up again after a restart: the fleet as the rest of the controller sees it. */

import { canMove } from '../../runs/instance-states.ts';
import type { LiveAgents } from '../../runs/live-agents.ts';
import type { InstanceRecord, Leftover, Run, RunId, RunSpec } from '../../runs/run.ts';
import { makeRunId } from '../../runs/run-id.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { withSeed } from '../../runs/simulated-seed.ts';
import type { Ec2Factory } from '../aws/ec2-calls.ts';
import { deadlinesAfterStep } from '../decide/clock-step.ts';
import { extendSoak } from '../decide/extend-run.ts';
import { type AgentContact, FLEET_POLICY, type FleetPolicy } from '../decide/fleet-view.ts';
import { keepDecisionOf, parseKeepSelection } from '../decide/keep-selection.ts';
import type { Architecture } from '../ec2.ts';
import { FleetError } from '../fleet-error.ts';
import type { FleetLog } from '../fleet-log.ts';
import { prepareRun } from '../prepare/prepare-run.ts';
import type { UserDataTemplates } from '../prepare/user-data.ts';
import { leftBehindNow } from '../remove/left-behind.ts';
import { giveUp } from './give-up.ts';
import { type FleetTimer, Reconciler } from './reconciler.ts';

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
  /** The certificate authority that agents shall trust for the controller; null: the system's. */
  readonly caPem?: string | null;
  readonly policy?: FleetPolicy;
}

export interface RunDriverDependencies {
  readonly repository: RunRepository;
  readonly ec2For: Ec2Factory;
  readonly agentFile: (architecture: Architecture) => Promise<AgentFile>;
  /** Who is connected: silence and the confirmation of disarming are read from it. Without it no instance can be kept. */
  readonly live?: Pick<LiveAgents, 'ofRun'>;
  readonly log: FleetLog;
  readonly timer: FleetTimer;
  /** Whole milliseconds since 1970. */
  now(): number;
  /** A whole number from 0 up to, not including, `limit`. */
  randomInt(limit: number): number;
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

/** What the fleet needs of each connected agent. */
function agentContacts(live: Pick<LiveAgents, 'ofRun'>, run: RunId): ReadonlyMap<string, AgentContact> {
  return new Map(
    live.ofRun(run).map(({ instanceId, connected, lastContactAt, status }) => {
      // What it said on an earlier connection may not hold any more.
      const disarmed = connected && status?.disarmed === true;
      return [instanceId, { connected, lastContactAt, disarmed }];
    }),
  );
}

export class RunDriver {
  readonly #dependencies: RunDriverDependencies;
  readonly #reconciler: Reconciler;

  constructor(options: RunDriverOptions, dependencies: RunDriverDependencies) {
    this.#dependencies = dependencies;
    const { controllerId, controllerKey, templates, caPem = null, policy = FLEET_POLICY } = options;
    const launchContext = { controllerId, templates, caPem };
    const { live } = dependencies;
    const agentsOf = (run: RunId) => (live === undefined ? new Map() : agentContacts(live, run));
    this.#reconciler = new Reconciler({ policy }, { ...dependencies, controllerKey, launchContext, agentsOf });
  }

  /** Goes on with every run that has not ended, and drives those that are started from now on. Returns the former. */
  resumeRuns(): readonly RunId[] {
    this.#reconciler.start();
    const open = this.#dependencies.repository.runs().filter((run) => run.state !== 'ended');
    return open.map((run) => run.id);
  }

  /**
   * Checks the request against EC2 and creates the run; `resumeRuns` must have been called for it to be driven. Throws
   * `FleetError`: `spec_invalid` with every fault, `call_failed` when EC2 cannot be asked.
   */
  async startRun(spec: RunSpec): Promise<RunId> {
    const { repository, now } = this.#dependencies;
    const id = makeRunId(this.#dependencies);
    const run = newRun(id, withSeed(spec, id), now());
    const preparation = await this.#prepare(run.id, spec);
    repository.createRun(run, planInstances(run), { preparation });
    return run.id;
  }

  /** What `startRun` would do, without doing it: for `--dry-run`. Throws as `startRun`. */
  checkRun(spec: RunSpec): Promise<RunPreparation> {
    return this.#prepare(makeRunId(this.#dependencies), spec);
  }

  /**
   * Says which instances of a run that waits for it are kept: `all`, `none`, or indexes of the run as in `1,3,5-7`. Returns
   * the indexes. Throws `FleetError`: `keep_invalid` with every fault, then nothing is decided; `run_unfit` for a run that
   * does not wait for a decision.
   */
  decideKeep(run: RunId, selection: string): readonly number[] {
    const { repository, now } = this.#dependencies;
    const current = repository.run(run);
    if (current === null) throw new FleetError('run_unfit', `there is no run ${run}`);
    if (current.state !== 'keeping') {
      throw new FleetError('run_unfit', `run ${run} is ${current.state}: what to keep is decided after its soak`);
    }
    if (keepDecisionOf(current) !== null)
      throw new FleetError('run_unfit', `what to keep of run ${run} is decided already`);
    const { indexes, faults } = parseKeepSelection(selection, repository.instances(run));
    if (faults.length > 0) {
      throw new FleetError('keep_invalid', `"${selection}" cannot be kept: ${faults.join('; ')}`, { faults });
    }
    repository.updateRun(run, { keepDecision: indexes });
    const detail = { indexes, reason: 'as the operator said' };
    repository.addEvent({ run, instanceId: null, event: 'keep_decided', at: now(), detail });
    return indexes;
  }

  /** Asks a run to end before its time: its instances are terminated. Nothing happens when it has ended. */
  requestStop(run: RunId, reason: string): void {
    this.#reconciler.requestStop(run, reason);
  }

  /** Lets a soak go on for longer; its new end, ms since 1970. Throws `FleetError` `run_unfit` with the arithmetic. */
  extendRun(id: RunId, seconds: number): number {
    const { repository } = this.#dependencies;
    const run = repository.run(id);
    if (run === null) throw new FleetError('run_unfit', `there is no run ${id}`);
    const extension = extendSoak({ run, instances: repository.instances(id), seconds });
    if ('refused' in extension) throw new FleetError('run_unfit', extension.refused);
    const extendedS = (run.extendedS ?? 0) + seconds;
    repository.updateRun(id, { soakEndsAt: extension.soakEndsAt, extendedS });
    return extension.soakEndsAt;
  }

  /** Ends one instance of a run, which goes on without it. Throws `FleetError` `run_unfit`. */
  terminateInstance(run: RunId, instanceId: string): void {
    const { repository } = this.#dependencies;
    const instance = repository.instances(run).find((one) => one.instanceId === instanceId);
    if (instance === undefined) throw new FleetError('run_unfit', `run ${run} has no instance ${instanceId}`);
    const { state } = instance;
    if (!canMove(state, 'terminating')) throw new FleetError('run_unfit', `instance ${instanceId} is ${state}`);
    const failure = { kind: 'terminated_by_operator', message: 'The operator had it terminated.' };
    giveUp(instance, { failure, evidence: [] }, this.#dependencies);
  }

  /** The controller's clock jumped: by a step, by the sleep of its machine, or both. */
  clockJumped({ steppedMs }: { readonly steppedMs: number }): void {
    const { repository, now } = this.#dependencies;
    this.#reconciler.beginAnew();
    if (steppedMs === 0) return;
    for (const run of repository.runs().filter(({ state }) => state !== 'ended')) {
      repository.updateRun(run.id, deadlinesAfterStep(run, steppedMs));
      const detail = { stepped_s: Math.round(steppedMs / 1000) };
      repository.addEvent({ run: run.id, instanceId: null, event: 'controller_clock_stepped', at: now(), detail });
    }
  }

  /** What would be left behind if the controller went now, each with the command that removes it. Asks nobody. */
  leftBehindNow(run: RunId): readonly Leftover[] {
    return leftBehindNow(run, this.#dependencies.repository);
  }

  /** Waits for what is under way and does no more. Runs that have not ended go on with the next `resumeRuns`. */
  close(): Promise<void> {
    return this.#reconciler.close();
  }

  #prepare(run: RunId, spec: RunSpec): Promise<RunPreparation> {
    const { ec2For, agentFile } = this.#dependencies;
    return prepareRun(run, spec, { ec2: ec2For({ region: spec.region, run }), agentFile });
  }
}
