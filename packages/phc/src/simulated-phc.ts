/** A PHC that is not there: readings against the real system clock, made from a known truth. It says so in its name. */
import { ERRNO } from '@ptp-tester/native';
import type { CrossTimestamp } from './cross-timestamp.ts';
import { MAX_READINGS, type PhcBurst, type PhcClock } from './phc-clock.ts';
import { philox, toNormal, toUniform } from './philox.ts';
import { READING_STREAM, type SimulatedPhcOptions, type SimulatedTruth, truthAt } from './simulated-truth.ts';

/** The system clock and CLOCK_MONOTONIC_RAW at one instant. */
export interface SimulatedPhcDependencies {
  readonly readClocks: () => { readonly at: bigint; readonly monoRawNs: bigint };
}

export interface SimulatedPhcStart {
  readonly truth: SimulatedPhcOptions;
  /** CLOCK_MONOTONIC_RAW at which the truth begins; the same again when the source is reopened, so that faults go on as planned. */
  readonly startedAtRawNs: bigint;
}

/** A reading takes this share of the typical time at least; the rest is exponentially distributed around its mean. */
const LEAST_DELAY_SHARE = 0.8;

export class SimulatedPhc implements PhcClock {
  readonly name = 'SIMULATED';
  readonly simulated = true;
  readonly #start: SimulatedPhcStart;
  readonly #dependencies: SimulatedPhcDependencies;
  /** Readings made so far: the counter of their random numbers. */
  #made = 0;
  /** The value that the PHC stands at during the stall that began at `sinceNs`. */
  #frozen: { readonly sinceNs: number; readonly phcNs: bigint } | undefined;

  constructor(start: SimulatedPhcStart, dependencies: SimulatedPhcDependencies) {
    this.#start = start;
    this.#dependencies = dependencies;
  }

  /** What a perfect reading at this CLOCK_MONOTONIC_RAW time shows. */
  truthAt(monoRawNs: bigint): SimulatedTruth {
    return truthAt(this.#start.truth, Number(monoRawNs - this.#start.startedAtRawNs));
  }

  /** The readings lie one after the other and end now, so that no time needs to be spent waiting for them. */
  readBurst(readings: number): PhcBurst {
    if (!Number.isInteger(readings) || readings < 1 || readings > MAX_READINGS) {
      throw new RangeError(`a burst has 1 to ${MAX_READINGS} readings, not ${readings}`);
    }
    const now = this.#dependencies.readClocks();
    const { state } = this.truthAt(now.monoRawNs);
    if (state === 'busy' || state === 'gone') {
      const errno = state === 'busy' ? ERRNO.EBUSY : ERRNO.ENODEV;
      return { method: 'simulated', readings: [], failed: 1, errno };
    }
    const drawn = Array.from({ length: readings }, () => this.#draw());
    let ago = drawn.reduce((sum, { delayNs }) => sum + delayNs, 0);
    const taken = drawn.map((draw) => {
      const reading = this.#makeReading(now, ago, draw);
      ago -= draw.delayNs;
      return reading;
    });
    return { method: 'simulated', readings: taken, failed: 0, errno: 0 };
  }

  close(): void {
    // nothing is open
  }

  #draw(): Draw {
    const { seed, read_delay_ns, white_noise_ns } = this.#start.truth;
    const index = this.#made;
    this.#made += 1;
    const [first, second, third] = philox([seed, READING_STREAM], [index >>> 0, Math.floor(index / 2 ** 32), 0, 0]);
    const tail = (1 - LEAST_DELAY_SHARE) * -Math.log(toUniform(third));
    return {
      // Even, so that the middle of the bracket is a whole nanosecond.
      delayNs: 2 * Math.round((read_delay_ns * (LEAST_DELAY_SHARE + tail)) / 2),
      noiseNs: white_noise_ns * toNormal(first, second),
    };
  }

  #makeReading(now: { at: bigint; monoRawNs: bigint }, agoNs: number, draw: Draw): CrossTimestamp {
    const preNs = now.at - BigInt(agoNs);
    const rawBeforeNs = now.monoRawNs - BigInt(agoNs);
    const delay = BigInt(draw.delayNs);
    const halfNs = draw.delayNs / 2;
    const truth = this.truthAt(rawBeforeNs + BigInt(halfNs));
    const phcNs = this.#showTime(preNs + BigInt(halfNs), truth, draw.noiseNs);
    return { rawBeforeNs, preNs, phcNs, postNs: preNs + delay, rawAfterNs: rawBeforeNs + delay };
  }

  /** A clock that stands still shows the very same value again, without noise. */
  #showTime(systemNs: bigint, truth: SimulatedTruth, noiseNs: number): bigint {
    const sinceNs = truth.stalledSinceNs;
    if (sinceNs === undefined) return systemNs - BigInt(Math.round(truth.offsetNs + noiseNs));
    if (this.#frozen?.sinceNs !== sinceNs) {
      this.#frozen = { sinceNs, phcNs: systemNs - BigInt(Math.round(truth.offsetNs)) };
    }
    return this.#frozen.phcNs;
  }
}

interface Draw {
  readonly delayNs: number;
  readonly noiseNs: number;
}
