/** The main thread's end of the ingest worker: groups frames, bounds what is queued, hands the answers to the connections. */
import { Worker } from 'node:worker_threads';
import { instantFromMs } from '@ptp-tester/measurement';
import type { Hello } from '@ptp-tester/wire';
import type { HeatName } from '../live/heat-columns.ts';
import type { SavedStrip } from '../live/heat-strip.ts';
import type { SavedTracker } from '../live/instance-tracker.ts';
import type { LiveReport } from '../live/live-tracker.ts';
import type { RunId } from '../runs/run.ts';
import { FrameBuffer } from './frame-buffer.ts';
import type { IngestWorkerData } from './ingest-worker.ts';
import type {
  ConnectionAnswer,
  ConnectionId,
  ConnectionOpened,
  FromWorker,
  GroupCommitted,
  NoticedEvent,
  StoreCondition,
  ToWorker,
} from './worker-messages.ts';

export interface IngestQueueOptions {
  readonly dataDirectory: string;
  /** Above this many bytes that are not committed, the sockets that send are paused. */
  readonly maxQueuedBytes?: number;
  /** How long a frame waits for others to share its commit. */
  readonly lingerMs?: number;
  /** Largest size of each run's database, in pages of 8 KiB. */
  readonly maxPages?: number;
}

/** What a commit brought, for meters. */
export interface IngestedGroup {
  readonly records: number;
  readonly samples: number;
  readonly bytes: number;
  /** From the arrival of its first frame until its acknowledgements are sent. */
  readonly seconds: number;
}

/** What happens to one connection. */
export interface ConnectionHandler {
  readonly opened: (answer: Pick<ConnectionOpened, 'stored' | 'nacks'>) => void;
  readonly answered: (answer: ConnectionAnswer) => void;
  /** The run's store cannot be opened now. */
  readonly unavailable: (reason: string) => void;
  /** The worker ended unexpectedly: nothing that was not answered is stored; the agent must connect again. */
  readonly lost: () => void;
}

export interface IngestQueueDependencies {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onEvents: (events: readonly NoticedEvent[]) => void;
  readonly onStoreCondition: (condition: StoreCondition) => void;
  /** A group is on the disk. */
  readonly onCommitted?: ((group: IngestedGroup) => void) | undefined;
  /** Once a second, while something changes. */
  readonly onLive: (report: LiveReport) => void;
  readonly onWorkerFailure: (error: unknown) => void;
  /** Less than half of the limit is queued again. */
  readonly onDrained: () => void;
}

export interface OpenRequest {
  readonly connection: ConnectionId;
  readonly run: RunId;
  readonly instanceId: string;
  readonly epochs: Hello['epochs'];
}

const CHUNK_BYTES = 2 * 1024 * 1024;
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const LINGER_MS = 50;
/** So much is worth a commit of its own at once, when the worker has nothing to do. */
const WORTH_A_COMMIT_BYTES = 128 * 1024;
/** One that is being committed and one that is ready for it; more would only make groups smaller. */
const IN_FLIGHT = 2;
const SPARE_BUFFERS = 4;
const RESTART_MS = 1000;
const STOP_MS = 5_000;

export class IngestQueue {
  readonly #options: IngestQueueOptions;
  readonly #dependencies: IngestQueueDependencies;
  readonly #handlers = new Map<ConnectionId, ConnectionHandler>();
  #worker: Worker | null = null;
  /** Being filled. */
  #open: FrameBuffer | null = null;
  /** Filled, waiting for the worker. */
  readonly #ready: FrameBuffer[] = [];
  /** The buffers that the worker has, in order. */
  #inFlight: { readonly usedBytes: number; readonly openedAtMs: number }[] = [];
  readonly #spare: ArrayBuffer[] = [];
  /** Connections to forget once their frames have been posted. */
  readonly #closed: ConnectionId[] = [];
  #queuedBytes = 0;
  #full = false;
  #linger: NodeJS.Timeout | null = null;
  #restart: NodeJS.Timeout | null = null;
  /** By run and column. */
  readonly #stripsWanted = new Map<string, ((strips: ReadonlyMap<string, SavedStrip>) => void)[]>();
  #watched: readonly string[] = [];
  #stopping: { readonly stopped: () => void; asked: boolean } | null = null;

