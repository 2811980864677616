/**
 * A bracket of MTIE for long tau in a few hundred bytes each, whatever the tau: extremes of blocks of m / 16 samples are kept for one window.
 *
 *   low <= MTIE(tau) <= high <= MTIE(highTau), highTau = (ceil(m / b) + 1) b - 1 samples: tau * 17 / 16 when 16 divides m
 *
 * low is the largest range of neighbouring blocks that fit into a window, high of those that a window can touch.
 */
import { SlidingRange } from './sliding-range.ts';
import { checkedFactors } from './stability-curve.ts';

const BLOCKS_PER_TAU = 16;

export interface MtieBracket {
  /** Seconds. */
  readonly tau: number;
  readonly m: number;
  readonly low: number;
  readonly high: number;
  /** high is at most the MTIE of this tau, seconds. */
  readonly highTau: number;
  /** Complete windows seen. */
  readonly terms: number;
}

class Tracked {
  readonly m: number;
  readonly blockSize: number;
  readonly touched: number;
  readonly #inside: SlidingRange;
  readonly #outside: SlidingRange;
  #blockLow = Number.POSITIVE_INFINITY;
  #blockHigh = Number.NEGATIVE_INFINITY;
  #inBlock = 0;
  #inRun = 0;
  #low = 0;
  #high = 0;
  terms = 0;

  constructor(m: number) {
    this.m = m;
    this.blockSize = Math.max(1, Math.floor(m / BLOCKS_PER_TAU));
    this.touched = Math.ceil(m / this.blockSize) + 1;
    this.#inside = new SlidingRange(Math.floor((m + 1) / this.blockSize));
    this.#outside = new SlidingRange(this.touched);
  }

  push(value: number): void {
    this.#blockLow = Math.min(this.#blockLow, value);
    this.#blockHigh = Math.max(this.#blockHigh, value);
    this.#inBlock += 1;
    this.#inRun += 1;
    if (this.#inRun > this.m) this.terms += 1;
    if (this.#inBlock === this.blockSize) this.#closeBlock();
  }

  endRun(): void {
    if (this.#inBlock > 0) this.#closeBlock();
    this.#inside.clear();
    this.#outside.clear();
    this.#inRun = 0;
  }

  /** With the open block, without closing it. */
  bracket(): { low: number; high: number } {
    if (this.#inBlock === 0) return { low: this.#low, high: this.#high };
    return {
      low: Math.max(this.#low, this.#inside.peek(this.#blockLow, this.#blockHigh)),
      high: Math.max(this.#high, this.#outside.peek(this.#blockLow, this.#blockHigh)),
    };
  }

  #closeBlock(): void {
    this.#low = Math.max(this.#low, this.#inside.push(this.#blockLow, this.#blockHigh));
    this.#high = Math.max(this.#high, this.#outside.push(this.#blockLow, this.#blockHigh));
    this.#blockLow = Number.POSITIVE_INFINITY;
    this.#blockHigh = Number.NEGATIVE_INFINITY;
    this.#inBlock = 0;
  }
}

export class StreamingMtieBracket {
  readonly #tau0: number;
  readonly #tracked: readonly Tracked[];

  constructor({ tau0, factors }: { readonly tau0: number; readonly factors: readonly number[] }) {
    this.#tau0 = tau0;
    this.#tracked = checkedFactors(factors).map((m) => new Tracked(m));
  }

  /** The next tick of the grid; NaN = missing, which ends every window. */
  push(value: number): void {
    for (const tracked of this.#tracked) {
      if (Number.isFinite(value)) tracked.push(value);
      else tracked.endRun();
    }
  }

  /** One bracket for each tau of which a complete window was seen, ascending. */
  brackets(): MtieBracket[] {
    const seen = this.#tracked.filter(({ terms }) => terms > 0);
    return seen.map((tracked) => {
      const { m, terms, touched, blockSize } = tracked;
      const highTau = (touched * blockSize - 1) * this.#tau0;
      return { tau: m * this.#tau0, m, ...tracked.bracket(), highTau, terms };
    });
  }
}
