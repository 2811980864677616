/** One simulated agent on a real WebSocket: enrols, greets, sends frames of stamped records, counts acks. */
import { encodeFrame, encodeMessage, PROTOCOL, parseControllerMessage } from '@ptp-tester/wire';
import { WebSocket } from 'ws';
import { epochBytes, type RecordTemplate } from './record-template.ts';

/** Who the agent is; the controller must know the launch that the token belongs to. */
export interface SimulatedIdentity {
  readonly run: string;
  readonly index: number;
  readonly attempt: number;
  readonly token: string;
  readonly instanceId: string;
  /** 64 hex digits. */
  readonly secret: string;
  /** 16 hex digits. */
  readonly epoch: string;
}

export interface SimulatedLoad {
  /** The first record of the epoch. */
  readonly first: RecordTemplate;
  /** The batches that follow, in turn. */
  readonly batches: readonly RecordTemplate[];
  readonly recordsPerFrame: number;
  /** After each ack the next frames go out, so that so many records are on their way; 0 = only `sendFrame` sends. */
  readonly windowRecords: number;
}

export interface SimulatedAgentOptions {
  /** `ws:` or `wss:`, with the path. */
  readonly url: string;
  readonly caPem: string | null;
  readonly identity: SimulatedIdentity;
  readonly load: SimulatedLoad;
}

/** What an agent saw, summed over a fleet. */
export interface FleetFigures {
  readonly streaming: number;
  readonly sentRecords: number;
  readonly sentBytes: number;
  /** Records covered by acks. */
  readonly ackedRecords: number;
  readonly nackedRecords: number;
  readonly refused: number;
  readonly disconnected: number;
}

export class SimulatedAgent {
  readonly #options: SimulatedAgentOptions;
  readonly #epochBytes: Uint8Array;
  readonly #ready = Promise.withResolvers<void>();
  #socket: WebSocket | null = null;
  #isStreaming = false;
  #hasGreeted = false;
  #isClosing = false;
  #sent = 0;
  #acked = 0;
  #sentBytes = 0;
  #nacked = 0;
  #refused = 0;
  #disconnected = 0;

  constructor(options: SimulatedAgentOptions) {
    this.#options = options;
    this.#epochBytes = epochBytes(options.identity.epoch);
  }

  get figures(): FleetFigures {
    return {
      streaming: this.#isStreaming ? 1 : 0,
      sentRecords: this.#sent,
      sentBytes: this.#sentBytes,
      ackedRecords: this.#acked,
      nackedRecords: this.#nacked,
      refused: this.#refused,
      disconnected: this.#disconnected,
    };
  }

  /** Resolves when the controller has answered the greeting; rejects when the connection ends before. */
  connect(): Promise<void> {
    const { url, caPem } = this.#options;
    const socket = new WebSocket(url, { perMessageDeflate: false, ...(caPem === null ? {} : { ca: caPem }) });
    this.#socket = socket;
    socket.on('open', () => this.#enrol());
    socket.on('message', (data) => this.#received(String(data)));
    socket.on('error', (error) => this.#ready.reject(error));
    socket.on('close', (code) => this.#closed(code));
    return this.#ready.promise;
  }

  /** Sends the next frame, whatever is on its way already. */
  sendFrame(): void {
    const { load } = this.#options;
    const records = Array.from({ length: load.recordsPerFrame }, () => this.#nextRecord());
    const frame = encodeFrame(records);
    this.#sentBytes += frame.length;
    this.#socket?.send(frame);
  }

  /** Fills the window; afterwards each ack keeps it full. */
  fillWindow(): void {
    const { windowRecords } = this.#options.load;
    while (this.#isStreaming && !this.#isClosing && this.#sent - this.#acked < windowRecords) this.sendFrame();
  }

  /** Sends nothing more by itself. */
  pause(): void {
    this.#isClosing = true;
  }

  close(): void {
    this.#isClosing = true;
    if (this.#isStreaming) this.#socket?.send(encodeMessage({ type: 'goodbye', reason: 'the simulation ends' }));
    this.#socket?.close();
  }

  #nextRecord(): Uint8Array {
    const { first, batches } = this.#options.load;
    this.#sent += 1;
    const template = this.#sent === 1 ? first : (batches[this.#sent % batches.length] ?? first);
    return template.stamp(this.#epochBytes, this.#sent);
  }

  #enrol(): void {
    const { run, index, attempt, token, secret, instanceId } = this.#options.identity;
    const facts = {
      instance_id: instanceId,
      instance_type: 'c7i.large',
      availability_zone: 'us-east-1a',
      region: 'us-east-1',
      architecture: 'x86_64',
      image_id: null,
      private_ip: null,
    };
    const enrol = { type: 'enrol', protocol: PROTOCOL, agent_version: 'simulated', run, index, attempt } as const;
    this.#socket?.send(encodeMessage({ ...enrol, token, secret, facts }));
  }

  #hello(): void {
    const { run, secret, instanceId, epoch } = this.#options.identity;
    this.#hasGreeted = true;
    this.#socket?.send(
      encodeMessage({
        type: 'hello',
        protocol: PROTOCOL,
        agent_version: 'simulated',
        run,
        instance_id: instanceId,
        secret,
        generation: 0,
        epochs: [{ epoch, first: 1, next: 1 }],
      }),
    );
  }

  #received(text: string): void {
    const message = parseControllerMessage(text);
    switch (message.type) {
      case 'enrolled':
        if (!this.#hasGreeted) this.#hello();
        else this.#streams();
        break;
      case 'ack':
        this.#acked = Math.max(this.#acked, message.through);
        this.fillWindow();
        break;
      case 'nack':
        this.#nacked += 1;
        break;
      case 'refuse':
        this.#refused += 1;
        this.#ready.reject(new Error(`refused: ${message.code}: ${message.reason}`));
        break;
      case 'plan':
      case 'lease':
        break;
    }
  }

  #streams(): void {
    this.#isStreaming = true;
    this.#ready.resolve();
  }

  #closed(code: number): void {
    this.#isStreaming = false;
    if (!this.#isClosing) this.#disconnected += 1;
    this.#ready.reject(new Error(`the connection closed with code ${code}`));
  }
}
