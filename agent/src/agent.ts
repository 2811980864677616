/** Connects the parts in the order of the flow: sources -> sampling loop -> batches -> spool -> uplink; and the lease beside them. */
import { join } from 'node:path';
import type { EpochId, EventKind, JsonValue } from '@ptp-tester/measurement';
import { type CodecEnvironment, type Nack, type PhcSourcePlan, Plan } from '@ptp-tester/wire';
import { Value } from 'typebox/value';
import type { AgentConfig } from './config.ts';
import { type DeadMansSwitch, Disarming } from './dead-mans-switch.ts';
import { EvidenceCollector } from './evidence/evidence-collector.ts';
import { Housekeeping } from './housekeeping.ts';
import type { LeaseExpiry, LeaseKeeper } from './lease.ts';
import type { LeaseWatch } from './lease-watch.ts';
import type { Machine } from './machine.ts';
import { MachineWatch } from './machine-watch.ts';
import { Measuring } from './measuring.ts';
import { OwnStatus } from './own-status.ts';
import { Quarantine } from './quarantine.ts';
import { Recorder } from './recorder.ts';
import { ChronyRepair } from './repair/chrony-repair.ts';
import type { AskForSetup } from './setup-request.ts';
import { readPair } from './sources/clock-reader.ts';
import { NodeDisk } from './spool/node-disk.ts';
import { SequentialWork } from './spool/sequential-work.ts';
import { Spool } from './spool/spool.ts';
import { readStateFile, writeStateFile } from './state-file.ts';
import type { SetTimer } from './timer.ts';
import { ConnectionLog } from './uplink/connection-log.ts';
import type { AgentIdentity } from './uplink/identity.ts';
import type { Connect } from './uplink/transport.ts';
import { Uplink } from './uplink/uplink.ts';
import type { UplinkListener } from './uplink/uplink-dependencies.ts';
import { AGENT_VERSION } from './version.ts';

/** How the agent's life ended. `run_ended`: the controller says that there is nothing left to do. */
export type AgentEnd = 'finished' | 'run_ended' | 'stopped';

export interface AgentLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly epoch: EpochId;
}

export interface AgentDependencies {
  readonly machine: Machine;
  readonly keeper: LeaseKeeper;
  readonly watch: Pick<LeaseWatch, 'look'>;
  readonly identity: AgentIdentity;
  readonly deadMansSwitch: DeadMansSwitch | null;
  readonly connect: Connect;
  readonly env: CodecEnvironment;
  readonly setTimer: SetTimer;
  /** After what it goes by was stored. */
  readonly askForSetup: AskForSetup;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: AgentLog;
}

const DEFAULT_RULES = { generation: 0, maxSamples: 60, maxAgeNs: 5e9 };
const DEFAULT_SPOOL_BYTES = 256 * 1024 * 1024;
/** After these the machine is looked at within seconds: its verdict may be another one. */
const CHANGES_VERDICT: ReadonlySet<EventKind> = new Set([
  ...(['device_gone', 'device_back', 'environment_changed'] as const),
  ...(['chrony_lost', 'chrony_back'] as const),
]);
/** Time for the last event to reach the controller before the machine goes. */
const LAST_WORDS_MS = 3_000;

export class Agent {
  readonly #options: AgentOptions;
  readonly #deps: AgentDependencies;
  readonly #spool: Spool;
  readonly #recorder: Recorder;
  readonly #measuring: Measuring;
  readonly #uplink: Uplink;
  readonly #quarantine: Quarantine;
  readonly #disarming: Disarming;
  readonly #machineWatch: MachineWatch;
  readonly #repair: ChronyRepair;
  readonly #evidence: EvidenceCollector;
  readonly #plans = new SequentialWork();
  readonly #end = Promise.withResolvers<AgentEnd>();
  readonly #housekeeping: Housekeeping;
  readonly #connection: ConnectionLog;
  readonly #ownStatus: OwnStatus;
  #lookSoon = false;
  #hasEnded = false;
  /** Everything of a plan that finishes is acknowledged. */
  #hasDelivered = false;

