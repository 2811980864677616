/** The heaps of a Node process as its inspector tells them (`--inspect`): the main thread's and those of its workers. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { waitUntil } from '../spine/wait-until.ts';

type Result = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly result?: Result;
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly message?: string };
}

/** The inspector of the main thread; what is for a worker goes through it (the NodeWorker domain of node_protocol.pdl). */
export class InspectedHeaps {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: Result) => void>();
  readonly #workers = new Set<string>();
  #asked = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data)) as Message));
  }

  static async connect(port: number): Promise<InspectedHeaps> {
    const list = await waitUntil('the inspector answers', () =>
      fetch(`http://127.0.0.1:${port}/json/list`).then(
        (reply) => reply.json() as Promise<readonly { webSocketDebuggerUrl: string }[]>,
        () => null,
      ),
    );
    const socket = new WebSocket(list[0]?.webSocketDebuggerUrl ?? '');
    await once(socket, 'open');
    const heaps = new InspectedHeaps(socket);
    await heaps.#ask('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return heaps;
  }

  /** How many threads have a heap: the main one and its workers. */
  get threads(): number {
    return 1 + this.#workers.size;
  }

  /** Used bytes of all threads together, each after a full collection. */
  async liveBytes(): Promise<number> {
    const live = await Promise.all([null, ...this.#workers].map((worker) => this.#liveBytesOf(worker)));
    return live.reduce((sum, bytes) => sum + bytes, 0);
  }

  close(): void {
    this.#socket.close();
  }

  async #liveBytesOf(worker: string | null): Promise<number> {
    const ask = (method: string) => (worker === null ? this.#ask(method) : this.#askWorker(worker, method));
    await ask('HeapProfiler.collectGarbage');
    return Number((await ask('Runtime.getHeapUsage'))['usedSize']);
  }

  #take({ id, result, method, params }: Message): void {
    const worker = params?.sessionId ?? '';
    if (method === 'NodeWorker.attachedToWorker') this.#workers.add(worker);
    if (method === 'NodeWorker.detachedFromWorker') this.#workers.delete(worker);
    if (method === 'NodeWorker.receivedMessageFromWorker') this.#take(JSON.parse(params?.message ?? '') as Message);
    if (id === undefined) return;
    this.#waiting.get(id)?.(result ?? {});
    this.#waiting.delete(id);
  }

  #ask(method: string, params: Result = {}): Promise<Result> {
    return this.#answerTo((id) => this.#socket.send(JSON.stringify({ id, method, params })));
  }

  /** The worker's own answer comes as a message; that it was handed over is of no interest. */
  #askWorker(sessionId: string, method: string): Promise<Result> {
    return this.#answerTo((id) => {
      const message = JSON.stringify({ id, method });
      void this.#ask('NodeWorker.sendMessageToWorker', { sessionId, message });
    });
  }

  #answerTo(send: (id: number) => void): Promise<Result> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      send(id);
    });
  }
}
