/**
 * The live figures of every instance on the main thread: ingest writes them once a second, the live socket, `/metrics` and `status` read
 * them. In memory only; after a restart they are restored from the store.
 */
import type { HeatName, SavedHeat } from './heat-columns.ts';
import type { SavedStrip } from './heat-strip.ts';
import type { LiveReport, TrackedEvent, TrackedSamples } from './live-tracker.ts';
import { type TrackedFigures, type TrackedRows, unpackFigures } from './tracked-figures.ts';

/** Nothing for this long: samples come in at no rate. Batches of the slowest default stream are 10 s apart. */
const STILL_MS = 20_000;

export interface LiveListener {
  /** Figures of these instances are others now. */
  readonly onFigures?: (run: string, instanceIds: readonly string[]) => void;
  readonly onEvents?: (events: readonly TrackedEvent[]) => void;
  readonly onSamples?: (samples: readonly TrackedSamples[]) => void;
}

/** What the thread that tracks is asked. */
export interface LiveSource {
  watch(instanceIds: readonly string[]): void;
  strips(run: string, name: HeatName): Promise<ReadonlyMap<string, SavedStrip>>;
}

const NO_SOURCE: LiveSource = { watch: () => undefined, strips: () => Promise.resolve(new Map()) };

export class LiveFigures {
  readonly #runs = new Map<string, Map<string, TrackedFigures>>();
  readonly #heat = new Map<string, ReadonlyMap<string, SavedHeat>>();
  readonly #listeners = new Set<LiveListener>();
  readonly #watches = new Map<object, string>();
  #source: LiveSource = NO_SOURCE;

  /** Where strips and single samples come from. */
  connect(source: LiveSource): void {
    this.#source = source;
    this.#watch();
  }

  /** Takes what ingest reports. */
  take({ rows, events, samples }: LiveReport): void {
    for (const group of rows) this.takeRows(group);
    for (const listener of this.#listeners) {
      if (events.length > 0) listener.onEvents?.(events);
      if (samples.length > 0) listener.onSamples?.(samples);
    }
  }

  takeRows({ run, instanceIds, values }: TrackedRows): void {
    const ofRun = this.#runs.get(run) ?? new Map<string, TrackedFigures>();
    this.#runs.set(run, ofRun);
    for (const [row, instanceId] of instanceIds.entries()) ofRun.set(instanceId, unpackFigures(values, row));
    for (const listener of this.#listeners) listener.onFigures?.(run, instanceIds);
  }

  /** Null: nothing is known of it. `nowMs`: a rate fades when nothing comes any more. */
  get(run: string, instanceId: string, nowMs: number): TrackedFigures | null {
    const figures = this.#runs.get(run)?.get(instanceId);
    if (figures === undefined) return null;
    const isStill = nowMs - (figures.lastReceivedAtMs ?? 0) > STILL_MS;
    return isStill ? { ...figures, samplesPerSecond: 0 } : figures;
  }

  /** The largest magnitudes of a column over time, by instance id. */
  strips(run: string, name: HeatName): Promise<ReadonlyMap<string, SavedStrip>> {
    const kept = this.#heat.get(run);
    if (kept === undefined) return this.#source.strips(run, name);
    const strips = [...kept].map(([id, heat]) => [id, heat[name]] as const);
    return Promise.resolve(new Map(strips.filter((one): one is [string, SavedStrip] => one[1] !== null)));
  }

  /** Of a run that has ended: they stay as they are. */
  keepHeat(run: string, heat: ReadonlyMap<string, SavedHeat>): void {
    this.#heat.set(run, new Map([...(this.#heat.get(run) ?? []), ...heat]));
  }

  /** Of a run that has ended: what was stored is read again when somebody looks. */
  forget(run: string): void {
    this.#runs.delete(run);
    this.#heat.delete(run);
  }

  /** `who` looks at the single samples of this instance from now on; null: of none. */
  watch(who: object, instanceId: string | null): void {
    if (instanceId === null) this.#watches.delete(who);
    else this.#watches.set(who, instanceId);
    this.#watch();
  }

  /** Returns the function that ends it. */
  listen(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #watch(): void {
    this.#source.watch([...new Set(this.#watches.values())]);
  }
}
