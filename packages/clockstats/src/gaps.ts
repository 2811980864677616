/**
 * Which ticks of a periodic sampling loop have no sample: holes in monotonic time against the interval in force.
 *
 * A loop keeps a fixed phase and may be late, never early, so the phase is followed from below: a sample before it pulls it down at
 * once, lateness pulls it up by at most 100 ppm of the time passed (our agent schedules on the raw clock itself and does not drift).
 * A sample belongs to the last tick that is not after it; it may lie before that tick by 2 % of the interval, and after a long hole,
 * where another clock may have drifted away, by 0.005 % of the hole, at most by half an interval. So a hole of up to 9600 ticks
 * is exact for 50 ppm, and a longer one is right within 50 ppm.
 */
import { ClockstatsError } from './clockstats-error.ts';

const EARLY_SHARE = 0.02;
const DRIFT_PER_TICK = 5e-5;
const MAX_SLEW = 1e-4;

/** One batch as far as ticks are concerned. Chunks of one counter come from one epoch, in the order of their sequence. */
export interface TickChunk {
  readonly boot: string;
  readonly epoch: string;
  readonly sequence: number;
  /** The interval in force; 0 = irregular, then no tick can be missing. */
  readonly intervalNs: number;
  readonly monoRawNs: BigInt64Array;
  readonly at: BigInt64Array;
}

/** Between two neighbouring samples at least one tick has none. */
export interface Hole {
  readonly fromMonoRawNs: bigint;
  readonly toMonoRawNs: bigint;
  /** The same two samples on the system clock. */
  readonly fromAt: bigint;
  readonly toAt: bigint;
  readonly intervalNs: number;
  readonly missingTicks: number;
}

/** What one chunk adds. */
export interface ChunkTicks {
  readonly samples: number;
  /** Ticks without a sample between the last sample before this chunk and its first; 0 for the first chunk. */
  readonly leadingMissing: number;
  /** Ticks without a sample inside the chunk. */
  readonly innerMissing: number;
  readonly holes: readonly Hole[];
}

interface LastSample {
  readonly monoRawNs: bigint;
  readonly at: bigint;
  readonly intervalNs: number;
  /** Estimated time of this sample's tick, relative to the sample: <= 0. */
  readonly phaseNs: number;
}

/** Counts ticks of one series in one epoch. Holds the last sample only, so a run may be of any length. */
export class TickCounter {
  #last: LastSample | null = null;

  /** Throws `time_not_increasing` when a sample is not later than the one before, naming the place. */
  add(chunk: TickChunk): ChunkTicks {
    const holes: Hole[] = [];
    let leadingMissing = 0;
    let innerMissing = 0;
    for (let row = 0; row < chunk.monoRawNs.length; row += 1) {
      const missing = this.#addSample(chunk, row, holes);
      if (row === 0) leadingMissing = missing;
      else innerMissing += missing;
    }
    return { samples: chunk.monoRawNs.length, leadingMissing, innerMissing, holes };
  }

  #addSample(chunk: TickChunk, row: number, holes: Hole[]): number {
    const monoRawNs = chunk.monoRawNs[row] ?? 0n;
    const at = chunk.at[row] ?? 0n;
    const last = this.#last;
    if (last === null) {
      this.#last = { monoRawNs, at, intervalNs: chunk.intervalNs, phaseNs: 0 };
      return 0;
    }
    const passedNs = Number(monoRawNs - last.monoRawNs);
    if (passedNs <= 0) throw notIncreasing(chunk, row);
    // Up to the first sample after a change of rate the old interval was in force; the new one begins a phase of its own.
    const { ticks, phaseNs } = advance(passedNs, last);
    const changed = chunk.intervalNs !== last.intervalNs;
    this.#last = { monoRawNs, at, intervalNs: chunk.intervalNs, phaseNs: changed ? 0 : phaseNs };
    const missingTicks = ticks - 1;
    if (missingTicks > 0) {
      const { intervalNs } = last;
      const from = { fromMonoRawNs: last.monoRawNs, fromAt: last.at };
      holes.push({ ...from, toMonoRawNs: monoRawNs, toAt: at, intervalNs, missingTicks });
    }
    return missingTicks;
  }
}

/** How many ticks later than the last sample's tick a sample belongs (at least 1), and the phase from there on. */
function advance(passedNs: number, last: LastSample): { ticks: number; phaseNs: number } {
  const { intervalNs } = last;
  if (intervalNs <= 0) return { ticks: 1, phaseNs: 0 };
  const sinceTickNs = passedNs - last.phaseNs;
  const ticks = Math.max(1, ticksWithin(sinceTickNs, intervalNs));
  const latenessNs = sinceTickNs - ticks * intervalNs;
  if (latenessNs <= 0) return { ticks, phaseNs: 0 };
  return { ticks, phaseNs: -(latenessNs - Math.min(latenessNs, passedNs * MAX_SLEW)) };
}

/** Whole intervals in a length of time, with the tolerance stated above. */
export function ticksWithin(lengthNs: number, intervalNs: number): number {
  if (intervalNs <= 0 || lengthNs <= 0) return 0;
  const intervals = lengthNs / intervalNs;
  return Math.floor(intervals + Math.min(0.5, EARLY_SHARE + intervals * DRIFT_PER_TICK));
}

function notIncreasing(chunk: TickChunk, row: number): ClockstatsError {
  const { boot, epoch, sequence } = chunk;
  const monoRawNs = chunk.monoRawNs[row] ?? 0n;
  return new ClockstatsError('time_not_increasing', 'a sample is not later than the one before it', [
    { boot, epoch, sequence, row, monoRawNs },
  ]);
}
