/**
 * Steps: the clock under test jumps against CLOCK_MONOTONIC_RAW, which nobody steps (the idea of linuxptp's clockcheck).
 *
 * Between neighbouring samples the offset changes by rate * time, the rate being the median of the last 64. A step is a residual
 *   |change - rate * time| > max(floor, 6 * MAD of the residuals, 6 * MAD of the rates * time) + half the read brackets of both samples
 * that the two samples after it and the two before it all agree on, while the clock goes on as usual in the intervals before and after. So a
 * wide bracket, one deviating sample and a slew that lasts longer than one interval are no steps, and of two steps in neighbouring intervals
 * neither is told. A slew within one interval cannot be told from a step: `slewPpm` says how fast it would have been.
 */
import type { TimedValues } from '../grid.ts';
import { presentSamples } from '../ordered-samples.ts';
import { SlidingMedian } from '../sliding-median.ts';
import type { DetectedEvent } from './detected-event.ts';

export interface StepSamples extends TimedValues {
  /** Width of the raw readings around each sample, ns; absent: exact. */
  readonly bracketNs?: ArrayLike<number>;
}

export interface StepOptions {
  /** Smaller steps are not reported: 1000 ns. */
  readonly floorNs?: number;
}

export interface StepEvent extends DetectedEvent {
  readonly kind: 'step';
  /** Rate at which the clock would have had to be slewed to do the same in the time between the two samples, ppm. */
  readonly slewPpm: number;
}

const WINDOW = 64;
const MADS = 6;

/** `values`: clock - CLOCK_MONOTONIC_RAW in ns of one boot, in ascending time; NaN = missing. O(N). */
export function detectSteps(samples: StepSamples, { floorNs = 1000 }: StepOptions = {}): StepEvent[] {
  const { timeNs, values, rows } = presentSamples(samples);
  const { bracketNs } = samples;
  const halfBracket = (i: number) => (bracketNs === undefined ? 0 : (bracketNs[rows?.[i] ?? i] ?? 0) / 2);
  const scan = new StepScan({ timeNs, values, halfBracket, floorNs });
  const events: StepEvent[] = [];
  for (let i = 1; i < values.length; i += 1) {
    const event = scan.at(i);
    if (event !== null) events.push(event);
  }
  return events;
}

interface ScanInput extends TimedValues {
  readonly halfBracket: (i: number) => number;
  readonly floorNs: number;
}

class StepScan {
  readonly #input: ScanInput;
  readonly #rates = new SlidingMedian(WINDOW);
  readonly #residuals = new SlidingMedian(WINDOW);

  constructor(input: ScanInput) {
    this.#input = input;
    const known = Math.min(WINDOW, input.values.length - 1);
    for (let i = 1; i <= known; i += 1) this.#rates.push(this.#change(i - 1, i) / this.#passed(i - 1, i));
    for (let i = 1; i <= known; i += 1) this.#residuals.push(this.#residual(i - 1, i));
  }

  /** The step between samples i - 1 and i, or null; then sample i joins what is known. i ascending. */
  at(i: number): StepEvent | null {
    const residual = this.#residual(i - 1, i);
    // The floor first: a threshold costs two medians of distances.
    const isLarge = Math.abs(residual) > this.#input.floorNs;
    const threshold = isLarge ? this.#threshold(i) : this.#input.floorNs;
    const event = isLarge && Math.abs(residual) > threshold ? this.#confirmed(i, threshold) : null;
    if (i > WINDOW) {
      this.#rates.push(this.#change(i - 1, i) / this.#passed(i - 1, i));
      this.#residuals.push(residual);
    }
    return event;
  }

  #confirmed(i: number, threshold: number): StepEvent | null {
    const { timeNs, values } = this.#input;
    if (i + 1 >= values.length) return null;
    const direct = this.#residual(i - 1, i);
    // The clock moves neither just before nor just after: else it is being slewed.
    const quiet = Math.max(Math.abs(direct), threshold) / 2;
    if (Math.abs(this.#residual(i, i + 1)) > quiet) return null;
    if (i >= 2 && Math.abs(this.#residual(i - 2, i - 1)) > quiet) return null;
    const before = i >= 2 ? [i - 1, i - 2] : [i - 1];
    const sizes = before.flatMap((from) => [this.#residual(from, i), this.#residual(from, i + 1)]);
    if (sizes.some((size) => size * direct <= 0 || Math.abs(size) <= threshold)) return null;
    const size = sizes.reduce((sum, each) => sum + each, 0) / sizes.length;
    const spread = Math.max(...sizes) - Math.min(...sizes);
    const brackets = this.#input.halfBracket(i - 1) + this.#input.halfBracket(i);
    return {
      kind: 'step',
      timeNs: timeNs[i] as number,
      afterNs: timeNs[i - 1] as number,
      size,
      uncertainty: brackets + Math.max(spread / 2, this.#residuals.medianAbsoluteDeviation() / 0.6745),
      slewPpm: (Math.abs(size) / this.#passed(i - 1, i)) * 1e6,
    };
  }

  #threshold(i: number): number {
    const { floorNs, halfBracket } = this.#input;
    const noise = MADS * this.#residuals.medianAbsoluteDeviation();
    const wander = MADS * this.#rates.medianAbsoluteDeviation() * this.#passed(i - 1, i);
    return Math.max(floorNs, noise, wander) + halfBracket(i - 1) + halfBracket(i);
  }

  #residual(from: number, to: number): number {
    return this.#change(from, to) - this.#rates.median() * this.#passed(from, to);
  }

  #change(from: number, to: number): number {
    return (this.#input.values[to] as number) - (this.#input.values[from] as number);
  }

  #passed(from: number, to: number): number {
    return (this.#input.timeNs[to] as number) - (this.#input.timeNs[from] as number);
  }
}
