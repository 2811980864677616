/** SIMULATED samples of a clock with known truth, read as a loaded host lets a guest read: errors shift by jumps, waves and walks. */
import { seededRandom } from '@ptp-tester/testkit';
import type { PhcSample } from './phc-samples.ts';
import type { Block } from './truth-estimates.ts';

/** What the PHC does in one block, turn after turn. */
export interface Schedule {
  readonly turnS: readonly number[];
  /** PHC ahead of where it would be, ns, so many seconds into the block. */
  readonly aheadNs: (seconds: number) => number;
  /** Each reading of this turn is off by a uniform error within this. */
  readonly noiseNs?: (turn: number) => number;
}

const NS_PER_S = 1e9;
const INTERVAL_S = 0.25;
/** Between two blocks, and how long a change takes. */
const PAUSE_S = 0.15;
const CHANGE_S = 0.02;
const STARTED_AT = 1_700_000_000;
const USUAL_DELAY_NS = 400;

/** One machine with its own rate, delays and moods of its host; goes on from block to block. */
export class SimulatedGuest {
  readonly #random: () => number;
  readonly #ratePpb: number;
  readonly #wave: { readonly periodS: number; readonly phase: number };
  #elapsedS = 0;
  #jump = 0;
  #walk = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed * 7919 + 1);
    // The first numbers of neighbouring seeds are alike.
    for (let at = 0; at < 20; at += 1) this.#random();
    this.#ratePpb = 400 * (this.#random() - 0.5);
    this.#wave = { periodS: 15 + 60 * this.#random(), phase: 2 * Math.PI * this.#random() };
  }

  blocks(count: number, schedule: Schedule): Block[] {
    return Array.from({ length: count }, () => this.#block(schedule));
  }

  #block({ turnS, aheadNs, noiseNs = () => 0 }: Schedule): Block {
    this.#elapsedS += PAUSE_S;
    const begunS = this.#elapsedS;
    return turnS.map((seconds, turn) => {
      const fromS = this.#elapsedS + CHANGE_S / 2;
      const toS = this.#elapsedS + seconds - CHANGE_S / 2;
      const samples: PhcSample[] = [];
      for (let atS = fromS + INTERVAL_S * this.#random(); atS < toS; atS += INTERVAL_S) {
        // A tick now and then is missed.
        if (this.#random() < 0.02) continue;
        const noise = (2 * this.#random() - 1) * noiseNs(turn);
        samples.push(this.#sample(atS, aheadNs(atS - begunS) + noise));
      }
      this.#elapsedS += seconds;
      return { from: instantOf(fromS), to: instantOf(toS), samples };
    });
  }

  #sample(atS: number, aheadNs: number): PhcSample {
    const delay = this.#delayNs();
    const offsetNs = Math.round(this.#ratePpb * atS - aheadNs + delay * this.#asymmetryAt(atS));
    const at = instantOf(atS);
    const raw = { phcMinusRawNs: 0n, rawBracketNs: Math.round(delay), readingsFailed: 0 };
    const bound = { errorBoundNs: Number.NaN, errorBoundStatus: 'missing' };
    return { at, monoRawNs: at, offsetNs, readDelayNs: Math.round(delay), ...raw, ...bound };
  }

  /** Mostly near the usual one; one reading in fifty is interrupted for up to milliseconds. */
  #delayNs(): number {
    const usual = USUAL_DELAY_NS * (0.5 + this.#random() + this.#random() ** 4);
    return this.#random() < 0.02 ? usual + 10 ** (4 + 2.5 * this.#random()) : usual;
  }

  /** Where in its bracket the reading really is, from the middle: within half of it by what a bracket is. */
  #asymmetryAt(atS: number): number {
    if (this.#random() < INTERVAL_S / 20) this.#jump = 0.5 * (this.#random() - 0.5);
    this.#walk += 0.01 * (this.#random() - 0.5);
    const wave = 0.1 * Math.sin(this.#wave.phase + (2 * Math.PI * atS) / this.#wave.periodS);
    const own = 0.2 * (this.#random() - 0.5);
    return Math.max(-0.5, Math.min(0.5, this.#jump + this.#walk + wave + own));
  }
}

function instantOf(seconds: number): bigint {
  return BigInt(STARTED_AT) * 1_000_000_000n + BigInt(Math.round(seconds * NS_PER_S));
}
