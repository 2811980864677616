/** Keeps the books of one series while its batches pass by: which ticks have no sample, and why. */
import { ClockstatsError, type Hole, type SavedTicks, TickCounter, ticksWithin } from '@ptp-tester/clockstats';
import { AT_COLUMN, MONO_COLUMN, NS_PER_S, type StreamName } from '@ptp-tester/measurement';
import type { PassingBatch, SeriesId, StoredLoss } from '../store/sample-store.ts';
import { type BoundedList, LIST_LIMIT } from './bounded-list.ts';
import type { DataGap, GapCause } from './data-gap.ts';
import { closeAccount, NO_TICKS, type TickAccount, type TickCounts } from './tick-account.ts';

/** A record that the controller refused. */
export interface NackedRecord {
  readonly epoch: string;
  readonly sequence: number;
}

/** Until when the instance measured, at least. */
export interface MeasuringEnd {
  readonly epoch: string;
  readonly at: bigint;
  readonly monoRawNs: bigint;
  /** Ticks that each stream missed after its last sample, as `measuring_finished` tells; no batch could. */
  readonly missedTicks?: Readonly<Partial<Record<StreamName, number>>>;
}

export interface AccountantOptions {
  readonly series: SeriesId;
  /** A stream with keys: a key may come and go without anything being lost. */
  readonly keyed: boolean;
  /** The boot of each epoch; an epoch without one is a boot of its own. */
  readonly boots: ReadonlyMap<string, string>;
  /** Of this series, in the order of epoch and sequence. */
  readonly losses: readonly StoredLoss[];
  readonly nacks: readonly NackedRecord[];
}

export interface SeriesAccount {
  readonly account: TickAccount;
  readonly gaps: BoundedList<DataGap>;
  /** Why the books cannot be trusted: samples out of order and the like. */
  readonly problems: readonly string[];
}

interface LastBatch {
  readonly epoch: string;
  readonly sequence: number;
  readonly at: bigint;
  readonly monoRawNs: bigint;
  readonly intervalNs: number;
}

/** Where the books stand, as plain data. The losses that are not taken yet go on with them. */
export interface SavedAccount {
  readonly counts: TickCounts;
  readonly ticks: SavedTicks | null;
  readonly last: LastBatch | null;
  readonly losses: readonly StoredLoss[];
  readonly problems: readonly string[];
  /** The gap with the most missing ticks. */
  readonly longestGap: DataGap | null;
}

/** What stands between two neighbouring stored samples of different batches. */
interface Between {
  readonly missing: number;
  /** Ticks that the closing batch says were missed, beyond those inside it. */
  readonly said: number;
  readonly restart: 'agent_restart' | 'reboot' | null;
  readonly nacks: number;
}

/** A series counts as ended early only when this much is missing: the sources stop one after the other. */
const END_TOLERANCE_NS = NS_PER_S;
const END_TOLERANCE_INTERVALS = 1.5;
const MAX_PROBLEMS = 10;

export class SeriesAccountant {
  readonly #options: AccountantOptions;
  readonly #gaps: DataGap[] = [];
  #gapTotal = 0;
  readonly #problems: string[] = [];
  readonly #counts: { -readonly [name in keyof TickCounts]: number } = { ...NO_TICKS };
  #counter = new TickCounter();
  #last: LastBatch | null = null;
  #nextLoss = 0;

