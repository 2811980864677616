/** What all connections share: who is connected, plans, the control database, the queue to the store. */
import type { Enrol, Hello, RefuseCode } from '@ptp-tester/wire';
import type { LiveFigures } from '../live/live-figures.ts';
import type { LiveAgents } from '../runs/live-agents.ts';
import type { RunId } from '../runs/run.ts';
import type { ControllerEvent, RunRepository } from '../runs/run-repository.ts';
import type { AgentSession } from './agent-session.ts';
import type { VerifySignature } from './check-identity.ts';
import { type Admission, admitEnrol, admitHello, type CheckToken, hashSecret } from './enrolment.ts';
import type { IngestLog } from './ingest-log.ts';
import { type IngestedGroup, IngestQueue, type IngestQueueOptions } from './ingest-queue.ts';
import { InstanceProgress } from './instance-progress.ts';
import { RunPlans } from './run-plans.ts';
import type { TurnedAway } from './watch-tls-clients.ts';
import type { NoticedEvent, StoreCondition } from './worker-messages.ts';

export interface SessionHubDependencies {
  readonly repository: RunRepository;
  readonly liveAgents: LiveAgents;
  /** Takes what is stored; absent: nobody looks. */
  readonly liveFigures?: LiveFigures;
  /** A group of records is on the disk. */
  readonly onCommitted?: (group: IngestedGroup) => void;
  readonly checkToken: CheckToken;
  /** Absent: signed identity documents are not asked for. */
  readonly verifySignature?: VerifySignature;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since any instant, by a clock that nobody sets: for time-outs. `performance.now` when absent. */
  readonly steadyMs?: () => number;
  /** How far `now` was set ahead since the beginning, ms; absent: it never is. */
  readonly aheadMs?: () => number;
  readonly log: IngestLog;
}

export interface Refusal {
  readonly run: RunId | null;
  readonly instanceId: string | null;
  readonly address: string;
  readonly code: RefuseCode;
  readonly reason: string;
  readonly security: boolean;
  /** `instanceId` is proven; otherwise it is only what somebody said. */
  readonly identified: boolean;
}

/** The same trouble of the same agent is an event once a minute: an agent in a loop must not fill the control database. */
const REPEATED_EVENT_MS = 60_000;
const REMEMBERED_EVENTS = 10_000;
/** Events that a full disk keeps out of the control database wait in memory, so many of them. */
const WAITING_EVENTS = 1000;
const RETRY_EVENTS_MS = 5000;

export class SessionHub {
  readonly queue: IngestQueue;
  readonly plans: RunPlans;
  readonly progress: InstanceProgress;
  readonly liveAgents: LiveAgents;
  readonly now: () => number;
  readonly steadyMs: () => number;
  readonly #repository: RunRepository;
  readonly #checkToken: CheckToken;
  readonly #verifySignature: VerifySignature | null;
  readonly #liveFigures: LiveFigures | undefined;
  readonly #log: IngestLog;
  readonly #sessions = new Set<AgentSession>();
  readonly #byInstance = new Map<string, AgentSession>();
  readonly #repeated = new Map<string, number>();
  /** Not in the control database yet, oldest first. */
  readonly #waiting: ControllerEvent[] = [];
  #retryEventsAtMs = 0;
  /** Runs whose store cannot write now, and why. */
  readonly #failingStores = new Map<RunId, string>();

