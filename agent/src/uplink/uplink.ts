/** The uplink: keeps a connection to the controller, sends what the spool holds, and hands on what comes back. */
import {
  type Ack,
  type AgentMessage,
  type ControllerMessage,
  type Enrolled,
  encodeFrame,
  encodeMessage,
  PROTOCOL,
  parseControllerMessage,
  type Status,
  WireError,
} from '@ptp-tester/wire';
import { SequentialWork } from '../spool/sequential-work.ts';
import type { CancelTimer } from '../timer.ts';
import { InFlight } from './in-flight.ts';
import type { Transport } from './transport.ts';
import type { UplinkDependencies, UplinkOptions } from './uplink-dependencies.ts';
import {
  initialUplinkState,
  nextUplink,
  type UplinkEffect,
  type UplinkInput,
  type UplinkState,
} from './uplink-state.ts';

const FRAME_BYTES = 64 * 1024;
/** No ack for a frame within this time: the connection is taken as dead. */
const ACK_MS = 30_000;
const PING_MS = 10_000;
/** Nothing at all arrived for this long, pongs included. */
const SILENCE_MS = 30_000;

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #deps: UplinkDependencies;
  readonly #work = new SequentialWork();
  #state: UplinkState;
  #transport: Transport | null = null;
  #inFlight = new InFlight();
  #lastAliveMs = 0;
  #cancelTimer: CancelTimer | null = null;
  #pingedAtMs = 0;
  /** What the controller has stored is known, so records flow from there on. */
  #hasResumed = false;
  #isPumping = false;
  #pumpAgain = false;
  #isClosed = true;
  #roundTripMs: number | null = null;

  constructor(options: UplinkOptions, dependencies: UplinkDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#state = initialUplinkState(options.identity.isEnrolled, 0);
  }

  /** From sending a frame to its ack, the newest one, ns; NaN before the first. */
  get roundTripNs(): number {
    return this.#roundTripMs === null ? Number.NaN : Math.round(this.#roundTripMs * 1e6);
  }

  get isStreaming(): boolean {
    return this.#state.phase === 'streaming';
  }

  start(): void {
    this.#isClosed = false;
    this.#state = initialUplinkState(this.#options.identity.isEnrolled, this.#deps.nowMs());
    this.#input({ type: 'wake' });
  }

  /** Ends the connection and tries no more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#dropTransport();
  }

  sendStatus(status: Status): void {
    if (this.isStreaming) this.#transport?.sendText(encodeMessage(status));
  }

  sayGoodbye(reason: string): void {
    if (this.isStreaming) this.#transport?.sendText(encodeMessage({ type: 'goodbye', reason }));
  }

  /** The spool has new records on the disk, or room was made for more to be on their way. */
  recordsWaiting(): void {
    this.#pumpAgain = true;
    if (this.#isPumping || !this.#hasResumed) return;
    this.#isPumping = true;
    this.#pump()
      .catch((error: unknown) => this.#deps.listener.problem(error))
      .finally(() => {
        this.#isPumping = false;
      });
  }

  #input(input: UplinkInput): void {
    if (this.#isClosed) return;
    const timing = { nowMs: this.#deps.nowMs(), random: this.#deps.random() };
    const { state, effects } = nextUplink(this.#state, input, timing);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#armTimer();
  }

  #perform(effect: UplinkEffect): void {
    switch (effect.do) {
      case 'connect':
        this.#connect();
        break;
      case 'enrol':
        this.#send({
          type: 'enrol',
          protocol: PROTOCOL,
          agent_version: this.#options.agentVersion,
          token: this.#options.token,
          ...this.#options.identity.enrolment,
        });
        break;
      case 'hello':
        this.#hello();
        break;
      case 'close':
        this.#dropTransport();
        break;
      case 'stream':
        this.#later(() => {
          this.#hasResumed = this.isStreaming;
          this.#deps.listener.streaming();
          this.recordsWaiting();
        });
        break;
      case 'handle':
        this.#handle(effect.message);
        break;
      case 'end':
        this.#later(() => this.#deps.listener.ended());
        break;
    }
  }

  #connect(): void {
    this.#dropTransport();
    this.#inFlight = new InFlight();
    this.#lastAliveMs = this.#deps.nowMs();
    this.#pingedAtMs = this.#lastAliveMs;
    const current = () => this.#transport === transport;
    const transport: Transport = this.#deps.connect({
      opened: () => {
        if (current()) this.#input({ type: 'opened' });
      },
      alive: () => {
        if (current()) this.#lastAliveMs = this.#deps.nowMs();
      },
      text: (text) => {
        if (current()) this.#received(text);
      },
      closed: (reason) => {
        if (!current()) return;
        this.#deps.listener.disconnected(reason);
        this.#transport = null;
        this.#hasResumed = false;
        this.#input({ type: 'closed' });
      },
    });
    this.#transport = transport;
  }

  #received(text: string): void {
    this.#lastAliveMs = this.#deps.nowMs();
    this.#deps.listener.contact();
    try {
      this.#input({ type: 'message', message: parseControllerMessage(text) });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#deps.listener.problem(error);
      this.#dropTransport();
      this.#input({ type: 'closed' });
    }
  }

  #handle(message: ControllerMessage): void {
    const { listener } = this.#deps;
    switch (message.type) {
      case 'enrolled':
        this.#resume(message);
        break;
      case 'ack':
        this.#acked(message);
        break;
      case 'nack':
        this.#later(async () => {
          const record = await this.#deps.spool.record(message.epoch, message.sequence);
          await listener.rejected(message, record);
        });
        break;
      case 'plan':
        this.#later(() => listener.plan(message.plan));
        break;
      case 'lease':
        this.#later(() => listener.lease(message));
        break;
      case 'refuse':
        listener.refused(message);
        break;
    }
  }

  #resume(message: Enrolled): void {
    this.#later(async () => {
      for (const { epoch, through } of message.stored) await this.#deps.spool.ack(epoch, through);
      await this.#deps.listener.enrolled();
    });
  }

  #acked(ack: Ack): void {
    const roundTripMs = this.#inFlight.acked(ack.epoch, ack.through, this.#deps.nowMs());
    if (roundTripMs !== null) this.#roundTripMs = roundTripMs;
    this.#later(async () => {
      await this.#deps.spool.ack(ack.epoch, ack.through);
      this.#deps.listener.acked();
      this.recordsWaiting();
    });
  }

  /** After everything that came before: a nacked record is read before the ack that covers it lets the spool drop it. */
  #later(work: () => void | Promise<void>): void {
    this.#work.run(async () => work()).catch((error: unknown) => this.#deps.listener.problem(error));
  }

  #hello(): void {
    const { identity, agentVersion } = this.#options;
    this.#send({
      type: 'hello',
      protocol: PROTOCOL,
      agent_version: agentVersion,
      run: identity.run,
      instance_id: identity.instanceId,
      secret: identity.secret,
      generation: this.#deps.generation(),
      epochs: this.#deps.spool.epochs(),
    });
  }

  #send(message: AgentMessage): void {
    this.#transport?.sendText(encodeMessage(message));
  }

  async #pump(): Promise<void> {
    const transport = this.#transport;
    const inFlight = this.#inFlight;
    while (this.#pumpAgain) {
      this.#pumpAgain = false;
      while (await this.#sendNext(transport, inFlight)) this.#pumpAgain = true;
    }
  }

  /** Sends one frame; false when there is nothing to send, no room on the way, or another connection by now. */
  async #sendNext(transport: Transport | null, inFlight: InFlight): Promise<boolean> {
    const { spool } = this.#deps;
    const isSingle = this.#state.sendsSingly;
    const room = spool.windowBytes - inFlight.bytes;
    if (transport === null || room <= 0 || (isSingle && inFlight.bytes > 0)) return false;
    const chunk = await spool.next(inFlight.sentThrough, isSingle ? 1 : Math.min(room, FRAME_BYTES));
    if (chunk === null || transport !== this.#transport || !this.#hasResumed) return false;
    transport.sendFrame(encodeFrame(chunk.records));
    inFlight.sent({ epoch: chunk.epoch, last: chunk.last, bytes: chunk.bytes, sentAtMs: this.#deps.nowMs() });
    return true;
  }

  #dropTransport(): void {
    const transport = this.#transport;
    this.#transport = null;
    this.#hasResumed = false;
    transport?.close();
  }

  #armTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const atMs = this.isStreaming ? this.#nextCheckMs() : this.#state.deadlineMs;
    if (atMs === null || this.#isClosed) return;
    const delayMs = Math.max(0, Math.ceil(atMs - this.#deps.nowMs()));
    this.#cancelTimer = this.#deps.setTimer(delayMs, () => this.#timedOut());
  }

  #nextCheckMs(): number {
    return Math.max(this.#lastAliveMs, this.#pingedAtMs) + PING_MS;
  }

  #timedOut(): void {
    if (!this.isStreaming) {
      this.#input({ type: 'wake' });
      return;
    }
    const nowMs = this.#deps.nowMs();
    const oldestMs = this.#inFlight.oldestSentAtMs;
    if (nowMs - this.#lastAliveMs >= SILENCE_MS || (oldestMs !== null && nowMs - oldestMs >= ACK_MS)) {
      this.#dropTransport();
      this.#input({ type: 'closed' });
      return;
    }
    if (nowMs >= this.#nextCheckMs()) {
      this.#pingedAtMs = nowMs;
      this.#transport?.ping();
    }
    this.#armTimer();
  }
}
