/**
 * Everything that has to be known of one instance to judge it without its single samples. Takes records in the order of the store, each once,
 * and can be saved and continued after any of them: what comes out does not depend on where.
 */
import { type Batch, type EventRecord, type GapRecord, MONO_COLUMN, type RecordContent } from '@ptp-tester/measurement';
import type { DerivedEvent } from '../derive-events.ts';
import { missedTicksOf } from '../measuring-end.ts';
import type { MeasuringEnd, NackedRecord } from '../series-accountant.ts';
import type { BootTime } from '../start-transient.ts';
import type { FoldPlan } from './fold-plan.ts';
import { type SavedSeries, SeriesFold } from './series-fold.ts';
import { type SavedStartSearch, StartSearch } from './start-search.ts';
import { type SavedStepWatch, StepWatch } from './step-watch.ts';
import { type SavedWitnesses, WitnessTallies } from './witness-tally.ts';

/** How far one life of the agent has been followed. */
export interface FoldCursor {
  readonly epoch: string;
  readonly boot: string;
  readonly through: number;
}

export type JudgedFrom = BootTime | 'everything' | null;

/** As plain data, in the sense of the structured clone. */
export interface SavedFold {
  readonly judgedFrom: JudgedFrom;
  readonly cursors: readonly FoldCursor[];
  /** The boot that is followed and its first sample. */
  readonly origin: { readonly boot: string; readonly monoRawNs: bigint } | null;
  readonly maxClockErrorPpm: number | null;
  readonly finished: MeasuringEnd | null;
  readonly nacks: readonly NackedRecord[];
  readonly series: readonly SavedSeries[];
  readonly start: SavedStartSearch;
  readonly steps: SavedStepWatch;
  readonly witnesses: SavedWitnesses;
}

export interface FoldOptions {
  readonly instanceId: string;
  readonly plan: FoldPlan;
  /** From where on the limits apply; null: not known, then no value is tallied. */
  readonly judgedFrom: JudgedFrom;
}

/** Older ones cannot lie between two batches that are still to come. */
const KEPT_NACKS = 1000;

export class InstanceFold {
  readonly start: StartSearch;
  readonly steps: StepWatch;
  readonly witnesses: WitnessTallies;
  readonly #options: FoldOptions;
  readonly #boots: Map<string, string>;
  readonly #cursors: Map<string, FoldCursor>;
  readonly #nacks: NackedRecord[];
  readonly #series = new Map<string, SeriesFold>();
  #origin: SavedFold['origin'];
  #finished: MeasuringEnd | null;
  maxClockErrorPpm: number | null;

  constructor(options: FoldOptions, saved: SavedFold | null = null) {
    const { plan, instanceId, judgedFrom } = options;
    this.#options = options;
    this.#cursors = new Map(saved?.cursors.map((cursor) => [cursor.epoch, cursor]));
    this.#boots = new Map(saved?.cursors.map(({ epoch, boot }) => [epoch, boot]));
    this.#nacks = [...(saved?.nacks ?? [])];
    this.#origin = saved?.origin ?? null;
    this.#finished = saved?.finished ?? null;
    this.maxClockErrorPpm = saved?.maxClockErrorPpm ?? null;
    this.start = new StartSearch(plan, saved?.start ?? null);
    const isJudged = ({ at }: DerivedEvent) =>
      typeof judgedFrom !== 'object' || judgedFrom === null || at >= judgedFrom.at;
    this.steps = new StepWatch({ instanceId, isJudged }, saved?.steps ?? null);
    this.witnesses = new WitnessTallies(saved?.witnesses ?? null);
    for (const one of saved?.series ?? [])
      this.#series.set(nameOf(one.id), new SeriesFold(one.id, this.#around(), one));
  }