  constructor(options: AgentOptions, dependencies: AgentDependencies) {
    const { config, epoch } = options;
    const { machine, identity, env, setTimer, connect, random, log } = dependencies;
    this.#options = options;
    this.#deps = dependencies;
    const notice = (event: EventKind, detail: { readonly [key: string]: JsonValue }) => this.#notice(event, detail);
    const place = { run: config.run, instanceId: identity.instanceId, epoch, maxBytes: DEFAULT_SPOOL_BYTES };
    this.#spool = new Spool(place, { disk: new NodeDisk(join(config.stateDir, 'spool')), env, notice });
    this.#recorder = new Recorder(DEFAULT_RULES, {
      spool: this.#spool,
      readPair: () => readPair(machine.clocks),
      flushed: () => this.#uplink.recordsWaiting(),
      told: ({ event, detail }) => {
        // Evidence is long, and in the bundle.
        if (event !== 'evidence_collected') log.info({ event, ...detail }, 'event');
        this.#lookSoon ||= CHANGES_VERDICT.has(event);
      },
    });
    const problem = (error: unknown) => this.#problem(error);
    const { askForSetup } = dependencies;
    const repairPlace = { stateDir: config.stateDir, bootId: machine.bootId };
    this.#repair = new ChronyRepair(repairPlace, { askForSetup, problem, notice });
    const askForRestart: ChronyRepair['ask'] = (why, nowNs) => this.#repair.ask(why, nowNs);
    this.#measuring = new Measuring({ machine, recorder: this.#recorder, setTimer, askForRestart });
    this.#machineWatch = new MachineWatch({ machine, notice, inspected: () => this.#inspected(), log });
    this.#evidence = new EvidenceCollector({
      machine,
      record: (event, detail) => this.#recorder.record(event, detail),
      isOver: () => this.#hasEnded,
    });
    this.#disarming = new Disarming({
      deadMansSwitch: dependencies.deadMansSwitch,
      setTimer,
      changed: () => this.#sendStatus(),
      problem,
    });
    this.#connection = new ConnectionLog(log);
    const { stateDir } = config;
    this.#ownStatus = new OwnStatus({ stateDir, epoch }, { ...dependencies, spool: this.#spool, problem });
    this.#housekeeping = this.#makeHousekeeping();
    this.#quarantine = new Quarantine(join(config.stateDir, 'quarantine'));
    this.#uplink = new Uplink(
      { identity, token: config.token, agentVersion: AGENT_VERSION },
      {
        connect,
        setTimer,
        nowMs: () => Number(readPair(machine.clocks).monoRawNs) / 1e6,
        random,
        spool: this.#spool,
        listener: this.#listener(),
        generation: () => this.#measuring.generation,
      },
    );
  }

  /** Resolves when the agent has nothing more to do. */
  get ended(): Promise<AgentEnd> {
    return this.#end.promise;
  }

  get spool(): Pick<Spool, 'bytes' | 'unackedRecords'> {
    return this.#spool;
  }

  get missedTicks(): number {
    return this.#measuring.missedTicks;
  }

  get roundTripNs(): number {
    return this.#uplink.roundTripNs;
  }

  /** Recovers the spool, begins the epoch, goes on with the last known plan, and connects. */
  async start(): Promise<void> {
    this.#ownStatus.begin();
    const environment = await this.#machineWatch.begin();
    await this.#repair.open();
    // The first record of the epoch; what opening the spool has to tell comes after it.
    this.#recorder.record('epoch_started', { ...environment });
    for (const repair of await this.#spool.open()) this.#notice('spool_repaired', { ...repair });
    await this.#recorder.flush();
    const known = await readStateFile(this.#planPath);
    if (Value.Check(Plan, known)) await this.#apply(known);
    this.#uplink.start();
    this.#housekeeping.start();
  }

  /** Stops sampling, writes what is open to the spool, and says goodbye. What is not delivered stays in the spool. */
  async stop(end: AgentEnd): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#housekeeping.stop();
    this.#disarming.stop();
    await this.#measuring.stop();
    await this.#recorder.flush();
    this.#uplink.sayGoodbye(end);
    this.#uplink.close();
    await this.#spool.close();
    await this.#deps.keeper.persist();
    this.#end.resolve(end);
  }

  /** Tells why, then ends the machine. */
  async leaseExpired(why: LeaseExpiry): Promise<void> {
    this.#notice('lease_expired', { why });
    await this.#recorder.flush();
    this.#deps.setTimer(LAST_WORDS_MS, () => {
      this.#deps.machine.powerOff().catch((error: unknown) => this.#problem(error));
    });
  }

  get #planPath(): string {
    return join(this.#options.config.stateDir, 'plan.json');
  }

  #listener(): UplinkListener {
    const { keeper, watch, identity, log } = this.#deps;
    return {
      plan: (plan) => {
        this.#plans.run(() => this.#reach(plan)).catch((error: unknown) => this.#problem(error));
      },
      lease: async (lease) => {
        await keeper.renew(lease);
        watch.look();
        await this.#disarming.follow(lease.disarmed ?? false);
      },
      contact: () => keeper.contact(),
      rejected: (nack, record) => this.#rejected(nack, record),
      enrolled: () => identity.confirmEnrolment(),
      refused: (refuse) => log.warn({ refuse }, 'the controller refused the connection'),
      disconnected: (reason) => this.#connection.disconnected(reason),
      streaming: () => {
        this.#connection.streaming();
        this.#sendStatus();
        this.#finishWhenDelivered();
      },
      acked: () => this.#finishWhenDelivered(),
      ended: () => {
        log.info({}, 'the run has ended');
        this.#stopWith('run_ended');
      },
      problem: (error) => this.#problem(error),
    };
  }

  /** The plan is desired state: it is sent again and again, and only another generation is new. */
  async #reach(plan: Plan): Promise<void> {
    if (plan.generation === this.#measuring.generation || this.#hasEnded) return;
    await writeStateFile(this.#planPath, plan);
    // A plan that is not set up is measured by all the same.
    await this.#deps.askForSetup().catch((error: unknown) => this.#problem(error));
    await this.#apply(plan);
  }

  async #apply(plan: Plan): Promise<void> {
    this.#spool.setMaxBytes(plan.spool_max_bytes);
    this.#repair.setOurs(plan.setup?.configure_chrony === true);
    await this.#evidence.around(plan, () => this.#measuring.apply(plan));
    this.#deps.log.info({ generation: plan.generation, phase: plan.phase }, 'the plan is reached');
    await this.#recorder.flush();
    this.#sendStatus();
    this.#machineWatch.inspect(this.#phcPlan).catch((error: unknown) => this.#problem(error));
    this.#finishWhenDelivered();
  }

  get #phcPlan(): PhcSourcePlan | null {
    return this.#measuring.plan?.sources.phc ?? null;
  }

  async #rejected(nack: Nack, record: Uint8Array | null): Promise<void> {
    const kept = record !== null && (await this.#quarantine.keep(nack, record));
    const { epoch, sequence, code, reason } = nack;
    this.#notice('record_rejected', { epoch, sequence, code, reason, kept });
    await this.#recorder.flush();
  }

  #notice(event: EventKind, detail: { readonly [key: string]: JsonValue }): void {
    this.#recorder.record(event, detail);
  }

  #sendStatus(): void {
    const { generation, missedTicks } = this.#measuring;
    const phase = this.#hasDelivered ? 'finished' : this.#measuring.phase;
    const { disarmed } = this.#disarming;
    const { inspection } = this.#machineWatch;
    const connection = this.#connection.state;
    const facts = { generation, phase, inspection, disarmed, missedTicks, connection };
    this.#uplink.sendStatus(this.#ownStatus.tell(facts));
  }

  #inspected(): void {
    this.#sendStatus();
    this.#repair.inspected(this.#machineWatch.inspection, readPair(this.#deps.machine.clocks).monoRawNs);
  }

  /** A plan that holds keeps the agent here after that: whether the instance stays is decided then. */
  #finishWhenDelivered(): void {
    const isDelivered = this.#spool.isFlushed && this.#spool.unackedRecords === 0;
    if (this.#measuring.phase !== 'finishing' || !isDelivered || !this.#uplink.isStreaming || this.#hasEnded) return;
    if (this.#hasDelivered || this.#evidence.isCollecting) return;
    this.#hasDelivered = true;
    this.#sendStatus();
    if (this.#measuring.plan?.hold !== true) this.#stopWith('finished');
  }

  #stopWith(end: AgentEnd): void {
    this.stop(end).catch((error: unknown) => this.#end.reject(error));
  }

  #makeHousekeeping(): Housekeeping {
    const { machine, setTimer } = this.#deps;
    return new Housekeeping({
      setTimer,
      tidy: () => {
        // What could not be written before may be writable now.
        if (!this.#spool.isFlushed) void this.#recorder.flush();
        this.#recorder.tellLeftOut();
      },
      hasChanged: () => {
        const hasChanged = machine.setupHasEnded?.() === true || this.#lookSoon;
        this.#lookSoon = false;
        return hasChanged;
      },
      awaitsLock: () => this.#machineWatch.awaitsLock,
      look: () => {
        this.#machineWatch.lookAgain(this.#phcPlan).catch((error: unknown) => this.#problem(error));
      },
      sendStatus: () => this.#sendStatus(),
      askMaintenance: () => void this.#machineWatch.askMaintenance(),
    });
  }

  #problem(error: unknown): void {
    this.#deps.log.warn({ err: error }, 'something failed; the agent goes on');
  }
}
