/**
 * One agent's connection.
 *
 *     connected --enrol--> identified --hello--> opening --(stored cursors)--> streaming
 *         \______________________hello__________/^            |
 *                                                          goodbye, refuse, silence --> closed
 */
import { type AgentMessage, encodeMessage, parseAgentMessage, type RefuseCode, WireError } from '@ptp-tester/wire';
import type { LiveAgent } from '../runs/live-agents.ts';
import type { RunId } from '../runs/run.ts';
import type { Admission } from './enrolment.ts';
import type { ConnectionHandler } from './ingest-queue.ts';
import type { SessionHub } from './session-hub.ts';
import type { ConnectionAnswer, ConnectionId, ConnectionOpened } from './worker-messages.ts';

export type SessionState = 'connected' | 'identified' | 'opening' | 'streaming' | 'closed';
type Input = AgentMessage['type'] | 'frame';

/**
 * What may arrive in which state, and the state after it; everything else is refused. While `opening`, frames and status are already
 * good: they stand in line behind the hello.
 */
const NEXT: Readonly<Record<SessionState, Readonly<Partial<Record<Input, SessionState>>>>> = {
  connected: { enrol: 'identified', hello: 'opening', goodbye: 'closed' },
  identified: { hello: 'opening', goodbye: 'closed' },
  opening: { frame: 'opening', status: 'opening', goodbye: 'closed' },
  streaming: { frame: 'streaming', status: 'streaming', goodbye: 'closed' },
  closed: {},
};

/** What a session needs of a WebSocket. */
export interface AgentSocket {
  /** Bytes that the other side has not taken yet. */
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  ping(): void;
  pause(): void;
  resume(): void;
}

export interface AgentSessionOptions {
  readonly connection: ConnectionId;
  readonly socket: AgentSocket;
  readonly remoteAddress: string;
}

type LiveChange = Partial<Omit<LiveAgent, 'instanceId' | 'run'>>;

interface Identity {
  readonly run: RunId;
  readonly instanceId: string;
  readonly protocol: number;
}

const IDENTIFY_MS = 10_000;
const LEASE_MS = 10_000;
const PING_MS = 20_000;
const SILENT_MS = 45_000;
/** Acks and leases are small: who lets this much pile up does not read. */
const MAX_UNREAD_BYTES = 1_048_576;
/** RFC 6455 section 7.4.1. */
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;
const SERVICE_RESTART = 1012;

export class AgentSession implements ConnectionHandler {
  readonly connection: ConnectionId;
  readonly #socket: AgentSocket;
  readonly #remoteAddress: string;
  readonly #hub: SessionHub;
  /** These are of the hub's steady clock: an hour that the system clock jumps is no silence. */
  readonly #connectedMs: number;
  #heardMs: number;
  #leasedMs = Number.NEGATIVE_INFINITY;
  #state: SessionState = 'connected';
  #identity: Identity | null = null;
  #isPinged = false;
  #paused = false;
  #measuring = false;

  constructor(options: AgentSessionOptions, hub: SessionHub) {
    this.connection = options.connection;
    this.#socket = options.socket;
    this.#remoteAddress = options.remoteAddress;
    this.#hub = hub;
    this.#connectedMs = hub.steadyMs();
    this.#heardMs = this.#connectedMs;
  }

  get state(): SessionState {
    return this.#state;
  }

  get identity(): { readonly run: RunId; readonly instanceId: string } | null {
    return this.#identity;
  }

