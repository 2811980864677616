/** One run in the simulated world from its creation to its end, through as many controller lives as it takes. */
import type { Capability } from '@ptp-tester/measurement';
import type { FleetSpec } from '../../runs/fleet-spec.ts';
import { canMove } from '../../runs/instance-states.ts';
import { madeInstance, madeRun, madeSpec } from '../../runs/made-run.fixture.ts';
import { leaseForRun } from '../../runs/plan-for-run.ts';
import type { InstanceRecord, Run, RunSpec } from '../../runs/run.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { openRunRepository } from '../../runs/sqlite-run-repository.ts';
import { type AgentContact, FLEET_POLICY } from '../decide/fleet-view.ts';
import { RunLoop } from '../drive/run-loop.ts';
import type { UserDataTemplates } from '../prepare/user-data.ts';
import { madePreparation, madeType } from './made-fleet.fixture.ts';
import { type CallFaults, Killed, Life, NO_CALL_FAULTS, simulatedEc2 } from './simulated-ec2.ts';
import { type Machine, seeded, World } from './simulated-world.ts';

const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };
const KEY = new Uint8Array(32);
const WRITES: ReadonlySet<string> = new Set(['updateRun', 'updateInstance', 'addEvent', 'saveLaunch']);
const MOST_ROUNDS = 4000;

/** The life span is all that the world reads of a machine's user data. */
const TEMPLATES: UserDataTemplates = {
  script: 'life_s=@life_s@',
  switchScript: '',
  switchUnit: '',
  setupScript: '',
  setupUnit: '',
  agentUnit: '',
  diagnosticsScript: '',
};

export interface HistoryOptions {
  readonly seed: number;
  readonly spec?: Partial<RunSpec>;
  readonly fleet?: Partial<FleetSpec>;
  readonly subnetIds?: readonly string[];
  /** Makes its own security group, and its own precision-time group. */
  readonly ownGroups?: boolean;
  readonly scopeWarning?: string | null;
  readonly faults?: (world: World) => CallFaults;
  readonly killProbability?: number;
  /** Of each machine and advance. */
  readonly dies?: number;
  /** Indexes whose agents never speak, fall silent once they measure, or find no PHC. */
  readonly silent?: readonly number[];
  readonly mute?: readonly number[];
  readonly unsupported?: readonly number[];
  /** Agents that never confirm to be disarmed. */
  readonly stubborn?: readonly number[];
  /** What else happens, once each round. */
  readonly meanwhile?: (history: History) => void;
}

export interface Database {
  readonly repository: RunRepository;
  setClock(now: number): void;
}

export function openDatabase(): Database {
  let now = 0;
  return {
    repository: openRunRepository(':memory:', { now: () => now }),
    setClock: (at) => {
      now = at;
    },
  };
}

let histories = 0;

export class History {
  readonly world: World;
  readonly id: string;
  readonly repository: RunRepository;
  readonly options: HistoryOptions;
  lives = 1;
  rounds = 0;
  readonly #database: Database;
  readonly #faults: CallFaults;
  readonly #agents = new Map<string, AgentContact>();

  constructor(options: HistoryOptions, database: Database) {
    histories += 1;
    this.id = `20270115-000000-${histories.toString(36).padStart(4, '0')}`;
    this.options = options;
    this.world = new World(seeded(options.seed));
    this.world.dies = options.dies ?? 0;
    this.#faults = options.faults?.(this.world) ?? NO_CALL_FAULTS;
    this.repository = database.repository;
    this.#database = database;
    database.setClock(this.world.now);
    this.#create();
  }

  #create(): void {
    const { spec: change = {}, fleet = {} } = this.options;
    const spec = madeSpec(change, fleet);
    const run = madeRun({ id: this.id, createdAt: this.world.now }, spec);
    const types = spec.instanceTypes.flatMap(({ type, quantity }) => Array.from({ length: quantity }, () => type));
    const instances = types.map((instanceType, at) =>
      madeInstance({ run: this.id, typeIndex: at + 1, index: at + 1, instanceType }),
    );
    this.repository.createRun(run, instances, { preparation: this.#prepare(spec) });
  }

  #prepare({ instanceTypes, subnetId }: RunSpec): RunPreparation {
    const { ownGroups = true, subnetIds = [subnetId], scopeWarning = null } = this.options;
    const name = `ptp-tester-${this.id}`;
    const egress = [{ protocol: 'tcp', fromPort: 7600, toPort: 7600, cidr: '10.0.0.5/32', reason: 'reports' }] as const;
    if (!ownGroups)
      this.world.securityGroups.set('sg-1', { id: 'sg-1', name: 'x', tags: new Map(), visibleAt: 0, egress: [] });
    return madePreparation({
      types: [...new Set(instanceTypes.map(({ type }) => type))].map((type) =>
        madeType({ type, subnetIds, scopeWarning, precisionTime: ownGroups }),
      ),
      ...(ownGroups ? { securityGroup: { kind: 'temporary', name, vpcId: 'vpc-1', egress } } : {}),
      ...(ownGroups ? { placement: { kind: 'temporary_precision_group', name } } : {}),
      awsNow: this.world.now,
    });
  }

