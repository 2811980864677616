/** Many simulated agents over real WebSockets in one process: the load for ingest benchmarks and soak tests of the controller. */
import { STREAMS, type StreamName } from '@ptp-tester/measurement';
import type { CodecEnvironment } from '@ptp-tester/wire';
import { zstdCodec } from './codec-environment.ts';
import { makeBatch } from './make-batch.ts';
import { RecordTemplate } from './record-template.ts';
import { randomHexDigits, seededRandom } from './seeded-random.ts';
import { type FleetFigures, SimulatedAgent, type SimulatedIdentity, type SimulatedLoad } from './simulated-agent.ts';

/** A launch that the controller knows: what the agent's user data would have held. */
export interface SimulatedLaunch {
  readonly run: string;
  readonly index: number;
  readonly attempt: number;
  readonly token: string;
  readonly instanceId: string;
}

export interface SimulatedFleetOptions {
  /** Where the agents connect, for example `ws://127.0.0.1:7600/v1/agent`. */
  readonly url: string;
  /** For `wss:`; default: the system's authorities. */
  readonly caPem?: string;
  /** One agent for each. */
  readonly launches: readonly SimulatedLaunch[];
  readonly stream?: StreamName;
  readonly rowsPerBatch: number;
  /** Batches per second of each agent, spread evenly; or as fast as they are acknowledged. */
  readonly pace: { readonly batchesPerSecond: number } | 'as_acked';
  readonly recordsPerFrame?: number;
  /** With `as_acked`: how many records of each agent are on their way. Default: two frames. */
  readonly windowRecords?: number;
  readonly seed?: number;
  /** How many connect at the same time. */
  readonly connectAtOnce?: number;
}

/** Different batches per agent before they repeat. */
const VARIETY = 16;
/** One timer serves all agents: at each beat those whose turn it is. */
const BEAT_MS = 10;

export class SimulatedAgentFleet {
  readonly #options: SimulatedFleetOptions;
  readonly #agents: readonly SimulatedAgent[];
  #beat: NodeJS.Timeout | null = null;
  #startedAtMs = 0;
  #framesDue = 0;

  constructor(options: SimulatedFleetOptions) {
    this.#options = options;
    const random = seededRandom(options.seed ?? 1);
    const load = makeLoad(options, zstdCodec);
    const caPem = options.caPem ?? null;
    this.#agents = options.launches.map((launch) => {
      const identity: SimulatedIdentity = {
        ...launch,
        secret: randomHexDigits(random, 64),
        epoch: randomHexDigits(random, 16),
      };
      return new SimulatedAgent({ url: options.url, caPem, identity, load });
    });
  }

  /** Connects, enrols and greets with every agent. Rejects with the first failure. */
  async connect(): Promise<void> {
    const waiting = [...this.#agents];
    const connectNext = async () => {
      for (let agent = waiting.shift(); agent !== undefined; agent = waiting.shift()) await agent.connect();
    };
    await Promise.all(Array.from({ length: this.#options.connectAtOnce ?? 100 }, connectNext));
  }

  /** Begins to send. */
  start(): void {
    const { pace } = this.#options;
    if (pace === 'as_acked') {
      for (const agent of this.#agents) agent.fillWindow();
      return;
    }
    const framesPerMs = (pace.batchesPerSecond * this.#agents.length) / (this.#options.recordsPerFrame ?? 1) / 1000;
    this.#startedAtMs = performance.now();
    this.#beat = setInterval(() => this.#sendDue(framesPerMs), BEAT_MS);
  }

  /** Sends nothing more; what is on its way may still be acknowledged. */
  pause(): void {
    if (this.#beat !== null) clearInterval(this.#beat);
    this.#beat = null;
    for (const agent of this.#agents) agent.pause();
  }

  close(): void {
    this.pause();
    for (const agent of this.#agents) agent.close();
  }

  get figures(): FleetFigures {
    return this.#agents.map((agent) => agent.figures).reduce(sum);
  }

  /** Samples covered by acks; the first record of each agent is an event. */
  get ackedSamples(): number {
    const { ackedRecords } = this.figures;
    return Math.max(0, ackedRecords - this.#agents.length) * this.#options.rowsPerBatch;
  }

  #sendDue(framesPerMs: number): void {
    const due = Math.floor((performance.now() - this.#startedAtMs) * framesPerMs);
    for (; this.#framesDue < due; this.#framesDue += 1)
      this.#agents[this.#framesDue % this.#agents.length]?.sendFrame();
  }
}

function makeLoad(options: SimulatedFleetOptions, env: CodecEnvironment): SimulatedLoad {
  const { rowsPerBatch: rows, stream = 'phc', seed = 1, recordsPerFrame = 1 } = options;
  const spanNs = BigInt(rows * STREAMS[stream].defaultIntervalMs * 1_000_000);
  const batches = Array.from({ length: VARIETY }, (_, index) => {
    const first = makeBatch(stream, { rows, seed: seed + index });
    const shift = BigInt(index) * spanNs;
    const startAt = (first.columns[0]?.[0] as bigint) + shift;
    const startMonoRawNs = (first.columns[1]?.[0] as bigint) + shift;
    return new RecordTemplate(makeBatch(stream, { rows, seed: seed + index, startAt, startMonoRawNs }), env);
  });
  const started = {
    kind: 'event',
    event: 'epoch_started',
    at: 0n,
    monoRawNs: 0n,
    detail: { simulated: true },
  } as const;
  const windowRecords = options.pace === 'as_acked' ? (options.windowRecords ?? 2 * recordsPerFrame) : 0;
  return { first: new RecordTemplate(started, env), batches, recordsPerFrame, windowRecords };
}

function sum(a: FleetFigures, b: FleetFigures): FleetFigures {
  return {
    streaming: a.streaming + b.streaming,
    sentRecords: a.sentRecords + b.sentRecords,
    sentBytes: a.sentBytes + b.sentBytes,
    ackedRecords: a.ackedRecords + b.ackedRecords,
    nackedRecords: a.nackedRecords + b.nackedRecords,
    refused: a.refused + b.refused,
    disconnected: a.disconnected + b.disconnected,
  };
}