  /** A text frame. */
  onText(text: string): void {
    if (this.#state === 'closed') return;
    this.onHeard();
    let message: AgentMessage;
    try {
      message = parseAgentMessage(text);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.refuse({ code: 'message_invalid', reason: error.message, retry: false });
      return;
    }
    if (!this.#step(message.type)) return;
    const done = this.#hub.withControlDatabase(() => this.#act(message));
    if (!done) this.refuse({ code: 'busy', reason: 'the control database cannot be used', retry: true });
  }

  /** A binary frame. */
  onFrame(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.onHeard();
    if (!this.#step('frame') || this.#hub.queue.push(this.connection, bytes)) return;
    this.#paused = true;
    this.#socket.pause();
  }

  /** Anything arrived, a pong included. */
  onHeard(): void {
    this.#heardMs = this.#hub.steadyMs();
    this.#isPinged = false;
  }

  /** The socket failed; it closes by itself. A frame that is too large or not WebSocket at all ends here. */
  onSocketError(error: Error): void {
    if (this.#state === 'closed' || !('code' in error) || !String(error.code).startsWith('WS_ERR_')) return;
    this.#noteRefused({ code: 'broken_frame', reason: error.message, security: false });
  }

  /** The socket is closed. */
  onClosed(): void {
    this.#leave();
    this.#hub.detach(this);
  }

  /** Once a second, all sessions in one sweep: lease, liveness, and who never said who it is. `nowMs`: the hub's steady clock. */
  onSweep(nowMs: number): void {
    if (this.#state !== 'streaming' && this.#state !== 'opening') {
      if (nowMs - this.#connectedMs > IDENTIFY_MS) this.#socket.terminate();
      return;
    }
    if (this.#socket.bufferedAmount > MAX_UNREAD_BYTES) this.#socket.terminate();
    if (this.#state === 'streaming' && nowMs - this.#leasedMs >= LEASE_MS) this.sendLease();
    if (this.#paused) return;
    // Also while the store keeps it waiting: a peer that is gone would hold its place for ever.
    const silentMs = nowMs - this.#heardMs;
    if (silentMs > SILENT_MS) this.#socket.terminate();
    else if (silentMs > PING_MS && !this.#isPinged) {
      this.#isPinged = true;
      this.#socket.ping();
    }
  }

  /** The queue has room again. */
  onDrained(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#heardMs = this.#hub.steadyMs();
    this.#socket.resume();
  }

  sendPlan(planText: string): void {
    if (this.#state === 'streaming') this.#socket.send(planText);
  }

  sendLease(): void {
    const identity = this.#identity;
    const text = identity === null ? null : this.#hub.plans.leaseText(identity.run, identity.instanceId);
    if (text === null || this.#state !== 'streaming') return;
    this.#leasedMs = this.#hub.steadyMs();
    this.#socket.send(text);
  }

  opened({ stored, nacks }: Pick<ConnectionOpened, 'stored' | 'nacks'>): void {
    if (this.#state !== 'opening' || this.#identity === null) return;
    this.#state = 'streaming';
    for (const text of nacks) this.#socket.send(text);
    this.#sendEnrolled(stored);
    this.sendLease();
    const planText = this.#hub.plans.planText(this.#identity.run);
    if (planText !== null) this.sendPlan(planText);
  }

  answered(answer: ConnectionAnswer): void {
    const identity = this.#identity;
    if (identity === null) return;
    if (this.#state !== 'closed') for (const text of answer.texts) this.#socket.send(text);
    if (answer.samples > 0 && !this.#measuring) {
      this.#measuring = this.#hub.withControlDatabase(() => this.#hub.progress.measuring(identity.instanceId));
    }
    const before = this.#hub.liveAgents.get(identity.instanceId);
    this.#live({
      samplesStored: (before?.samplesStored ?? 0) + answer.samples,
      recordsStored: (before?.recordsStored ?? 0) + answer.records,
    });
    if (answer.refuse !== null) this.refuse(answer.refuse);
  }

  lost(): void {
    this.close(SERVICE_RESTART, 'the store restarts');
  }

  /** Another connection of the same instance is the one that counts now. */
  replaced(): void {
    this.close(NORMAL, 'replaced by a newer connection of this instance');
  }

  /** Says why, and closes. */
  refuse({ code, reason, retry }: { code: RefuseCode; reason: string; retry: boolean }): void {
    if (this.#state === 'closed') return;
    this.#socket.send(encodeMessage({ type: 'refuse', code, reason: reason.slice(0, 256), retry }));
    this.#noteRefused({ code, reason, security: false });
    this.close(POLICY_VIOLATION, code);
  }

  unavailable(reason: string): void {
    this.refuse({ code: 'busy', reason, retry: true });
  }

  close(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#leave();
    if (this.#paused) this.onDrained();
    this.#socket.close(code, reason);
  }

  #leave(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const identity = this.#identity;
    if (identity !== null && this.#hub.isCurrent(identity.instanceId, this)) this.#live({ connected: false });
  }

  #noteRefused(refusal: { code: RefuseCode; reason: string; security: boolean }): void {
    const { run = null, instanceId = null } = this.#identity ?? {};
    const identified = this.#identity !== null;
    this.#hub.noteRefused({ run, instanceId, identified, address: this.#remoteAddress, ...refusal });
  }

  #step(input: Input): boolean {
    const next = NEXT[this.#state][input];
    if (next === undefined) {
      this.refuse({ code: 'message_invalid', reason: `${input} while ${this.#state}`, retry: false });
      return false;
    }
    if (next !== 'closed') this.#state = next;
    return true;
  }

  #act(message: AgentMessage): void {
    switch (message.type) {
      case 'enrol': {
        const { run, facts } = message;
        if (this.#admit({ run, instanceId: facts.instance_id }, this.#hub.enrol(message))) this.#sendEnrolled([]);
        return;
      }
      case 'hello': {
        const { run, instance_id: instanceId, epochs } = message;
        if (!this.#admit({ run, instanceId }, this.#hub.greet(message))) return;
        this.#hub.attach(this, instanceId);
        this.#live({ connected: true });
        this.#hub.queue.open({ connection: this.connection, run, instanceId, epochs }, this);
        return;
      }
      case 'status':
        if (this.#identity === null) return;
        this.#live({ status: message });
        this.#hub.progress.status(this.#identity.run, this.#identity.instanceId, message);
        return;
      case 'goodbye':
        this.close(NORMAL, 'goodbye');
        return;
    }
  }

  #admit(who: { run: RunId; instanceId: string }, admission: Admission): boolean {
    if (admission.admitted) {
      this.#identity = { ...who, protocol: admission.protocol };
      return true;
    }
    const { code, reason, retry, security } = admission;
    this.#hub.noteRefused({ ...who, identified: false, address: this.#remoteAddress, code, reason, security });
    this.#socket.send(encodeMessage({ type: 'refuse', code, reason: reason.slice(0, 256), retry }));
    this.close(POLICY_VIOLATION, code);
    return false;
  }

  #sendEnrolled(stored: ConnectionOpened['stored']): void {
    if (this.#identity === null) return;
    const { run, instanceId, protocol } = this.#identity;
    this.#socket.send(encodeMessage({ type: 'enrolled', protocol, run, instance_id: instanceId, stored: [...stored] }));
  }

  #live(change: LiveChange): void {
    if (this.#identity === null) return;
    const { run, instanceId } = this.#identity;
    const lastContactAt = this.#hub.now() - (this.#hub.steadyMs() - this.#heardMs);
    this.#hub.liveAgents.update(instanceId, { run, lastContactAt: Math.round(lastContactAt), ...change });
  }
}
