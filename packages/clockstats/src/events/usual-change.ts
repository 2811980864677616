/** How a series of offsets usually changes from sample to sample: the yardstick by which a jump is one. */
import { sortFinite } from '../quantile.ts';

export interface TimedPresent {
  readonly timeNs: Float64Array;
  /** All finite. */
  readonly values: Float64Array;
}

/** Rates are taken from so many samples, so that a rate that changes in the course of a day is no flood of jumps. */
const BLOCK_SAMPLES = 64;
/** The scatter from at most so many changes, evenly over the series. */
const SCALE_SAMPLES = 20_000;
const MAD_TO_SIGMA = 1.4826;
const HOLE_INTERVALS = 2.5;

export class UsualChange {
  /** Median spacing of the samples. */
  readonly intervalNs: number;
  /** Robust standard deviation of a change between neighbours, ns: 1.4826 * MAD. */
  readonly sigma: number;
  readonly #samples: TimedPresent;
  readonly #rates: Float64Array;

  constructor(samples: TimedPresent) {
    const { timeNs, values } = samples;
    this.#samples = samples;
    this.intervalNs = medianOf(everyFew(values.length, (i) => (timeNs[i] as number) - (timeNs[i - 1] as number)));
    const blocks = Math.max(1, Math.floor(values.length / BLOCK_SAMPLES));
    this.#rates = Float64Array.from({ length: blocks }, (_, block) => this.#blockRate(block, blocks));
    this.sigma = MAD_TO_SIGMA * medianOf(everyFew(values.length, (i) => this.#deviationInto(i)));
  }

  /** What the rate alone makes of the offset from sample `from` to sample `to`, near sample `at`. */
  between(from: number, to: number, at: number): number {
    const { timeNs } = this.#samples;
    return this.rateAt(at) * ((timeNs[to] as number) - (timeNs[from] as number));
  }

  /** The change from sample `from` to sample `to` beyond what the rate makes. */
  beyond(from: number, to: number): number {
    const { values } = this.#samples;
    return (values[to] as number) - (values[from] as number) - this.between(from, to, to);
  }

  /** ns per ns. */
  rateAt(place: number): number {
    const block = Math.min(this.#rates.length - 1, Math.floor(place / BLOCK_SAMPLES));
    return this.#rates[block] as number;
  }

  /** By how much the rates around a sample differ. */
  rateDoubtAt(place: number): number {
    const rates = [place - BLOCK_SAMPLES, place, place + BLOCK_SAMPLES].map((at) => this.rateAt(Math.max(0, at)));
    return Math.max(...rates) - Math.min(...rates);
  }

  /** Length of the hole before a sample, in which the clocks may have drifted; 0 when there is none. */
  holeBefore(place: number): number {
    const passed = (this.#samples.timeNs[place] as number) - (this.#samples.timeNs[place - 1] as number);
    return passed > this.intervalNs * HOLE_INTERVALS ? passed : 0;
  }

  #blockRate(block: number, blocks: number): number {
    const { timeNs, values } = this.#samples;
    const from = block * BLOCK_SAMPLES;
    const to = block === blocks - 1 ? values.length : from + BLOCK_SAMPLES;
    const rates = new Float64Array(to - from);
    let count = 0;
    for (let i = Math.max(1, from); i < to; i += 1) {
      if (this.holeBefore(i) > 0) continue;
      const passedNs = (timeNs[i] as number) - (timeNs[i - 1] as number);
      rates[count] = ((values[i] as number) - (values[i - 1] as number)) / passedNs;
      count += 1;
    }
    return medianOf(rates.subarray(0, count));
  }

  /** NaN over a hole. */
  #deviationInto(i: number): number {
    return this.holeBefore(i) > 0 ? Number.NaN : Math.abs(this.beyond(i - 1, i));
  }
}

/** The value of at most 20 000 samples but the first, evenly over the series. */
export function everyFew(length: number, value: (i: number) => number): Float64Array {
  const stride = Math.max(1, Math.floor(length / SCALE_SAMPLES));
  const count = Math.max(0, Math.ceil((length - 1) / stride));
  return Float64Array.from({ length: count }, (_, n) => value(1 + n * stride));
}

/** Of the finite ones; 0 without any. */
export function medianOf(values: ArrayLike<number>): number {
  const ascending = sortFinite(values);
  return ascending[ascending.length >> 1] ?? 0;
}