  /** With `saved` it goes on from there; its losses are those of the options then. */
  constructor(options: AccountantOptions, saved: SavedAccount | null = null) {
    this.#options = options;
    if (saved === null) return;
    Object.assign(this.#counts, saved.counts);
    this.#counter = new TickCounter(saved.ticks);
    this.#last = saved.last;
    this.#problems.push(...saved.problems);
    if (saved.longestGap !== null) this.#gaps.push(saved.longestGap);
    this.#gapTotal = this.#gaps.length;
  }

  /** Of the gaps only the longest is kept. */
  save(): SavedAccount {
    const longest = (a: DataGap | null, b: DataGap) => (a === null || b.missingTicks > a.missingTicks ? b : a);
    return {
      counts: { ...this.#counts },
      ticks: this.#counter.save(),
      last: this.#last,
      losses: this.#options.losses.slice(this.#nextLoss),
      problems: [...this.#problems],
      longestGap: this.#gaps.reduce<DataGap | null>(longest, null),
    };
  }

  /** Batches come in the order of the reader: by epoch, then by sequence. */
  add(stored: PassingBatch): void {
    const { batch, epoch } = stored;
    const monoRawNs = batch.columns[MONO_COLUMN] as BigInt64Array;
    const at = batch.columns[AT_COLUMN] as BigInt64Array;
    const last = this.#last;
    const newEpoch = last !== null && last.epoch !== epoch;
    if (newEpoch) this.#counter = new TickCounter();
    this.#counts.stored += batch.rows;
    this.#counts.expected += batch.rows;
    try {
      const chunk = { boot: this.#bootOf(epoch), epoch, sequence: stored.sequence, intervalNs: batch.intervalNs };
      const ticks = this.#counter.add({ ...chunk, monoRawNs, at });
      const saidInside = Math.min(batch.missedTicks, ticks.innerMissing);
      this.#takeBetween(stored, {
        ...this.#stretchBefore(stored, ticks.leadingMissing),
        said: batch.missedTicks - saidInside,
      });
      this.#takeInside(ticks.holes.slice(ticks.leadingMissing > 0 ? 1 : 0), saidInside);
    } catch (error) {
      if (!(error instanceof ClockstatsError)) throw error;
      if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(error.message);
      this.#counter = new TickCounter();
    }
    const row = batch.rows - 1;
    this.#last = {
      epoch,
      sequence: stored.sequence,
      at: at[row] ?? 0n,
      monoRawNs: monoRawNs[row] ?? 0n,
      intervalNs: batch.intervalNs,
    };
  }

  /** Closes the books; `end` is null when nothing shows how long the instance measured. */
  finish(end: MeasuringEnd | null): SeriesAccount {
    const lost = this.#takeLosses(null);
    const said = (this.#options.keyed ? 0 : end?.missedTicks?.[this.#options.series.stream]) ?? 0;
    const trailing = end === null ? 0 : this.#ticksAfterLast(end);
    const missing = Math.max(trailing, lost + said);
    const rest = missing - lost - said;
    this.#counts.expected += missing;
    this.#counts.lost += lost;
    this.#counts.missed += said;
    if (this.#options.keyed) this.#counts.keyAbsent += rest;
    else this.#counts.endedEarly += rest;
    if (missing > 0 && end !== null && this.#last !== null) {
      const earlyCause = this.#options.keyed ? 'key_absent' : 'ended_early';
      const cause = causeOf({ restart: null, lost, nacks: 0, rest }) ?? earlyCause;
      this.#gap(this.#last, end, { missingTicks: missing, cause });
    }
    return {
      account: closeAccount(this.#counts),
      gaps: { items: this.#gaps, total: this.#gapTotal },
      problems: this.#problems,
    };
  }

  /** Ticks inside a batch, of which the batch's own count covers the first `said`. */
  #takeInside(holes: readonly Hole[], said: number): void {
    let saidLeft = said;
    for (const { missingTicks, ...hole } of holes) {
      const covered = Math.min(saidLeft, missingTicks);
      saidLeft -= covered;
      this.#counts.expected += missingTicks;
      this.#counts.missed += covered;
      if (this.#options.keyed) this.#counts.keyAbsent += missingTicks - covered;
      const from = { at: hole.fromAt, monoRawNs: hole.fromMonoRawNs };
      const cause = covered === missingTicks ? 'missed' : this.#unexplained();
      this.#gap(from, { at: hole.toAt, monoRawNs: hole.toMonoRawNs }, { missingTicks, cause });
    }
  }

  #stretchBefore(stored: PassingBatch, leadingMissing: number): Omit<Between, 'said'> {
    const last = this.#last;
    if (last === null) return { missing: 0, restart: null, nacks: 0 };
    const nacks = this.#nacksBetween(last, stored);
    if (last.epoch === stored.epoch) return { missing: leadingMissing, restart: null, nacks };
    const sameBoot = this.#bootOf(last.epoch) === this.#bootOf(stored.epoch);
    const column = stored.batch.columns[sameBoot ? MONO_COLUMN : AT_COLUMN] as BigInt64Array;
    const passedNs = Number((column[0] ?? 0n) - (sameBoot ? last.monoRawNs : last.at));
    const missing = Math.max(0, ticksWithin(passedNs, last.intervalNs) - 1);
    return { missing, restart: sameBoot ? 'agent_restart' : 'reboot', nacks };
  }

  #takeBetween(stored: PassingBatch, between: Between): void {
    const { said, restart, nacks } = between;
    const lost = this.#takeLosses(stored);
    // Before the first sample, and between two phases, nothing shows the ticks but what is said of them.
    const missing = this.#last === null || restart !== null ? Math.max(between.missing, said + lost) : between.missing;
    this.#counts.expected += missing;
    this.#counts.missed += said;
    this.#counts.lost += lost;
    const rest = missing - said - lost;
    if (rest > 0) this.#name(rest, { restart, lost, nacks });
    if (missing === 0 || this.#last === null) return;
    const first = { at: firstOf(stored, AT_COLUMN), monoRawNs: firstOf(stored, MONO_COLUMN) };
    const cause = causeOf({ restart, lost, nacks, rest }) ?? this.#unexplained();
    this.#gap(this.#last, first, { missingTicks: missing, cause });
  }

  /** Books ticks that neither a count nor a loss names, by what stands between the two samples. */
  #name(ticks: number, why: { restart: string | null; lost: number; nacks: number }): void {
    if (why.restart !== null) this.#counts.restart += ticks;
    else if (why.lost > 0) this.#counts.missedInLosses += ticks;
    else if (why.nacks > 0) this.#counts.nacked += ticks;
    else if (this.#options.keyed) this.#counts.keyAbsent += ticks;
  }

  #unexplained(): GapCause {
    return this.#options.keyed ? 'key_absent' : 'unexplained';
  }

  /** Samples lost before this batch (all that is left when null), each counted once. */
  #takeLosses(before: PassingBatch | null): number {
    const { losses } = this.#options;
    let samples = 0;
    for (let loss = losses[this.#nextLoss]; loss !== undefined; loss = losses[this.#nextLoss]) {
      if (before !== null && this.#isAfter(loss, before)) break;
      samples += loss.samples;
      this.#nextLoss += 1;
    }
    return samples;
  }

  #isAfter(loss: StoredLoss, batch: PassingBatch): boolean {
    if (loss.epoch === batch.epoch) return loss.sequence > batch.sequence;
    // Epochs are in the order of the reader; a life that goes on may have begun after the books were opened.
    const epochs = [...this.#options.boots.keys()];
    return epochs.indexOf(loss.epoch) > epochs.indexOf(batch.epoch);
  }

  #nacksBetween(last: LastBatch, stored: PassingBatch): number {
    const { nacks } = this.#options;
    if (last.epoch === stored.epoch) {
      return nacks.filter((n) => n.epoch === last.epoch && n.sequence > last.sequence && n.sequence < stored.sequence)
        .length;
    }
    return nacks.filter(
      (n) =>
        (n.epoch === last.epoch && n.sequence > last.sequence) ||
        (n.epoch === stored.epoch && n.sequence < stored.sequence),
    ).length;
  }

  #ticksAfterLast(end: MeasuringEnd): number {
    const last = this.#last;
    if (last === null || last.intervalNs <= 0) return 0;
    const sameBoot = this.#bootOf(last.epoch) === this.#bootOf(end.epoch);
    const passedNs = Number(sameBoot ? end.monoRawNs - last.monoRawNs : end.at - last.at);
    if (passedNs <= last.intervalNs * END_TOLERANCE_INTERVALS + END_TOLERANCE_NS) return 0;
    return ticksWithin(passedNs, last.intervalNs);
  }

  #bootOf(epoch: string): string {
    return this.#options.boots.get(epoch) ?? epoch;
  }

  #gap(
    from: { readonly at: bigint; readonly monoRawNs: bigint },
    to: { readonly at: bigint; readonly monoRawNs: bigint },
    what: { readonly missingTicks: number; readonly cause: GapCause },
  ): void {
    this.#gapTotal += 1;
    if (this.#gaps.length >= LIST_LIMIT) return;
    const { instanceId, stream, key } = this.#options.series;
    const monoNs = Number(to.monoRawNs - from.monoRawNs);
    const lengthNs = what.cause === 'reboot' || monoNs < 0 ? Number(to.at - from.at) : monoNs;
    this.#gaps.push({ instanceId, stream, key, fromAt: from.at, toAt: to.at, lengthNs, ...what });
  }
}

function causeOf(why: { restart: GapCause | null; lost: number; nacks: number; rest: number }): GapCause | null {
  if (why.restart !== null) return why.restart;
  if (why.lost > 0) return 'lost';
  if (why.rest <= 0) return 'missed';
  return why.nacks > 0 ? 'nacked' : null;
}

function firstOf(stored: PassingBatch, column: number): bigint {
  return (stored.batch.columns[column] as BigInt64Array)[0] ?? 0n;
}
