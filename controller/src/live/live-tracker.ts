/** The trackers of all instances in the ingest thread, and what is told of them once a second (pure but for the clock passed in). */
import type { Batch, EventKind, JsonValue, RecordContent } from '@ptp-tester/measurement';
import type { HeatName } from './heat-columns.ts';
import type { SavedStrip } from './heat-strip.ts';
import { InstanceTracker, type SavedTracker } from './instance-tracker.ts';
import { packFigures, TRACKED, type TrackedFigures, type TrackedRows } from './tracked-figures.ts';

/** An event of an agent as it was stored. */
export interface TrackedEvent {
  readonly run: string;
  readonly instanceId: string;
  readonly event: EventKind;
  readonly at: bigint;
  readonly detail: { readonly [key: string]: JsonValue };
}

/** The PHC samples of an instance that somebody looks at. */
export interface TrackedSamples {
  readonly run: string;
  readonly instanceId: string;
  readonly batch: Batch;
}

export interface LiveReport {
  readonly rows: readonly TrackedRows[];
  /** The newest ones, oldest first. */
  readonly events: readonly TrackedEvent[];
  readonly samples: readonly TrackedSamples[];
}

/** Between two reports; what is beyond is stored and counted, and only not told at once. */
const MOST_EVENTS = 500;
const MOST_BATCHES = 200;
/** Sorting the windows may take so much of each second; what does not fit is told a second later. */
const BUDGET_MS = 20;

interface Told {
  readonly run: string;
  readonly instanceId: string;
  readonly figures: TrackedFigures;
}

interface Tracked {
  readonly run: string;
  readonly instanceId: string;
  readonly tracker: InstanceTracker;
}

export class LiveTracker {
  readonly #now: () => number;
  readonly #runs = new Map<string, Map<string, Tracked>>();
  /** In the order in which they changed. */
  readonly #changed = new Set<Tracked>();
  #watched: ReadonlySet<string> = new Set();
  #events: TrackedEvent[] = [];
  #samples: TrackedSamples[] = [];

  /** `now`: ms since 1970, for rates and for the budget. */
  constructor(dependencies: { readonly now: () => number }) {
    this.#now = dependencies.now;
  }

  /** Takes a record that is stored. */
  take(
    from: { readonly run: string; readonly instanceId: string },
    content: RecordContent,
    receivedAtMs: number,
  ): void {
    const tracked = this.#tracked(from.run, from.instanceId);
    const { run, instanceId, tracker } = tracked;
    this.#changed.add(tracked);
    if (content.kind === 'gap') {
      tracker.takeGap(content);
    } else if (content.kind === 'event') {
      tracker.takeEvent(content);
      const { event, at, detail } = content;
      this.#events.push({ run, instanceId, event, at, detail });
      if (this.#events.length > MOST_EVENTS) this.#events.shift();
    } else {
      tracker.takeBatch(content, receivedAtMs);
      const isWanted = content.stream === 'phc' && this.#watched.has(instanceId);
      if (isWanted && this.#samples.length < MOST_BATCHES) this.#samples.push({ run, instanceId, batch: content });
    }
  }

  /** Whose single samples are told. */
  watch(instanceIds: readonly string[]): void {
    this.#watched = new Set(instanceIds);
  }

  /** Takes over what was stored before this thread began. */
  restore(run: string, saved: ReadonlyMap<string, SavedTracker>): void {
    for (const [instanceId, one] of saved) {
      const tracked = this.#tracked(run, instanceId);
      tracked.tracker.restore(one);
      this.#changed.add(tracked);
    }
  }

  /** The strips of one column by instance id. */
  strips(run: string, name: HeatName): ReadonlyMap<string, SavedStrip> {
    const strips = [...(this.#runs.get(run) ?? [])].map(([id, { tracker }]) => [id, tracker.heat(name)] as const);
    return new Map(strips.filter((one): one is [string, SavedStrip] => one[1] !== null));
  }

  forget(run: string): void {
    for (const tracked of this.#runs.get(run)?.values() ?? []) this.#changed.delete(tracked);
    this.#runs.delete(run);
  }

  /** What changed since the last report; null: nothing. */
  report(): LiveReport | null {
    if (this.#changed.size === 0 && this.#events.length === 0) return null;
    const told = this.#changedWithinBudget();
    const rows = [...Map.groupBy(told, ({ run }) => run)].map(([run, group]) => this.#rowsOf(run, group));
    const report = { rows, events: this.#events, samples: this.#samples };
    this.#events = [];
    this.#samples = [];
    return report;
  }

  #tracked(run: string, instanceId: string): Tracked {
    const ofRun = this.#runs.get(run) ?? new Map<string, Tracked>();
    this.#runs.set(run, ofRun);
    const known = ofRun.get(instanceId);
    if (known !== undefined) return known;
    const fresh: Tracked = { run, instanceId, tracker: new InstanceTracker() };
    ofRun.set(instanceId, fresh);
    return fresh;
  }

  #rowsOf(run: string, group: readonly Told[]): TrackedRows {
    const values = new Float64Array(group.length * TRACKED.length);
    for (const [row, { figures }] of group.entries()) packFigures(figures, { values, row });
    return { run, instanceIds: group.map(({ instanceId }) => instanceId), values };
  }

  /** Those that waited longest; each is told as of now. */
  #changedWithinBudget(): Told[] {
    const told: Told[] = [];
    const startedAtMs = this.#now();
    for (const tracked of this.#changed) {
      const nowMs = this.#now();
      if (nowMs - startedAtMs > BUDGET_MS) break;
      this.#changed.delete(tracked);
      const { run, instanceId, tracker } = tracked;
      told.push({ run, instanceId, figures: tracker.figures(nowMs) });
    }
    return told;
  }
}
