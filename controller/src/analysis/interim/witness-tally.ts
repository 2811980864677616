/**
 * Whether NTP sources agree with the clock error bound, in passing: each sample of a source waits for chronyd's word of its time. The rule is
 * that of `measure-events.ts`.
 */
import { columnIndex, NS_PER_S, STREAMS } from '@ptp-tester/measurement';
import { CLIENT, type WitnessTally as Found } from '../measure-events.ts';
import { numbersOf, type SeriesRows } from './series-rows.ts';

interface WaitingSample {
  readonly key: string;
  readonly timeNs: number;
  readonly at: bigint;
  /** |offset| beyond the source's own margin. */
  readonly beyondNs: number;
}

interface KnownBound {
  readonly timeNs: number;
  readonly boundNs: number;
  readonly intervalNs: number;
}

interface SourceTally {
  /** In the present boot. */
  isClient: boolean;
  isReached: boolean;
  /** It was an NTP source that answered, in whichever boot. */
  isWitness: boolean;
  samples: number;
  bad: number;
  worstNs: number;
  worstAt: bigint | null;
}

/** As plain data. */
export interface SavedWitnesses {
  readonly boot: string;
  readonly hasTracking: boolean;
  readonly waiting: readonly WaitingSample[];
  readonly bounds: readonly KnownBound[];
  readonly sources: readonly (readonly [string, SourceTally])[];
}

const COLUMNS = {
  mode: columnIndex(STREAMS.chrony_source, 'mode'),
  reach: columnIndex(STREAMS.chrony_source, 'reach'),
  offset: columnIndex(STREAMS.chrony_source, 'offset_ns'),
  error: columnIndex(STREAMS.chrony_source, 'error_ns'),
  bound: columnIndex(STREAMS.chrony, 'clock_error_bound_ns'),
};
/** A word that comes later than this is not waited for. */
const LONGEST_WAIT_NS = 600 * NS_PER_S;
/** Batches of different streams close within seconds of each other, or a minute where the plan says so. */
const KEPT_BOUNDS_NS = 90 * NS_PER_S;

const UNKNOWN: SourceTally = {
  isClient: false,
  isReached: false,
  isWitness: false,
  samples: 0,
  bad: 0,
  worstNs: 0,
  worstAt: null,
};

export class WitnessTallies {
  #boot: string;
  #hasTracking: boolean;
  #waiting: WaitingSample[];
  #bounds: KnownBound[];
  readonly #sources: Map<string, SourceTally>;

  constructor(saved: SavedWitnesses | null = null) {
    this.#boot = saved?.boot ?? '';
    this.#hasTracking = saved?.hasTracking ?? false;
    this.#waiting = [...(saved?.waiting ?? [])];
    this.#bounds = [...(saved?.bounds ?? [])];
    this.#sources = new Map(saved?.sources.map(([key, tally]) => [key, { ...tally }]));
  }

  save(): SavedWitnesses {
    return {
      boot: this.#boot,
      hasTracking: this.#hasTracking,
      waiting: [...this.#waiting],
      bounds: [...this.#bounds],
      sources: [...this.#sources].map(([key, tally]) => [key, { ...tally }] as const),
    };
  }

  addTracking({ boot, timeNs, columns, intervalNs }: SeriesRows): void {
    this.#enter(boot);
    this.#hasTracking = true;
    const bounds = numbersOf(columns[COLUMNS.bound]);
    for (const [row, time] of timeNs.entries()) {
      this.#bounds.push({ timeNs: time, boundNs: bounds[row] ?? Number.NaN, intervalNs });
    }
    this.#look(false);
  }

  addSource(rows: SeriesRows): void {
    const { boot, key, timeNs, at, columns, firstJudged } = rows;
    this.#enter(boot);
    const source = this.#sources.get(key) ?? { ...UNKNOWN };
    this.#sources.set(key, source);
    const reaches = numbersOf(columns[COLUMNS.reach]);
    source.isClient ||= numbersOf(columns[COLUMNS.mode]).includes(CLIENT);
    source.isReached ||= reaches.some((reach) => reach > 0);
    source.isWitness ||= source.isClient && source.isReached;
    const offsets = numbersOf(columns[COLUMNS.offset]);
    const errors = numbersOf(columns[COLUMNS.error]);
    for (let row = firstJudged; row < timeNs.length; row += 1) {
      if (!((reaches[row] ?? 0) > 0)) continue;
      const beyondNs = Math.abs(offsets[row] ?? Number.NaN) - (errors[row] ?? 0);
      this.#waiting.push({ key, timeNs: timeNs[row] ?? 0, at: at[row] ?? 0n, beyondNs });
    }
    this.#look(false);
  }

  /** By key, of those that are witnesses; null: chronyd never said anything. */
  found(): ReadonlyMap<string, Found> | null {
    if (!this.#hasTracking) return null;
    const asIfOver = new WitnessTallies(this.save());
    asIfOver.#look(true);
    return new Map([...asIfOver.#sources].filter(([, { isWitness }]) => isWitness));
  }

  #enter(boot: string): void {
    if (boot === this.#boot) return;
    this.#look(true);
    this.#boot = boot;
    this.#bounds = [];
    for (const source of this.#sources.values()) Object.assign(source, { isClient: false, isReached: false });
  }

  #look(atAll: boolean): void {
    const heardNs = this.#bounds.at(-1)?.timeNs ?? Number.NEGATIVE_INFINITY;
    const newest = this.#waiting.reduce((latest, { timeNs }) => Math.max(latest, timeNs), heardNs);
    const waiting: WaitingSample[] = [];
    for (const sample of this.#waiting) {
      const isSure = sample.timeNs <= heardNs || newest - sample.timeNs > LONGEST_WAIT_NS;
      if (atAll || isSure) this.#compare(sample);
      else waiting.push(sample);
    }
    this.#waiting = waiting;
    this.#forgetBounds();
  }

  #compare({ key, timeNs, at, beyondNs }: WaitingSample): void {
    const source = this.#sources.get(key);
    const excessNs = beyondNs - this.#boundAt(timeNs);
    if (source === undefined || !Number.isFinite(excessNs)) return;
    source.samples += 1;
    if (excessNs <= 0) return;
    source.bad += 1;
    if (source.worstAt !== null && excessNs <= source.worstNs) return;
    source.worstNs = excessNs;
    source.worstAt = at;
  }

  /** What chronyd said last at that time; its first word of a boot holds for an interval before it. */
  #boundAt(timeNs: number): number {
    const last = this.#bounds.findLast((bound) => bound.timeNs <= timeNs);
    if (last !== undefined) return last.boundNs;
    const [first] = this.#bounds;
    return first !== undefined && first.timeNs <= timeNs + first.intervalNs ? first.boundNs : Number.NaN;
  }

  /** Sources may be told of later than chronyd's word: the bounds of a while are kept. */
  #forgetBounds(): void {
    const heardNs = this.#bounds.at(-1)?.timeNs ?? 0;
    const oldest = this.#waiting.reduce((least, { timeNs }) => Math.min(least, timeNs), heardNs - KEPT_BOUNDS_NS);
    const past = this.#bounds.findLastIndex((bound) => bound.timeNs <= oldest);
    if (past > 0) this.#bounds.splice(0, past);
  }
}
