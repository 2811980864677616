// Runs commands in a virtual machine over one of its command ports, without its network (the other end is the image's lab-shell).
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface GuestAnswer {
  readonly exitCode: number;
  /** Standard output and error. */
  readonly output: string;
}

const RETRY_MS = 100;

/** One connection; commands run one after the other. */
export class GuestCommands {
  private readonly path: string;
  private socket: Socket | undefined;
  private received = '';
  private lastId = 0;
  private readonly waiting = new Map<number, (answer: GuestAnswer) => void>();

  /** `path`: the port's socket in the machine's folder. Nothing is connected yet. */
  constructor(path: string) {
    this.path = path;
  }

  /** Waits for the socket, which is there as soon as the machine runs. */
  async connect(signal: AbortSignal): Promise<void> {
    while (this.socket === undefined) {
      signal.throwIfAborted();
      const socket = await tryConnect(this.path);
      if (socket === undefined) await sleep(RETRY_MS, undefined, { signal });
      else this.use(socket);
    }
  }

  /** Runs a script by bash as root; waits also for a guest that is still booting. Rejects when the signal comes first. */
  async run(script: string, signal: AbortSignal): Promise<GuestAnswer> {
    await this.connect(signal);
    this.lastId += 1;
    const id = this.lastId;
    const answer = new Promise<GuestAnswer>((resolve, reject) => {
      this.waiting.set(id, resolve);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    this.socket?.write(`${id} ${Buffer.from(script).toString('base64')}\n`);
    return answer.finally(() => this.waiting.delete(id));
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private use(socket: Socket): void {
    this.socket = socket;
    this.received = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.read(text));
    // The machine went down; the next command connects again.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.socket === socket) this.socket = undefined;
    });
  }

  private read(text: string): void {
    const lines = `${this.received}${text}`.split('\n');
    this.received = lines.pop() ?? '';
    for (const line of lines) {
      const [id, exitCode, output = ''] = line.split(' ');
      const answer = { exitCode: Number(exitCode), output: Buffer.from(output, 'base64').toString('utf8') };
      this.waiting.get(Number(id))?.(answer);
    }
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}
