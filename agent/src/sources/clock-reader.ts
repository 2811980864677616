/** How sources read the clocks: one bracketed triple in a single native call, so that `at` and `mono_raw_ns` belong together. */

/** CLOCK_MONOTONIC_RAW, CLOCK_REALTIME, CLOCK_MONOTONIC_RAW, read in this order without anything between; ns. */
export interface ClockTriple {
  readonly rawBeforeNs: bigint;
  readonly realtimeNs: bigint;
  readonly rawAfterNs: bigint;
}

export interface ClockReader {
  readTriple(): ClockTriple;
}

/** The two clocks at one moment; the first two columns of every stream. */
export interface ClockPair {
  readonly at: bigint;
  readonly monoRawNs: bigint;
}

/** The pair that a triple stands for: the raw clock in the middle of its bracket. */
export function pairOfTriple(triple: ClockTriple): ClockPair {
  return { at: triple.realtimeNs, monoRawNs: (triple.rawBeforeNs + triple.rawAfterNs) / 2n };
}

export function readPair(clocks: ClockReader): ClockPair {
  return pairOfTriple(clocks.readTriple());
}
