/** What the ingest tests and benchmarks share: a run in a control database, records, and an agent that speaks the protocol by hand. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Batch, type ColumnValues, type EventRecord, makeColumn, STREAMS } from '@ptp-tester/measurement';
import {
  type AgentMessage,
  type ControllerMessage,
  encodeFrame,
  encodeMessage,
  encodeRecord,
  type Hello,
  PROTOCOL,
  parseControllerMessage,
  type Status,
} from '@ptp-tester/wire';
import { type RawData, WebSocket } from 'ws';
import type { AgentFile } from '../../controller/src/ingest/agent-file-route.ts';
import {
  AgentListener,
  type AgentListenerDependencies,
  type AgentListenerOptions,
} from '../../controller/src/ingest/agent-listener.ts';
import { LiveAgents } from '../../controller/src/runs/live-agents.ts';
import type { InstanceRecord, Run } from '../../controller/src/runs/run.ts';
import type { RunRepository } from '../../controller/src/runs/run-repository.ts';
import { openRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { sampleDatabasePath } from '../../controller/src/store/sample-database.ts';
import type { RecordReader, SampleReader } from '../../controller/src/store/sample-store.ts';

export const RUN_ID = '20261120-231757-k3f9';
export const EPOCH = '00112233445566aa';
export const TOKEN = 'the-token';

export const RUN: Run = {
  id: RUN_ID,
  spec: {
    instanceTypes: [{ type: 'c7i.large', quantity: 1 }],
    region: 'us-east-1',
    subnetId: 'subnet-1',
    amiId: null,
    securityGroupId: null,
    placementGroup: null,
    keyName: null,
    durationS: 600,
    sources: { raw: { interval_ms: 1000 } },
    batch: { maxSamples: 60, maxAgeMs: 5000 },
    spoolMaxBytes: 1 << 28,
    publicUrl: 'http://127.0.0.1:7600',
    timeouts: { launchS: 60, agentS: 60, finishS: 60, terminateS: 60, orphanS: 3600 },
    tags: {},
  },
  state: 'soaking',
  createdAt: Date.now(),
  soakStartedAt: null,
  soakEndsAt: null,
  endedAt: null,
  outcome: null,
  stopReason: null,
};

export function instanceIdOf(index: number): string {
  return `i-${index.toString(16).padStart(17, '0')}`;
}

export function secretOf(index: number): string {
  return createHash('sha256').update(`secret ${index}`).digest('hex');
}

function makeInstance(index: number): InstanceRecord {
  return {
    run: RUN_ID,
    typeIndex: index,
    index,
    attempt: 1,
    instanceType: 'c7i.large',
    state: 'running',
    instanceId: instanceIdOf(index),
    facts: null,
    agentVersion: null,
    ptpStatus: null,
    verdict: null,
    failure: null,
    reachedAt: {},
  };
}

export interface IngestSiteOptions extends Partial<AgentListenerOptions> {
  readonly instances?: number;
  readonly directory?: string;
  /** Default: a file in the directory. */
  readonly controlDatabase?: string;
  /** In place of the site's own. */
  readonly dependencies?: Partial<AgentListenerDependencies>;
}

/** A controller's ingest on a free port with a run of some instances, in a directory of its own. */
export class IngestSite {
  readonly directory: string;
  readonly repository: RunRepository;
  readonly liveAgents = new LiveAgents();
  readonly logged: { readonly level: string; readonly text: string; readonly fields: object }[] = [];
  readonly #options: Partial<AgentListenerOptions>;
  readonly #dependencies: Partial<AgentListenerDependencies>;
  readonly files = new Map<string, AgentFile>();
  listener: AgentListener;
  port = 0;