  save(): SavedFold {
    return {
      judgedFrom: this.#options.judgedFrom,
      cursors: [...this.#cursors.values()],
      origin: this.#origin,
      maxClockErrorPpm: this.maxClockErrorPpm,
      finished: this.#finished,
      nacks: this.#nacks.slice(-KEPT_NACKS),
      series: [...this.#series.values()].map((series) => series.save()),
      start: this.start.save(),
      steps: this.steps.save(),
      witnesses: this.witnesses.save(),
    };
  }

  get series(): readonly SeriesFold[] {
    return [...this.#series.values()];
  }

  /** The sequence of an epoch up to which its records were taken; 0 before the first. */
  through(epoch: string): number {
    return this.#cursors.get(epoch)?.through ?? 0;
  }

  /** Epochs come in the order of the store; nacks of what is taken next. */
  enter({ epoch, boot }: Omit<FoldCursor, 'through'>, nacks: readonly number[]): void {
    this.#boots.set(epoch, boot);
    this.#cursors.set(epoch, { epoch, boot, through: this.through(epoch) });
    for (const sequence of nacks) this.#nacks.push({ epoch, sequence });
  }

  /** Whatever of the epoch is stored up to here was taken. */
  passed(epoch: string, through: number): void {
    const cursor = this.#cursors.get(epoch);
    if (cursor !== undefined) this.#cursors.set(epoch, { ...cursor, through });
  }

  add(epoch: string, { sequence, content }: { readonly sequence: number; readonly content: RecordContent }): void {
    switch (content.kind) {
      case 'batch':
        this.#addBatch({ epoch, sequence, batch: content });
        break;
      case 'event':
        this.#addEvent(epoch, content);
        break;
      case 'gap':
        this.#addGap({ epoch, sequence }, content);
        break;
    }
    this.passed(epoch, sequence);
  }

  /** Until when the instance measured: as it says itself in its last life, else its latest sample. */
  end(): MeasuringEnd | null {
    const epochs = [...this.#cursors.keys()];
    if (this.#finished !== null && this.#finished.epoch === epochs.at(-1)) return this.#finished;
    const place = ({ epoch }: MeasuringEnd) => epochs.indexOf(epoch);
    const isLater = (a: MeasuringEnd, b: MeasuringEnd) =>
      place(a) === place(b) ? a.monoRawNs > b.monoRawNs : place(a) > place(b);
    const ends = this.series.flatMap(({ last }) => last ?? []);
    return ends.reduce<MeasuringEnd | null>(
      (latest, end) => (latest === null || isLater(end, latest) ? end : latest),
      null,
    );
  }

  #addBatch(record: { epoch: string; sequence: number; batch: Batch }): void {
    const { epoch, batch } = record;
    const boot = this.#boots.get(epoch) ?? epoch;
    if (this.#origin?.boot !== boot)
      this.#origin = { boot, monoRawNs: (batch.columns[MONO_COLUMN] as BigInt64Array)[0] ?? 0n };
    const { judgedFrom } = this.#options;
    const series = this.#seriesOf({ stream: batch.stream, key: batch.key });
    const rows = series.add(record, { boot, originMonoRawNs: this.#origin.monoRawNs, judgedFrom });
    if (rows === null) return;
    this.steps.add(rows);
    if (batch.stream === 'phc') this.start.addPhc(rows);
    if (batch.stream === 'chrony') {
      this.start.addChrony(rows);
      this.witnesses.addTracking(rows);
    }
    if (batch.stream === 'chrony_source') this.witnesses.addSource(rows);
  }

  #addEvent(epoch: string, { event, at, monoRawNs, detail }: EventRecord): void {
    if (event === 'epoch_started') {
      const ppm = detail['chrony_max_clock_error_ppm'];
      this.maxClockErrorPpm = typeof ppm === 'number' ? ppm : null;
    }
    if (event !== 'measuring_finished') return;
    this.#finished = { epoch, at, monoRawNs, missedTicks: missedTicksOf(detail['missed_ticks']) };
  }

  #addGap({ epoch, sequence }: { epoch: string; sequence: number }, { losses }: GapRecord): void {
    const { instanceId } = this.#options;
    for (const loss of losses) this.#seriesOf(loss).lose({ ...loss, instanceId, epoch, sequence });
  }

  #seriesOf({ stream, key }: Pick<Batch, 'stream' | 'key'>): SeriesFold {
    const id = { instanceId: this.#options.instanceId, stream, key };
    const name = nameOf(id);
    const known = this.#series.get(name) ?? new SeriesFold(id, this.#around());
    this.#series.set(name, known);
    return known;
  }

  #around() {
    return { plan: this.#options.plan, boots: this.#boots, nacks: this.#nacks };
  }
}

function nameOf({ stream, key }: Pick<Batch, 'stream' | 'key'>): string {
  return `${stream} ${key}`;
}
