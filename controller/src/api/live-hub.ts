/**
 * What all live sockets share: one beat a second works out what has changed of each watched run, once, whoever many look at it.
 * Without sockets it does nothing.
 */
import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { LiveFigures } from '../live/live-figures.ts';
import type { TrackedEvent, TrackedSamples } from '../live/live-tracker.ts';
import type { RunId } from '../runs/run.ts';
import { newestEvents } from './event-replies.ts';
import { changedFigures } from './instance-figures.ts';
import { LiveClient, type LiveSocket } from './live-client.ts';
import { samplesMessage } from './live-samples.ts';
import type { ChangedFigures, InstanceFigures, WatchMessage } from './live-schemas.ts';
import type { RunViews } from './run-view.ts';
import type { EventItem, RunSummary } from './schemas.ts';

export interface LiveHubDependencies {
  readonly views: RunViews;
  readonly figures: LiveFigures;
  /** All runs, newest first. */
  runs(): readonly RunSummary[];
  hasRun(run: RunId): boolean;
  /** Makes sure that the figures of a run are there, also of one that has ended. */
  prepareFigures(run: RunId): Promise<void>;
  /** The newest events of a run, oldest first. */
  newestEvents(run: RunId): readonly EventItem[];
  readonly version: string;
  /** ms since 1970. */
  now(): number;
  /** What went wrong at one beat; the next one tries again. */
  onFailure(error: unknown): void;
}

interface WatchedRun {
  /** As the last delta or overview told them; by index. */
  rows: readonly InstanceFigures[];
  events: TrackedEvent[];
  toldAt: number;
}

export const MOST_SOCKETS = 200;
const BEAT_MS = 1000;
/** Without changes, a sign of life this often. */
const QUIET_MS = 10_000;
/** Waiting between two beats. */
const MOST_EVENTS = 500;

export class LiveHub {
  readonly #deps: LiveHubDependencies;
  readonly #clients = new Set<LiveClient>();
  readonly #watched = new Map<RunId, WatchedRun>();
  #runsText = '';
  #beat: NodeJS.Timeout | null = null;
  #stopListening: () => void = () => undefined;

  constructor(deps: LiveHubDependencies) {
    this.#deps = deps;
  }

  get socketCount(): number {
    return this.#clients.size;
  }