  get run(): Run {
    const run = this.repository.run(this.id);
    if (run === null) throw new Error('the run is gone');
    return run;
  }

  get instances(): readonly InstanceRecord[] {
    return this.repository.instances(this.id);
  }

  instance(index: number): InstanceRecord {
    const found = this.repository.instance(this.id, index);
    if (found === null) throw new Error(`there is no instance ${index}`);
    return found;
  }

  async live(): Promise<this> {
    let loop = this.#begin();
    for (this.rounds = 0; this.rounds < MOST_ROUNDS; this.rounds += 1) {
      try {
        if ((await loop.round()) === 'never') return this;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        await null;
        this.lives += 1;
        loop = this.#begin();
      }
      this.#worldGoesOn();
    }
    throw new Error(`the run did not end: it is ${this.run.state}`);
  }

  /** Time passes although no controller lives. */
  outlive(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10_000) this.world.advance(10_000);
  }

  #begin(): RunLoop {
    const { world, options } = this;
    const life = new Life(world, options.killProbability ?? 0);
    // A controller that has just started knows of no agent.
    this.#agents.clear();
    return new RunLoop(
      { run: this.id, policy: FLEET_POLICY },
      {
        repository: this.#watched(life),
        ec2: simulatedEc2(world, life, this.#faults),
        controllerKey: KEY,
        launchContext: { controllerId: '0123456789abcdef', templates: TEMPLATES, caPem: null },
        agentsOf: () => this.#agents,
        log,
        now: () => world.now,
      },
    );
  }

  /** The database outlives the process; a kill may come before or after any of its writes. No record makes an unknown move. */
  #watched(life: Life): RunRepository {
    return new Proxy(this.repository, {
      get:
        (target, name: keyof RunRepository) =>
        (...parameters: unknown[]) => {
          life.check();
          if (WRITES.has(name)) life.perhapsKill();
          const before = name === 'updateInstance' ? this.instance(Number(parameters[1])).state : null;
          const method = target[name] as (...all: unknown[]) => unknown;
          const answer = method.apply(target, parameters);
          if (before !== null) this.#checkMove(before, (answer as InstanceRecord).state);
          if (WRITES.has(name)) life.perhapsKill();
          return answer;
        },
    });
  }

  #checkMove(from: InstanceRecord['state'], to: InstanceRecord['state']): void {
    if (from !== to && !canMove(from, to)) throw new Error(`an instance went from ${from} to ${to}`);
  }

  #worldGoesOn(): void {
    const { world, options } = this;
    world.advance(500 + world.random() * 2000);
    this.#database.setClock(world.now);
    const living = world.living().map(({ index }) => index);
    if (new Set(living).size !== living.length) throw new Error(`two instances live for one index: ${living}`);
    for (const machine of world.machines.values()) this.#letSpeak(machine);
    options.meanwhile?.(this);
  }

  #letSpeak(machine: Machine): void {
    const { silent = [], mute = [] } = this.options;
    const { run } = this;
    const record = this.instance(machine.index);
    const isMute =
      silent.includes(machine.index) || (mute.includes(machine.index) && record.reachedAt.measuring !== undefined);
    if (machine.state !== 'running' || isMute || run.state === 'ended') {
      const known = this.#agents.get(machine.id);
      if (known !== undefined) this.#agents.set(machine.id, { ...known, connected: false });
      return;
    }
    if (!this.world.happens(0.4)) return;
    this.#speak(machine, record, run);
  }

  /** What ingest does when this machine's agent speaks, and what the agent does about its lease. */
  #speak(machine: Machine, record: InstanceRecord, run: Run): void {
    if (record.attempt !== attemptOf(machine) || (record.instanceId !== null && record.instanceId !== machine.id))
      return;
    const change = (state: InstanceRecord['state']) => {
      this.#checkMove(record.state, state);
      const verdict = this.#verdictOf(machine.index);
      this.repository.updateInstance(run.id, machine.index, { instanceId: machine.id, state, verdict });
    };
    const isFinishing = !['created', 'launching', 'soaking'].includes(run.state);
    if (record.state === 'launching' || record.state === 'running') change('enrolled');
    else if (record.state === 'enrolled') change('measuring');
    else if (record.state === 'measuring' && isFinishing) change('finished');
    const isStubborn = this.options.stubborn?.includes(machine.index) ?? false;
    if (!isStubborn) machine.isDisarmed = leaseForRun(run, this.world.now, record).disarmed ?? false;
    const contact = { connected: true, lastContactAt: this.world.now, disarmed: machine.isDisarmed };
    this.#agents.set(machine.id, contact);
  }

  #verdictOf(index: number): NonNullable<InstanceRecord['verdict']> {
    const value: Capability = this.options.unsupported?.includes(index) === true ? 'unsupported' : 'supported';
    return {
      capability: { value, reason: 'as its agent found' },
      setup: { value: 'locked', reason: 'as its agent found' },
      quality: { value: 'not_enough_data', reason: 'not judged yet' },
    };
  }
}

/** From the end of the ClientToken. */
function attemptOf({ request }: Machine): number {
  return Number(/-(\d+)$/.exec(request.ClientToken)?.[1]);
}