  constructor(options: IngestSiteOptions = {}) {
    const { instances = 1, directory, controlDatabase, dependencies = {}, ...listenerOptions } = options;
    this.#options = listenerOptions;
    this.#dependencies = dependencies;
    this.directory = directory ?? mkdtempSync(join(tmpdir(), 'ptp-ingest-'));
    this.repository = openRunRepository(controlDatabase ?? join(this.directory, 'control.db'), { now: Date.now });
    if (this.repository.run(RUN_ID) === null) {
      this.repository.createRun(
        RUN,
        Array.from({ length: instances }, (_, index) => makeInstance(index + 1)),
      );
    }
    this.listener = this.#makeListener();
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/v1/agent`;
  }

  async start(): Promise<void> {
    this.port = (await this.listener.start({ host: '127.0.0.1', port: this.port })).port;
  }

  /** The controller ends and begins again on the same data and port. */
  async restart(): Promise<void> {
    await this.listener.close();
    this.listener = this.#makeListener();
    await this.start();
  }

  reader(): SampleReader & RecordReader {
    return openSampleReader(sampleDatabasePath(this.directory, RUN_ID));
  }

  events(kind: string) {
    return this.repository.events(RUN_ID).filter(({ event }) => event === kind);
  }

  async close(): Promise<void> {
    await this.listener.close();
    this.repository.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #makeListener(): AgentListener {
    const log = (level: string) => (fields: object, text: string) => this.logged.push({ level, text, fields });
    return new AgentListener(
      { dataDirectory: this.directory, ...this.#options },
      {
        repository: this.repository,
        liveAgents: this.liveAgents,
        checkToken: (_launch, token) => token === TOKEN,
        findAgentFile: (sha256) => this.files.get(sha256) ?? null,
        now: Date.now,
        log: { info: log('info'), warn: log('warn'), error: log('error') },
        ...this.#dependencies,
      },
    );
  }
}

type Of<T extends ControllerMessage['type']> = Extract<ControllerMessage, { type: T }>;

/** A connection that does what the test says and nothing else. */
export class HandAgent {
  readonly index: number;
  readonly instanceId: string;
  readonly received: ControllerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket, index: number) {
    this.#socket = socket;
    this.index = index;
    this.instanceId = instanceIdOf(index);
    socket.on('message', (data: RawData) => {
      this.received.push(parseControllerMessage(data.toString()));
      for (const look of [...this.#waiting]) look();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const look of [...this.#waiting]) look();
      });
    });
  }

  static async connect(site: { readonly url: string; readonly ca?: string }, index = 1): Promise<HandAgent> {
    const authority = site.ca === undefined ? {} : { ca: site.ca };
    const socket = new WebSocket(site.url, { perMessageDeflate: false, ...authority });
    const agent = new HandAgent(socket, index);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return agent;
  }

  /** Connects, enrols and says hello; ready to send frames. */
  static async streaming(site: { readonly url: string }, options: { index?: number; epochs?: Hello['epochs'] } = {}) {
    const agent = await HandAgent.connect(site, options.index ?? 1);
    agent.enrol();
    await agent.next('enrolled');
    agent.received.length = 0;
    agent.hello(options.epochs ?? [{ epoch: EPOCH, first: 1, next: 1 }]);
    await agent.next('enrolled');
    return agent;
  }

  send(message: AgentMessage): void {
    this.#socket.send(encodeMessage(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  sendRecords(...records: Uint8Array[]): void {
    this.#socket.send(encodeFrame(records));
  }

  enrol(change: Partial<Extract<AgentMessage, { type: 'enrol' }>> = {}): void {
    this.send(enrolMessage(this.index, change));
  }

  hello(epochs: Hello['epochs'] = [], change: Partial<Hello> = {}): void {
    this.send(helloMessage(this.index, { epochs, ...change }));
  }

  /** The first message of this type that arrived or arrives and fits. */
  next<T extends ControllerMessage['type']>(type: T, fits: (message: Of<T>) => boolean = () => true): Promise<Of<T>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.received.find((message) => message.type === type && fits(message as Of<T>));
        if (found === undefined && this.#socket.readyState !== WebSocket.CLOSED) return;
        this.#waiting.delete(look);
        if (found === undefined) reject(new Error(`closed before ${type}; got ${JSON.stringify(this.received)}`));
        else resolve(found as Of<T>);
      };
      this.#waiting.add(look);
      look();
    });
  }

  ackedThrough(sequence: number, epoch = EPOCH) {
    return this.next('ack', (ack) => ack.epoch === epoch && ack.through >= sequence);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

export function enrolMessage(index: number, change: Partial<Extract<AgentMessage, { type: 'enrol' }>> = {}) {
  return {
    type: 'enrol' as const,
    protocol: PROTOCOL,
    agent_version: '0.1.0',
    run: RUN_ID,
    index,
    attempt: 1,
    token: TOKEN,
    secret: secretOf(index),
    facts: {
      instance_id: instanceIdOf(index),
      instance_type: 'c7i.large',
      availability_zone: 'us-east-1a',
      region: 'us-east-1',
      architecture: 'x86_64',
      image_id: null,
      private_ip: null,
    },
    ...change,
  };
}

function helloMessage(index: number, change: Partial<Hello> = {}): Hello {
  return {
    type: 'hello',
    protocol: PROTOCOL,
    agent_version: '0.1.0',
    run: RUN_ID,
    instance_id: instanceIdOf(index),
    secret: secretOf(index),
    generation: 0,
    epochs: [],
    ...change,
  };
}

export function statusMessage(change: Partial<Status> = {}): Status {
  return {
    type: 'status',
    generation: 1,
    phase: 'measuring',
    epoch: EPOCH,
    capability: { value: 'unsupported', reason: 'no device' },
    setup: { value: 'not_attempted', reason: 'only looked' },
    ptp_status: {
      supported: false,
      ena_driver_version: null,
      ena_driver_compatible: false,
      hardware_clock_present: false,
      ptp_ena_symlink_present: false,
      chrony_using_phc: false,
      chrony_synchronized: false,
      clock_device: null,
      clock_name: null,
      time_offset_ns: null,
      error_message: null,
      simulated: false,
      diagnostic_output: {},
    },
    spool_records: 0,
    ...change,
  };
}

export interface RawBatchOptions {
  readonly rows?: number;
  /** `at` of the first sample. */
  readonly startAt?: bigint;
  readonly intervalNs?: number;
  readonly key?: string;
  readonly offsetAt?: (row: number) => bigint;
}

/** A batch of the `raw` stream. */
export function rawBatch(options: RawBatchOptions = {}): Batch {
  const { rows = 5, startAt = 1_763_680_677_000_000_000n, intervalNs = 1_000_000_000, key = '' } = options;
  const columns: ColumnValues[] = STREAMS.raw.columns.map(({ kind }) => makeColumn(kind, rows));
  const [at, mono, offset, bracket] = columns as [BigInt64Array, BigInt64Array, BigInt64Array, Float64Array];
  for (let row = 0; row < rows; row++) {
    at[row] = startAt + BigInt(row * intervalNs);
    mono[row] = BigInt(row + 1) * BigInt(intervalNs);
    offset[row] = options.offsetAt?.(row) ?? 1_763_680_000_000_000_000n + BigInt(row);
    bracket[row] = 80 + (row % 7);
  }
  return { kind: 'batch', stream: 'raw', key, generation: 1, intervalNs, missedTicks: 0, rows, columns };
}

function epochStarted(): EventRecord {
  const detail = { boot_id: 'b7a4c0de-0000-4000-8000-000000000001' };
  return { kind: 'event', event: 'epoch_started', at: 1_763_680_677_000_000_000n, monoRawNs: 5n, detail };
}

/** Record `sequence` of an epoch: the event `epoch_started` first, then batches of the `raw` stream that follow each other. */
export function recordAt(sequence: number, epoch = EPOCH, rows = 5): Uint8Array {
  const startAt = 1_763_680_677_000_000_000n + BigInt(sequence * rows) * 1_000_000_000n;
  const content = sequence === 1 ? epochStarted() : rawBatch({ rows, startAt });
  return encodeRecord({ epoch, sequence }, content, NODE_CODEC);
}

export function recordsAt(first: number, last: number, epoch = EPOCH): Uint8Array[] {
  return Array.from({ length: last - first + 1 }, (_, index) => recordAt(first + index, epoch));
}

/** The same record with a body byte turned, and its checksum made right again: only its content is wrong. */
export function poisonAt(sequence: number, epoch = EPOCH): Uint8Array {
  const bytes = recordAt(sequence, epoch).slice();
  // Byte 2 is the record's kind (docs/protocol.md): one that no version knows.
  bytes[2] = 99;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, NODE_CODEC.crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

/** The same record with a wrong checksum. */
export function damagedAt(sequence: number, epoch = EPOCH): Uint8Array {
  const bytes = recordAt(sequence, epoch).slice();
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 0xff;
  return bytes;
}
