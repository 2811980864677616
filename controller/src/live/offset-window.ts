/**
 * The offsets of the last ten minutes with bounded memory (pure). Each minute keeps at most 256 evenly spaced samples, which is all of them
 * at the default cadence of four a second; the largest magnitude is exact at any cadence. Where ten minutes hold too few samples for a 99th
 * percentile, as at one a second, it is that of the last so many, within an hour.
 */
import { absQuantile, quantile, samplesNeeded, sortFinite } from '@ptp-tester/clockstats';

const MINUTE_MS = 60_000;
const MINUTES = 10;
export const MOST_MINUTES = 60;
export const P99_SAMPLES = samplesNeeded(0.99);
const MOST_PER_MINUTE = 256;
const FIRST_SIZE = 32;

interface Minute {
  /** Minutes since 1970. */
  readonly minute: number;
  values: Float32Array;
  used: number;
  /** Every so many samples one is kept. */
  stride: number;
  seen: number;
  maxAbs: number;
}

/** A minute as it is saved and restored. */
export type SavedMinute = Readonly<Minute>;

/** Quantiles by the report's rule: null where there are fewer samples than `samplesNeeded` of clockstats asks for. */
export interface WindowFigures {
  /** That the 99th percentile is of. */
  readonly samples: number;
  readonly p50: number | null;
  readonly p99Abs: number | null;
  readonly maxAbs: number | null;
}

export class OffsetWindow {
  /** Oldest first. */
  #minutes: Minute[] = [];

  /** Adds a batch whose first sample was taken at `atMs`, ms since 1970 by the instance's clock. */
  add(atMs: number, offsets: ArrayLike<number>): void {
    const minute = this.#minuteAt(Math.floor(atMs / MINUTE_MS));
    if (minute !== null) addSamples(minute, offsets);
  }

  figures(): WindowFigures {
    const newest = this.#minutes.at(-1)?.minute ?? 0;
    const recent = this.#minutes.filter(({ minute }) => minute > newest - MINUTES);
    const maxAbs = recent.reduce((most, minute) => Math.max(most, minute.maxAbs), Number.NEGATIVE_INFINITY);
    const ascending = sortFinite(samplesOf(recent));
    const isEnough = ascending.length >= P99_SAMPLES || recent.length === this.#minutes.length;
    const longer = isEnough ? ascending : sortFinite(samplesOf(this.#minutes));
    return {
      samples: longer.length,
      p50: quantile(ascending, 0.5),
      p99Abs: absQuantile(longer, 0.99),
      maxAbs: maxAbs < 0 ? null : maxAbs,
    };
  }

  save(): readonly SavedMinute[] {
    return this.#minutes.map((minute) => ({ ...minute, values: minute.values.slice(0, minute.used) }));
  }

  /** Puts saved minutes before those that are here; a minute that both know keeps the samples of both. */
  restore(saved: readonly SavedMinute[]): void {
    const newer = this.#minutes;
    this.#minutes = [];
    for (const minute of [...saved, ...newer]) {
      const known = this.#minutes.find((one) => one.minute === minute.minute);
      if (known === undefined) this.#minutes.push({ ...minute });
      else addSamples(known, minute.values.subarray(0, minute.used));
      if (known !== undefined) known.maxAbs = Math.max(known.maxAbs, minute.maxAbs);
    }
    this.#minutes.sort((a, b) => a.minute - b.minute);
    this.#dropOld();
  }

  /** Null: too old. A clock that was set back by more than the window begins a new one. */
  #minuteAt(minute: number): Minute | null {
    const newest = this.#minutes.at(-1);
    if (newest?.minute === minute) return newest;
    if (newest !== undefined && minute < newest.minute) {
      const known = this.#minutes.find((one) => one.minute === minute);
      if (known !== undefined) return known;
      if (minute > newest.minute - MINUTES) return null;
      this.#minutes = [];
    }
    const values = new Float32Array(FIRST_SIZE);
    const fresh: Minute = { minute, values, used: 0, stride: 1, seen: 0, maxAbs: Number.NEGATIVE_INFINITY };
    this.#minutes.push(fresh);
    this.#dropOld();
    return fresh;
  }

  /** What is older than ten minutes goes as soon as the rest is enough without it. */
  #dropOld(): void {
    const newest = this.#minutes.at(-1)?.minute ?? 0;
    let samples = countOf(this.#minutes);
    for (;;) {
      const [oldest] = this.#minutes;
      if (oldest === undefined || oldest.minute > newest - MINUTES) return;
      samples -= oldest.used;
      if (samples < P99_SAMPLES && oldest.minute > newest - MOST_MINUTES) return;
      this.#minutes.shift();
    }
  }
}

function countOf(minutes: readonly Minute[]): number {
  return minutes.reduce((sum, { used }) => sum + used, 0);
}

function samplesOf(minutes: readonly Minute[]): Float32Array {
  const all = new Float32Array(countOf(minutes));
  let at = 0;
  for (const { values, used } of minutes) {
    all.set(values.subarray(0, used), at);
    at += used;
  }
  return all;
}

/** One loop without calls for what every batch brings: it is paid for each sample of every instance. */
function addSamples(minute: Minute, offsets: ArrayLike<number>): void {
  let { maxAbs, seen } = minute;
  for (let index = 0; index < offsets.length; index++) {
    const value = offsets[index] as number;
    const magnitude = Math.abs(value);
    if (!(magnitude < Number.POSITIVE_INFINITY)) continue;
    if (magnitude > maxAbs) maxAbs = magnitude;
    if (minute.stride === 1 || seen % minute.stride === 0) {
      if (minute.used === minute.values.length) makeRoom(minute);
      minute.values[minute.used] = value;
      minute.used += 1;
    }
    seen += 1;
  }
  minute.maxAbs = maxAbs;
  minute.seen = seen;
}

/** Grows to the limit; beyond it every other sample goes and the stride doubles. */
function makeRoom(minute: Minute): void {
  const { values, used } = minute;
  if (used < MOST_PER_MINUTE) {
    minute.values = new Float32Array(Math.min(MOST_PER_MINUTE, Math.max(FIRST_SIZE, used * 2)));
    minute.values.set(values);
    return;
  }
  for (let index = 0; index < used / 2; index++) values[index] = values[index * 2] as number;
  minute.used = used / 2;
  minute.stride *= 2;
}
