/** The heap of a Node process as its inspector tells it (`--inspect`), the main thread's only. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { waitUntil } from '../spine/wait-until.ts';

export class InspectedHeap {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: Record<string, unknown>) => void>();
  #asked = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result?: Record<string, unknown> };
      if (id === undefined) return;
      this.#waiting.get(id)?.(result ?? {});
      this.#waiting.delete(id);
    });
  }

  static async connect(port: number): Promise<InspectedHeap> {
    const list = await waitUntil('the inspector answers', () =>
      fetch(`http://127.0.0.1:${port}/json/list`).then(
        (reply) => reply.json() as Promise<readonly { webSocketDebuggerUrl: string }[]>,
        () => null,
      ),
    );
    const socket = new WebSocket(list[0]?.webSocketDebuggerUrl ?? '');
    await once(socket, 'open');
    return new InspectedHeap(socket);
  }

  /** Used bytes after a full collection. */
  async liveBytes(): Promise<number> {
    await this.#ask('HeapProfiler.collectGarbage');
    return Number((await this.#ask('Runtime.getHeapUsage'))['usedSize']);
  }

  close(): void {
    this.#socket.close();
  }

  #ask(method: string): Promise<Record<string, unknown>> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}
