/** The known truth of a simulated PHC: what a perfect reading would show at any time. Pure in the elapsed CLOCK_MONOTONIC_RAW time. */
import { randomWalkAt } from './random-walk.ts';

/** Times count from the start of the source, seconds. */
export type SimulatedPhcFault =
  | { readonly kind: 'step'; readonly at_s: number; readonly size_ns: number }
  | { readonly kind: 'stall' | 'ebusy' | 'gone'; readonly at_s: number; readonly for_s: number };

/** The fields of the plan's `SimulatedPhcTruth`. Signs: system clock - PHC, positive = system clock ahead. */
export interface SimulatedPhcOptions {
  readonly seed: number;
  /** Offset at the start. */
  readonly offset_ns: number;
  /** Rate of the system clock against the PHC, ppb. */
  readonly frequency_ppb: number;
  /** Standard deviation of each reading. */
  readonly white_noise_ns: number;
  /** Standard deviation of the walk after one second. */
  readonly random_walk_ns: number;
  /** Typical (mean) time that a reading takes. */
  readonly read_delay_ns: number;
  readonly faults: readonly SimulatedPhcFault[];
}

/**
 * - `running`
 * - `stalled`: the PHC repeats the time at which the stall began, then is right again
 * - `busy`: reads fail with EBUSY; `gone`: with ENODEV. The oscillator goes on meanwhile.
 */
export type SimulatedState = 'running' | 'stalled' | 'busy' | 'gone';

export interface SimulatedTruth {
  /** System clock - PHC, ns; positive = system clock ahead. During a stall it grows by the time since the stall began. */
  readonly offsetNs: number;
  readonly state: SimulatedState;
  /** Of a stall: when it began, ns since the start of the source. */
  readonly stalledSinceNs: number | undefined;
}

const NS_PER_S = 1e9;

/** Streams of the generator, so that no two uses share a number. */
const WALK_STREAM = 1;
export const READING_STREAM = 2;

/** The truth `elapsedNs` after the start of the source. */
export function truthAt(options: SimulatedPhcOptions, elapsedNs: number): SimulatedTruth {
  const state = stateAt(options.faults, elapsedNs / NS_PER_S);
  const stall = activeFault(options.faults, 'stall', elapsedNs / NS_PER_S);
  if (stall === undefined) return { offsetNs: oscillatorOffset(options, elapsedNs), state, stalledSinceNs: undefined };
  const since = stall.at_s * NS_PER_S;
  return { offsetNs: oscillatorOffset(options, since) + (elapsedNs - since), state, stalledSinceNs: since };
}

function oscillatorOffset(options: SimulatedPhcOptions, elapsedNs: number): number {
  const elapsedS = elapsedNs / NS_PER_S;
  const walk =
    options.random_walk_ns === 0 ? 0 : options.random_walk_ns * randomWalkAt([options.seed, WALK_STREAM], elapsedNs);
  let steps = 0;
  for (const fault of options.faults) {
    if (fault.kind === 'step' && fault.at_s <= elapsedS) steps += fault.size_ns;
  }
  // 1 ppb is 1 ns per second.
  return options.offset_ns + options.frequency_ppb * elapsedS + walk + steps;
}

/** Where faults overlap the worse one shows: a device that is gone cannot be busy, one that refuses shows no stall. */
function stateAt(faults: readonly SimulatedPhcFault[], elapsedS: number): SimulatedState {
  if (activeFault(faults, 'gone', elapsedS) !== undefined) return 'gone';
  if (activeFault(faults, 'ebusy', elapsedS) !== undefined) return 'busy';
  return activeFault(faults, 'stall', elapsedS) === undefined ? 'running' : 'stalled';
}

function activeFault(
  faults: readonly SimulatedPhcFault[],
  kind: 'stall' | 'ebusy' | 'gone',
  elapsedS: number,
): SimulatedPhcFault | undefined {
  return faults.find((fault) => fault.kind === kind && fault.at_s <= elapsedS && elapsedS < fault.at_s + fault.for_s);
}