  constructor(options: IngestQueueOptions, dependencies: IngestQueueDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Bytes that are received and not committed. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Starts the worker. */
  start(): void {
    const { dataDirectory, maxPages } = this.#options;
    const workerData: IngestWorkerData = { dataDirectory, maxPages };
    const worker = new Worker(new URL('./ingest-worker.ts', import.meta.url), { workerData, name: 'ingest' });
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', (code) => {
      // Its last word and its end may come in one turn: an end that was asked for is no failure.
      if (code === 0 && this.#stopping?.asked === true) this.#stopping.stopped();
      else this.#fail(worker, new Error('the ingest worker ended'));
    });
    this.#worker = worker;
    this.watch(this.#watched);
  }

  /** Announces a connection; `handler.opened` follows. Frames may be pushed from now on. Without a worker the connection is lost at once. */
  open(request: OpenRequest, handler: ConnectionHandler): void {
    if (this.#worker === null) {
      handler.lost();
      return;
    }
    this.#handlers.set(request.connection, handler);
    this.#post({ kind: 'open', ...request, receivedAt: this.#receivedAt() });
  }

  /** Takes a frame. False: too much is queued, the socket should be paused until `onDrained`. */
  push(connection: ConnectionId, frame: Uint8Array): boolean {
    // Its connection was lost with the worker: the agent still has all of it.
    if (this.#worker === null) return true;
    const room = FrameBuffer.bytesFor(frame);
    if (this.#open === null || !this.#open.add(connection, frame)) {
      this.#seal();
      this.#open = new FrameBuffer(this.#newBuffer(room), performance.now());
      this.#open.add(connection, frame);
      this.#linger = setTimeout(() => this.#onLinger(), this.#options.lingerMs ?? LINGER_MS);
    }
    this.#queuedBytes += room;
    if (this.#queuedBytes > (this.#options.maxQueuedBytes ?? MAX_QUEUED_BYTES)) this.#full = true;
    if (this.#inFlight.length < IN_FLIGHT) this.#dispatch();
    return !this.#full;
  }

  /** Forgets a connection. What it had sent is still stored. */
  close(connection: ConnectionId): void {
    if (!this.#handlers.delete(connection)) return;
    this.#closed.push(connection);
    this.#dispatch();
  }

  /** Closes the database of a run that has ended. */
  forgetRun(run: RunId): void {
    this.#post({ kind: 'forget', run });
  }

  /** Whose single samples are told with the live report. */
  watch(instanceIds: readonly string[]): void {
    this.#watched = instanceIds;
    this.#post({ kind: 'watch', instanceIds });
  }

  /** The strips of one column by instance id; none while the worker is not there. */
  strips(run: RunId, name: HeatName): Promise<ReadonlyMap<string, SavedStrip>> {
    if (this.#worker === null) return Promise.resolve(new Map());
    return new Promise((resolve) => {
      const waiting = this.#stripsWanted.get(`${run} ${name}`);
      if (waiting !== undefined) {
        waiting.push(resolve);
        return;
      }
      this.#stripsWanted.set(`${run} ${name}`, [resolve]);
      this.#post({ kind: 'ask_strips', run, name });
    });
  }

  /** Hands over the figures of what was stored before the worker began. */
  restore(run: RunId, saved: ReadonlyMap<string, SavedTracker>): void {
    this.#post({ kind: 'restore', run, saved });
  }

  /** Commits what is queued and ends the worker. What cannot be committed within 5 s was never acknowledged. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (this.#restart !== null) clearTimeout(this.#restart);
    if (worker === null || this.#stopping !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, STOP_MS);
      const stopped = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#stopping = { stopped, asked: false };
      this.#onLinger();
    });
    this.#worker = null;
    await worker.terminate();
  }

  /** The frames have waited long enough. */
  #onLinger(): void {
    this.#seal();
    this.#dispatch();
  }

  /** Posts as much as the worker may have: what is sealed, and what is open when it is worth it and the worker idle. */
  #dispatch(): void {
    const idle = this.#inFlight.length === 0 && this.#ready.length === 0;
    if (idle && (this.#open?.usedBytes ?? 0) >= WORTH_A_COMMIT_BYTES) this.#seal();
    while (this.#inFlight.length < IN_FLIGHT) {
      const next = this.#ready.shift();
      if (next === undefined) break;
      const { buffer, usedBytes, openedAtMs } = next;
      this.#inFlight.push({ usedBytes, openedAtMs });
      this.#post({ kind: 'frames', buffer, usedBytes, receivedAt: this.#receivedAt() }, [buffer]);
    }
    if (this.#ready.length > 0 || this.#open !== null) return;
    for (const connection of this.#closed.splice(0)) this.#post({ kind: 'close', connection });
    if (this.#stopping === null || this.#stopping.asked) return;
    this.#stopping.asked = true;
    this.#post({ kind: 'stop' });
  }

  #seal(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#linger = null;
    if (this.#open !== null) this.#ready.push(this.#open);
    this.#open = null;
  }

  #post(message: ToWorker, moved: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, moved);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'opened':
        this.#handlers.get(message.connection)?.opened(message);
        if (message.events.length > 0) this.#dependencies.onEvents(message.events);
        return;
      case 'not_opened': {
        const { connection, run, reason } = message;
        this.#dependencies.onStoreCondition({ kind: 'store', run, failing: true, reason });
        this.#handlers.get(connection)?.unavailable(reason);
        return;
      }
      case 'committed':
        this.#onCommitted(message);
        return;
      case 'store':
        this.#dependencies.onStoreCondition(message);
        return;
      case 'live':
        this.#dependencies.onLive(message.report);
        return;
      case 'strips':
        this.#onStrips(`${message.run} ${message.name}`, message.strips);
        return;
      case 'stopped':
        this.#stopping?.stopped();
        return;
    }
  }

  #onStrips(wanted: string, strips: ReadonlyMap<string, SavedStrip>): void {
    for (const resolve of this.#stripsWanted.get(wanted) ?? []) resolve(strips);
    this.#stripsWanted.delete(wanted);
  }

  #onCommitted({ buffer, answers, events }: GroupCommitted): void {
    const group = this.#inFlight.shift() ?? { usedBytes: 0, openedAtMs: performance.now() };
    this.#queuedBytes -= group.usedBytes;
    if (buffer.byteLength === CHUNK_BYTES && this.#spare.length < SPARE_BUFFERS) this.#spare.push(buffer);
    this.#dispatch();
    // First the events: an agent that has its nack does not ask again.
    if (events.length > 0) this.#dependencies.onEvents(events);
    for (const answer of answers) this.#handlers.get(answer.connection)?.answered(answer);
    this.#meter(answers, group);
    if (!this.#full || this.#queuedBytes > (this.#options.maxQueuedBytes ?? MAX_QUEUED_BYTES) / 2) return;
    this.#full = false;
    this.#dependencies.onDrained();
  }

  #meter(
    answers: readonly ConnectionAnswer[],
    group: { readonly usedBytes: number; readonly openedAtMs: number },
  ): void {
    const sum = (count: (answer: ConnectionAnswer) => number) =>
      answers.reduce((total, answer) => total + count(answer), 0);
    this.#dependencies.onCommitted?.({
      records: sum(({ records }) => records),
      samples: sum(({ samples }) => samples),
      bytes: group.usedBytes,
      seconds: (performance.now() - group.openedAtMs) / 1000,
    });
  }

  /** The worker ended although nobody asked it to: every agent connects again and sends what was not acknowledged. */
  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#seal();
    this.#ready.length = 0;
    this.#inFlight = [];
    this.#closed.length = 0;
    this.#queuedBytes = 0;
    this.#full = false;
    this.#dependencies.onWorkerFailure(error);
    for (const handler of [...this.#handlers.values()]) handler.lost();
    this.#handlers.clear();
    for (const wanted of this.#stripsWanted.keys()) this.#onStrips(wanted, new Map());
    this.#stopping?.stopped();
    if (this.#stopping === null) this.#restart = setTimeout(() => this.start(), RESTART_MS);
  }

  #newBuffer(bytes: number): ArrayBuffer {
    if (bytes > CHUNK_BYTES) return new ArrayBuffer(bytes);
    return this.#spare.pop() ?? new ArrayBuffer(CHUNK_BYTES);
  }

  #receivedAt(): bigint {
    return instantFromMs(this.#dependencies.now());
  }
}
