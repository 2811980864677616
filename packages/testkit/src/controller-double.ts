/** The controller's side of the agent protocol on a real WebSocket, without a store: for benchmarks and tests of the agent. */
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  type AgentMessage,
  decodeFrame,
  encodeMessage,
  type Lease,
  type Plan,
  parseAgentMessage,
  type RecordHeader,
  readRecordHeader,
  type Status,
} from '@ptp-tester/wire';
import { type WebSocket, WebSocketServer } from 'ws';

export interface ControllerDoubleOptions {
  readonly plan: Plan;
  readonly lease: Omit<Lease, 'type'>;
  /** Serves TLS with this key and certificate, PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** One record as it arrived, in order; duplicates are not told. */
export interface ArrivedRecord {
  readonly header: RecordHeader;
  readonly record: Uint8Array;
}

export class ControllerDouble {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #scheme: 'http' | 'https';
  readonly #lease: Omit<Lease, 'type'>;
  readonly #through = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #plan: Plan;
  /** Keeps what arrived; benchmarks take it out. */
  readonly arrived: ArrivedRecord[] = [];
  readonly messages: AgentMessage[] = [];
  /** Enrolments and greetings are answered, records are not acknowledged. */
  holdsAcks = false;
  /** New connections are cut at once. */
  refuses = false;
  refused = 0;

  constructor(options: ControllerDoubleOptions) {
    this.#plan = options.plan;
    this.#lease = options.lease;
    this.#scheme = options.tls === undefined ? 'http' : 'https';
    this.#server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    this.#sockets = new WebSocketServer({ server: this.#server, path: '/v1/agent', perMessageDeflate: false });
    this.#sockets.on('connection', (socket) => this.#serve(socket));
  }

  /** Listens on a free port of 127.0.0.1 and returns the address for the agent's configuration. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** The newest status that an agent sent. */
  get status(): Status | null {
    return this.messages.findLast((message): message is Status => message.type === 'status') ?? null;
  }

  setPlan(plan: Plan): void {
    this.#plan = plan;
    for (const socket of this.#sockets.clients) socket.send(encodeMessage({ type: 'plan', plan }));
  }

  /** Cuts every connection, as a broken network does. */
  cut(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  /** Resolves as soon as the condition holds; it is looked at whenever something arrives. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  #serve(socket: WebSocket): void {
    if (this.refuses) {
      this.refused += 1;
      socket.terminate();
      this.#look();
      return;
    }
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#takeFrame(socket, data as Buffer);
      else this.#takeMessage(socket, parseAgentMessage(String(data)));
      this.#look();
    });
  }

  #look(): void {
    for (const look of [...this.#listeners]) look();
  }

  #takeMessage(socket: WebSocket, message: AgentMessage): void {
    this.messages.push(message);
    if (message.type === 'enrol') this.#answer(socket, message.run, message.facts.instance_id);
    if (message.type !== 'hello') return;
    this.#answer(socket, message.run, message.instance_id);
    socket.send(encodeMessage({ type: 'lease', ...this.#lease }));
    socket.send(encodeMessage({ type: 'plan', plan: this.#plan }));
  }

  #answer(socket: WebSocket, run: string, instanceId: string): void {
    const stored = [...this.#through].map(([epoch, through]) => ({ epoch, through }));
    socket.send(encodeMessage({ type: 'enrolled', protocol: 1, run, instance_id: instanceId, stored }));
  }

  #takeFrame(socket: WebSocket, frame: Buffer): void {
    let epoch = '';
    for (const record of decodeFrame(frame)) {
      const header = readRecordHeader(record);
      epoch = header.epoch;
      if (header.sequence <= (this.#through.get(epoch) ?? 0)) continue;
      this.arrived.push({ header, record });
      this.#through.set(epoch, header.sequence);
    }
    if (this.holdsAcks || epoch === '') return;
    socket.send(encodeMessage({ type: 'ack', epoch, through: this.#through.get(epoch) ?? 0 }));
  }
}
