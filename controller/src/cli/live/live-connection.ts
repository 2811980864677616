/** Follows a run over the controller's live socket: keeps rows and runs up to date, connects again by itself and knows when its data is old. */
import { WebSocket } from 'ws';
import type { InstanceFigures, LiveMessage } from '../../api/live-schemas.ts';
import type { EventItem, RunSummary } from '../../api/schemas.ts';
import type { ControllerPlace } from '../controller-client.ts';

export interface LiveConnectionOptions {
  /** Where the controller listens now; asked before each connection. A rejection is a connection that failed. */
  locate(): Promise<ControllerPlace>;
  readonly run: string;
}

export interface LiveConnectionListener {
  /** Run, rows or connection are others now. */
  onChange(): void;
  onEvents(events: readonly EventItem[]): void;
  /** The controller will not let us in, or does not know the run: there is no use in trying again. */
  onRefused(reason: string): void;
}

export interface FollowedRun {
  readonly run: RunSummary;
  readonly instances: readonly InstanceFigures[];
  /** Since when there is no connection, ms since 1970; null: connected. */
  readonly lostAt: number | null;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Events that are remembered as told. */
const MOST_TOLD = 2000;
/** The controller says something at least every ten seconds. */
const SILENT_MS = 30_000;

export class LiveConnection {
  readonly #options: LiveConnectionOptions;
  readonly #listener: LiveConnectionListener;
  readonly #now: () => number;
  #socket: WebSocket | null = null;
  #run: RunSummary | null = null;
  readonly #told = new Set<string>();
  #rows = new Map<number, InstanceFigures>();
  #lostAt: number | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(
    options: LiveConnectionOptions,
    { listener, now }: { readonly listener: LiveConnectionListener; readonly now: () => number },
  ) {
    this.#options = options;
    this.#listener = listener;
    this.#now = now;
  }

  /** Null before the first overview. */
  get followed(): FollowedRun | null {
    if (this.#run === null || this.#rows.size === 0) return null;
    return { run: this.#run, instances: [...this.#rows.values()], lostAt: this.#lostAt };
  }

  start(): void {
    this.#options.locate().then(
      (place) => this.#connect(place),
      () => this.#onLost(null),
    );
  }

  #connect({ url, token }: ControllerPlace): void {
    if (this.#closed) return;
    const { run } = this.#options;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/live`, {
      headers: { authorization: `Bearer ${token}` },
    });
    this.#socket = socket;
    socket.on('open', () => socket.send(JSON.stringify({ type: 'watch', run, instance: null })));
    socket.on('message', (data) => this.#take(JSON.parse(String(data)) as LiveMessage));
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => this.#onRefused(socket, statusCode));
    // A close always follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#onLost(socket));
    this.#watchSilence();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket?.terminate();
  }

  #onRefused(socket: WebSocket, status: number): void {
    if (status === 401) this.#listener.onRefused('the token is not the one of this controller');
    else if (status === 403) this.#listener.onRefused('the controller does not answer to this address');
    socket.terminate();
    this.#onLost(socket);
  }

  #onLost(socket: WebSocket | null): void {
    if (this.#closed || this.#socket !== socket) return;
    this.#socket = null;
    this.#lostAt ??= this.#now();
    this.#listener.onChange();
    this.#schedule(this.#pauseMs, () => this.start());
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  #watchSilence(): void {
    const socket = this.#socket;
    this.#schedule(SILENT_MS, () => socket?.terminate());
  }

  #schedule(ms: number, work: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(work, ms);
  }

  #take(message: LiveMessage): void {
    this.#watchSilence();
    switch (message.type) {
      case 'runs':
        this.#run = message.runs.find(({ id }) => id === this.#options.run) ?? this.#run;
        break;
      case 'overview':
        this.#rows = new Map(message.instances.map((row) => [row.index, row]));
        this.#lostAt = null;
        this.#pauseMs = FIRST_PAUSE_MS;
        break;
      case 'delta':
        for (const change of message.instances) this.#merge(change.index, change);
        break;
      case 'events':
        this.#tellNew(message.events);
        return;
      case 'error':
        this.#listener.onRefused(message.message);
        return;
      case 'hello':
      case 'samples':
        return;
    }
    this.#listener.onChange();
  }

  /** After a connection was lost the newest events come again. */
  #tellNew(events: readonly EventItem[]): void {
    const fresh = events.filter((event) => !this.#told.has(keyOf(event)));
    for (const event of fresh) this.#told.add(keyOf(event));
    const [...oldest] = this.#told;
    for (const key of oldest.slice(0, Math.max(0, oldest.length - MOST_TOLD))) this.#told.delete(key);
    if (fresh.length > 0) this.#listener.onEvents(fresh);
  }

  /** A row that is not known yet comes whole. */
  #merge(index: number, change: Partial<InstanceFigures>): void {
    this.#rows.set(index, { ...this.#rows.get(index), ...change } as InstanceFigures);
  }
}

function keyOf({ at, instance_id: instance, event, detail }: EventItem): string {
  return `${at} ${instance} ${event} ${JSON.stringify(detail)}`;
}
