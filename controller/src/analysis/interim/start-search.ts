/**
 * Looks for the end of the start-up transient sample by sample: the rule of `start-transient.ts` for samples that are not kept. A PHC sample
 * waits until chronyd's word for its time is there; whoever asks meanwhile is answered from what there is.
 */
import { LockSearch, type SavedLockSearch } from '@ptp-tester/clockstats';
import { columnIndex, NS_PER_S, STREAMS } from '@ptp-tester/measurement';
import { PhcSelection, type SelectionStretch } from '../phc-selection.ts';
import {
  type BootTime,
  type Hold,
  holdRule,
  judgedTransient,
  noTransient,
  ruleText,
  type StartTransient,
  secondsBetween,
} from '../start-transient.ts';
import { numbersOf, type SeriesRows } from './series-rows.ts';

interface WaitingRow {
  readonly place: BootTime;
  readonly value: number;
}

interface BootSearch {
  readonly boot: string;
  readonly intervalNs: number;
  readonly lock: SavedLockSearch;
  /** Where the stretch that the search is in began. */
  readonly since: BootTime | null;
}

/** As plain data. */
export interface SavedStartSearch {
  readonly began: BootTime | null;
  readonly ended: BootTime | null;
  readonly afterWithin: BootTime | null;
  readonly lockedAt: BootTime | null;
  readonly inBoot: BootSearch | null;
  readonly waiting: readonly WaitingRow[];
  readonly stretches: readonly SelectionStretch[];
  readonly chronyIntervalNs: number | null;
}

export type StartRule = { readonly hold: Hold; readonly asksChrony: boolean };

const OFFSET = columnIndex(STREAMS.phc, 'offset_ns');
const SELECTED = columnIndex(STREAMS.chrony, 'phc_selected');
const YES = 1;
/** chronyd's word that comes later than this is not waited for: its batches close every few seconds. */
const LONGEST_WAIT_NS = 600 * NS_PER_S;

const NOTHING: SavedStartSearch = {
  began: null,
  ended: null,
  afterWithin: null,
  lockedAt: null,
  inBoot: null,
  waiting: [],
  stretches: [],
  chronyIntervalNs: null,
};

export class StartSearch {
  readonly #rule: StartRule;
  #state: SavedStartSearch;
  #waiting: WaitingRow[];
  #stretches: SelectionStretch[];

  constructor(rule: StartRule, saved: SavedStartSearch | null = null) {
    this.#rule = rule;
    this.#state = saved ?? NOTHING;
    this.#waiting = [...this.#state.waiting];
    this.#stretches = [...this.#state.stretches];
  }