  /** A new socket: says hello and which runs there are. */
  add(socket: LiveSocket): LiveClient {
    const client = new LiveClient(socket);
    if (this.#clients.size === 0) this.#start();
    this.#clients.add(client);
    client.send({ type: 'hello', version: this.#deps.version, now: this.#nowText() });
    this.#runsText = JSON.stringify({ type: 'runs', runs: this.#deps.runs() });
    client.sendText(this.#runsText);
    return client;
  }

  remove(client: LiveClient): void {
    if (!this.#clients.delete(client)) return;
    this.#turn(client, null, null);
    if (this.#clients.size === 0) this.#stop();
  }

  async watch(client: LiveClient, asked: Pick<WatchMessage, 'run' | 'instance'>): Promise<void> {
    const { run, instance } = asked;
    client.ask(asked);
    this.#turn(client, null, null);
    if (run === null) return;
    if (!this.#deps.hasRun(run)) {
      client.send({ type: 'error', code: 'not_found', message: `there is no run ${run}` });
      return;
    }
    await this.#deps.prepareFigures(run);
    // Meanwhile it may have gone, or have asked for something else.
    if (!this.#clients.has(client) || !client.isAsking(asked)) return;
    const watched = this.#watched.get(run) ?? { rows: [], events: [], toldAt: 0 };
    this.#watched.set(run, watched);
    // To those who watch already: the new one gets what is pending with all that went before.
    this.#tell(run);
    this.#turn(client, run, instance);
    client.send({ type: 'events', run, events: [...this.#deps.newestEvents(run)] });
    client.sendSnapshot(JSON.stringify({ type: 'overview', run, at: this.#nowText(), instances: watched.rows }));
  }

  /** Ends all sockets. */
  close(): void {
    this.#stop();
    for (const client of this.#clients) client.close(1001, 'the controller stops');
    this.#clients.clear();
  }

  #turn(client: LiveClient, run: RunId | null, instance: string | null): void {
    client.watch(run, instance);
    this.#deps.figures.watch(client, instance);
    const watchedRuns = new Set([...this.#clients].map((one) => one.run));
    for (const known of this.#watched.keys()) if (known !== run && !watchedRuns.has(known)) this.#watched.delete(known);
  }

  #start(): void {
    this.#beat = setInterval(() => this.#onBeat(), BEAT_MS);
    this.#stopListening = this.#deps.figures.listen({
      onEvents: (events) => this.#keepEvents(events),
      onSamples: (samples) => this.#tellSamples(samples),
    });
  }

  #stop(): void {
    if (this.#beat !== null) clearInterval(this.#beat);
    this.#beat = null;
    this.#stopListening();
    this.#watched.clear();
  }

  /** Nobody is above it: what it threw would end the controller, and with it the runs. */
  #onBeat(): void {
    try {
      for (const client of this.#clients) client.beat();
      this.#tellRuns();
      for (const run of this.#watched.keys()) this.#tell(run);
    } catch (error) {
      this.#deps.onFailure(error);
    }
  }

  #tellRuns(): void {
    const text = JSON.stringify({ type: 'runs', runs: this.#deps.runs() });
    if (text === this.#runsText) return;
    this.#runsText = text;
    for (const client of this.#ready()) client.sendText(text);
  }

  /** Rows, then events, to everybody who watches the run: whole to who needs it, else what changed. */
  #tell(run: RunId): void {
    const watched = this.#watched.get(run);
    if (watched === undefined) return;
    const view = this.#deps.views.of(run);
    const before = new Map(watched.rows.map((row) => [row.index, row]));
    const rows = view.rows();
    const instances = rows.map((row) => changedFigures(before.get(row.index), row)).filter((row) => row !== null);
    const events = newestEvents({ stored: watched.events, raised: view.takeNewEvents() }, MOST_EVENTS);
    watched.rows = rows;
    watched.events = [];
    const texts = this.#textsOf(watched, { run, instances, events });
    for (const client of this.#ready()) {
      if (client.run !== run) continue;
      if (client.needsSnapshot) client.sendSnapshot(texts.overview());
      else if (texts.delta !== null) client.sendText(texts.delta);
      if (texts.events !== null) client.sendText(texts.events);
    }
  }

  #textsOf(watched: WatchedRun, told: { run: RunId; instances: ChangedFigures[]; events: EventItem[] }) {
    const { run, instances, events } = told;
    const at = this.#nowText();
    const isQuiet = instances.length === 0 && this.#deps.now() - watched.toldAt < QUIET_MS;
    if (!isQuiet) watched.toldAt = this.#deps.now();
    let overview: string | null = null;
    return {
      delta: isQuiet ? null : JSON.stringify({ type: 'delta', run, at, instances }),
      events: events.length === 0 ? null : JSON.stringify({ type: 'events', run, events }),
      /** Made when the first needs it. */
      overview: () => {
        overview ??= JSON.stringify({ type: 'overview', run, at, instances: watched.rows });
        return overview;
      },
    };
  }

  #keepEvents(events: readonly TrackedEvent[]): void {
    for (const event of events) {
      const waiting = this.#watched.get(event.run)?.events;
      waiting?.push(event);
      if (waiting !== undefined && waiting.length > MOST_EVENTS) waiting.shift();
    }
  }

  #tellSamples(samples: readonly TrackedSamples[]): void {
    for (const [instanceId, ofInstance] of Map.groupBy(samples, (one) => one.instanceId)) {
      const text = JSON.stringify(samplesMessage(ofInstance));
      for (const client of this.#ready()) if (client.instance === instanceId) client.sendText(text);
    }
  }

  #ready(): LiveClient[] {
    const now = this.#deps.now();
    return [...this.#clients].filter((client) => client.isReady(now));
  }

  #nowText(): string {
    return formatInstant(instantFromMs(this.#deps.now()));
  }
}