  constructor(options: IngestQueueOptions, dependencies: SessionHubDependencies) {
    const { repository, liveAgents, checkToken, now, log } = dependencies;
    this.liveAgents = liveAgents;
    this.now = now;
    this.steadyMs = dependencies.steadyMs ?? (() => performance.now());
    this.#repository = repository;
    this.#checkToken = checkToken;
    this.#verifySignature = dependencies.verifySignature ?? null;
    this.#liveFigures = dependencies.liveFigures;
    this.#log = log;
    this.progress = new InstanceProgress({ repository, now });
    const { aheadMs } = dependencies;
    this.plans = new RunPlans({ repository, now, aheadMs, onChange: (run, planText) => this.#onPlan(run, planText) });
    this.queue = new IngestQueue(options, {
      now,
      onEvents: (events) => this.#raise(events),
      onStoreCondition: (condition) => this.#onStoreCondition(condition),
      onCommitted: dependencies.onCommitted,
      onLive: (report) => dependencies.liveFigures?.take(report),
      onWorkerFailure: (error) => log.error({ err: error }, 'the ingest worker failed; it is started again'),
      onDrained: () => {
        for (const session of this.#sessions) session.onDrained();
      },
    });
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Why the store cannot write now; null while it can. */
  get storeFailure(): string | null {
    return this.#failingStores.values().next().value ?? null;
  }

  start(): void {
    this.queue.start();
    this.#liveFigures?.connect(this.queue);
    this.plans.start();
  }

  /** Closes all connections and commits what they had sent. */
  async stop(): Promise<void> {
    this.plans.stop();
    for (const session of this.#sessions) session.close(1001, 'the controller stops');
    await this.queue.stop();
  }

  sweep(): void {
    const nowMs = this.steadyMs();
    for (const session of this.#sessions) session.onSweep(nowMs);
    if (this.#waiting.length > 0 && nowMs >= this.#retryEventsAtMs) this.#saveEvents();
  }

  add(session: AgentSession): void {
    this.#sessions.add(session);
  }

  /** From now on this session speaks for the instance. */
  attach(session: AgentSession, instanceId: string): void {
    const before = this.#byInstance.get(instanceId);
    this.#byInstance.set(instanceId, session);
    if (before !== undefined && before !== session) before.replaced();
  }

  detach(session: AgentSession): void {
    this.#sessions.delete(session);
    this.queue.close(session.connection);
    const instanceId = session.identity?.instanceId;
    if (instanceId !== undefined && this.#byInstance.get(instanceId) === session) this.#byInstance.delete(instanceId);
  }

  /** Whether this session speaks for the instance. */
  isCurrent(instanceId: string, session: AgentSession): boolean {
    return this.#byInstance.get(instanceId) === session;
  }

  /** Decides on an enrol; when admitted it is on disk. */
  enrol(message: Enrol): Admission {
    const { run, index, attempt } = message;
    const admission = admitEnrol(message, {
      run: this.#repository.run(run),
      instance: this.#repository.instance(run, index),
      enrolment: this.#repository.enrolment(run, index, attempt),
      availabilityZones: this.#repository.preparation(run)?.subnets.map((subnet) => subnet.availabilityZone) ?? [],
      checkToken: this.#checkToken,
      verifySignature: this.#verifySignature,
      now: this.now(),
    });
    if (admission.admitted) this.progress.enrolled(message, hashSecret(message.secret));
    return admission;
  }

  greet(message: Hello): Admission {
    const enrolment = this.#repository.enrolmentOf(message.instance_id);
    const admission = admitHello(message, { run: this.#repository.run(message.run), enrolment });
    if (admission.admitted) this.progress.greeted(message.instance_id, message.agent_version);
    return admission;
  }

  noteRefused({ run, instanceId, address, code, reason, security, identified }: Refusal): void {
    // Nothing is wrong: its agent stops once it has heard it. A kept instance is still there to be told.
    if (code === 'run_ended') {
      if (!this.#isRepeated(`${instanceId} ${code}`))
        this.#log.info({ run, instanceId, address }, 'told an agent that its run has ended');
      return;
    }
    this.#log.warn({ run, instanceId, address, code, reason }, 'connection refused');
    if (this.#isRepeated(`${identified ? instanceId : address} ${code} ${security}`)) return;
    if (run === null || this.#repository.run(run) === null) return;
    const event = security ? 'security_refused' : 'connection_refused';
    this.#raise([{ run, instanceId, event, detail: { code, reason: reason.slice(0, 256), address } }]);
  }

  /** A TLS client that left over the certificate: nobody knows whose it was, so every open run is told. */
  noteTurnedAway({ address, code, reason }: TurnedAway): void {
    if (this.#isRepeated(`${address} ${code}`)) return;
    this.#log.warn({ address, code, reason }, 'a TLS client turned away');
    if (code !== 'certificate_refused' || this.#isRepeated(code)) return;
    const open = this.#repository.runs().filter(({ state }) => state !== 'ended');
    const detail = { code, reason: reason.slice(0, 256), address };
    this.#raise(open.map(({ id: run }) => ({ run, instanceId: null, event: 'connection_refused' as const, detail })));
  }

  /** Runs what writes to the control database; a full disk there must not end the process. False when it failed. */
  withControlDatabase(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#log.error({ err: error }, 'the control database cannot be used');
      return false;
    }
  }

  #isRepeated(key: string): boolean {
    const nowMs = this.steadyMs();
    if (nowMs - (this.#repeated.get(key) ?? Number.NEGATIVE_INFINITY) < REPEATED_EVENT_MS) return true;
    if (this.#repeated.size >= REMEMBERED_EVENTS) this.#repeated.clear();
    this.#repeated.set(key, nowMs);
    return false;
  }

  #raise(events: readonly NoticedEvent[]): void {
    const at = this.now();
    this.#waiting.push(...events.map((event) => ({ ...event, at })));
    this.#waiting.splice(0, this.#waiting.length - WAITING_EVENTS);
    this.#saveEvents();
  }

  #saveEvents(): void {
    this.#retryEventsAtMs = this.steadyMs() + RETRY_EVENTS_MS;
    this.withControlDatabase(() => {
      for (const event of [...this.#waiting]) {
        // One that cannot be written goes behind the others, so that it holds none of them up.
        this.#waiting.shift();
        this.#waiting.push(event);
        if (!this.#isStoredNack(event)) this.#repository.addEvent(event);
        this.#waiting.pop();
      }
    });
  }

  /** A nack is said again until the agent has let go of the record; it is one event all the same. */
  #isStoredNack({ run, instanceId, event, detail: { epoch, sequence } }: ControllerEvent): boolean {
    if (event !== 'record_nacked' || instanceId === null) return false;
    return this.#repository.hasNackEvent(run, instanceId, { epoch: String(epoch), sequence: Number(sequence) });
  }

  #onStoreCondition({ run, failing, reason }: StoreCondition): void {
    if (!failing) {
      this.#failingStores.delete(run);
      this.#log.info({ run }, reason);
      this.#saveEvents();
      return;
    }
    this.#failingStores.set(run, reason);
    this.#log.error({ run, reason }, 'the store cannot write; nothing is acknowledged until it can');
    if (this.#isRepeated(`${run} store_failed`)) return;
    this.#raise([{ run, instanceId: null, event: 'store_failed', detail: { reason: reason.slice(0, 256) } }]);
  }

  #onPlan(run: RunId, planText: string | null): void {
    for (const session of this.#sessions) {
      if (session.identity?.run !== run) continue;
      if (planText === null) {
        session.refuse({ code: 'run_ended', reason: 'the run has ended', retry: false });
      } else {
        session.sendLease();
        session.sendPlan(planText);
      }
    }
    if (planText === null) this.queue.forgetRun(run);
  }
}