  save(): SavedStartSearch {
    return { ...this.#state, waiting: [...this.#waiting], stretches: [...this.#stretches] };
  }

  addPhc({ boot, originMonoRawNs, timeNs, at, columns, intervalNs }: SeriesRows): void {
    if (timeNs.length === 0) return;
    if (this.#state.inBoot?.boot !== boot) this.#beginBoot(boot, intervalNs);
    const values = numbersOf(columns[OFFSET]);
    const isOver = this.#state.lockedAt !== null;
    for (let row = 0; row < timeNs.length; row += 1) {
      const monoRawNs = originMonoRawNs + BigInt(timeNs[row] ?? 0);
      const place = { boot, monoRawNs, at: at[row] ?? 0n };
      if (!isOver) this.#waiting.push({ place, value: values[row] ?? Number.NaN });
      if (this.#state.began === null) this.#state = { ...this.#state, began: place };
      if (row === timeNs.length - 1) this.#state = { ...this.#state, ended: place };
    }
    this.#look(false);
  }

  addChrony({ boot, originMonoRawNs, timeNs, at, columns, intervalNs }: SeriesRows): void {
    if (this.#state.lockedAt !== null || !this.#rule.asksChrony) return;
    if (this.#state.chronyIntervalNs === null) this.#state = { ...this.#state, chronyIntervalNs: intervalNs };
    const codes = numbersOf(columns[SELECTED]);
    for (let row = 0; row < timeNs.length; row += 1) {
      const monoRawNs = originMonoRawNs + BigInt(timeNs[row] ?? 0);
      this.#hear({ boot, monoRawNs, at: at[row] ?? 0n }, codes[row] === YES);
    }
    this.#look(false);
  }

  /** With what is known now; the samples that wait are looked at as if nothing more came. */
  transient(): StartTransient {
    const asIfOver = new StartSearch(this.#rule, this.save());
    asIfOver.#look(true);
    return asIfOver.#settled();
  }

  /** Where the limits begin to apply, once nothing that may still come can change it; null before. */
  decided(): BootTime | null {
    const { began, lockedAt, afterWithin, inBoot } = this.#state;
    const { withinS } = this.#rule.hold;
    if (began === null) return null;
    if (lockedAt !== null && secondsBetween(began, lockedAt) <= withinS) return lockedAt;
    if (afterWithin === null) return null;
    const open = lockedAt === null ? inBoot?.since : null;
    return open && secondsBetween(began, open) <= withinS ? null : afterWithin;
  }

  #settled(): StartTransient {
    const { hold, asksChrony } = this.#rule;
    const text = ruleText(hold, asksChrony);
    const { began, ended, lockedAt, afterWithin } = this.#state;
    if (began === null || ended === null) return noTransient(text);
    return judgedTransient({ began, ended, lockedAt, afterWithin: () => afterWithin }, hold, text);
  }

  #beginBoot(boot: string, intervalNs: number): void {
    this.#look(true);
    this.#stretches = this.#stretches.filter((stretch) => stretch.boot === boot);
    const lock = new LockSearch(holdRule(this.#rule.hold, intervalNs)).save();
    this.#state = { ...this.#state, inBoot: { boot, intervalNs, lock, since: null } };
  }

  #hear(place: BootTime, selected: boolean): void {
    const { boot, monoRawNs, at } = place;
    const last = this.#stretches.at(-1);
    const upTo = { toMonoRawNs: monoRawNs, toAt: at };
    if (last?.boot === boot && last.selected === selected) {
      this.#stretches[this.#stretches.length - 1] = { ...last, ...upTo, samples: last.samples + 1 };
      return;
    }
    this.#stretches.push({ boot, selected, fromMonoRawNs: monoRawNs, fromAt: at, ...upTo, samples: 1 });
  }

  /** Looks at the samples that wait: at those whose word of chronyd's is there, or at all. */
  #look(atAll: boolean): void {
    const { inBoot } = this.#state;
    const count = atAll ? this.#waiting.length : this.#ready();
    if (inBoot === null || count === 0) return;
    const ready = this.#waiting.splice(0, count);
    for (const { place } of ready) this.#passWithin(place);
    const { lockedAt, ...searched } = this.#searched(inBoot, ready);
    if (lockedAt !== null) {
      this.#found(lockedAt);
      return;
    }
    this.#state = { ...this.#state, inBoot: { ...inBoot, ...searched } };
    this.#forgetStretches();
  }

  #searched(inBoot: BootSearch, ready: readonly WaitingRow[]) {
    const search = new LockSearch(holdRule(this.#rule.hold, inBoot.intervalNs), inBoot.lock);
    const selection = new PhcSelection(this.#stretches, this.#state.chronyIntervalNs ?? NS_PER_S);
    let { since } = inBoot;
    for (const row of ready.filter(({ value }) => Number.isFinite(value))) {
      const timeNs = Number(row.place.monoRawNs);
      const held = search.add(0, timeNs, this.#isWithin(row, selection));
      if (search.since === null) since = null;
      else if (search.since.timeNs === timeNs) since = row.place;
      if (held !== null) return { lockedAt: since, lock: search.save(), since };
    }
    return { lockedAt: null, lock: search.save(), since };
  }

  #isWithin({ place, value }: WaitingRow, selection: PhcSelection): boolean {
    const { hold, asksChrony } = this.#rule;
    if (Math.abs(value) > hold.offsetNs) return false;
    return !asksChrony || selection.at(place.boot, place.monoRawNs) === true;
  }

  #found(lockedAt: BootTime): void {
    // The rest is looked at for nothing but the time that the rule allows.
    for (const { place } of this.#waiting) this.#passWithin(place);
    this.#state = { ...this.#state, lockedAt, inBoot: null };
    this.#waiting = [];
    this.#stretches = [];
  }

  #passWithin(place: BootTime): void {
    const { began, afterWithin } = this.#state;
    if (began === null || afterWithin !== null) return;
    if (secondsBetween(began, place) >= this.#rule.hold.withinS) this.#state = { ...this.#state, afterWithin: place };
  }

  /** How many of the waiting samples chronyd's word is there for. */
  #ready(): number {
    if (!this.#rule.asksChrony) return this.#waiting.length;
    const heard = this.#stretches.at(-1);
    const newest = this.#waiting.at(-1)?.place.monoRawNs ?? 0n;
    const ready = this.#waiting.findIndex(({ place }) => {
      const isHeard = heard !== undefined && heard.boot === place.boot && heard.toMonoRawNs >= place.monoRawNs;
      return !isHeard && Number(newest - place.monoRawNs) <= LONGEST_WAIT_NS;
    });
    return ready < 0 ? this.#waiting.length : ready;
  }

  /** Those that no sample that waits or may still come lies in. */
  #forgetStretches(): void {
    const heard = this.#stretches.at(-1);
    if (heard === undefined) return;
    const next = this.#waiting[0]?.place.monoRawNs ?? heard.toMonoRawNs;
    const late = heard.toMonoRawNs - BigInt(LONGEST_WAIT_NS);
    const oldest = next < late ? next : late;
    const isPast = ({ boot, fromMonoRawNs }: SelectionStretch) => boot === heard.boot && fromMonoRawNs <= oldest;
    const past = this.#stretches.findLastIndex(isPast);
    if (past > 0) this.#stretches.splice(0, past);
  }
}
