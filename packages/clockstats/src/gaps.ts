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
import { writeInt64Distances } from './int64-distances.ts';

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

/** What is known of the last sample. */
interface LastSample {
  monoRawNs: bigint;
  at: bigint;
  intervalNs: number;
  /** Estimated time of this sample's tick, relative to the sample: <= 0. */
  phaseNs: number;
}

/** Where a counter stands, as plain data: a new one goes on from there. */
export type SavedTicks = Readonly<LastSample>;

/** Counts ticks of one series in one epoch. Holds the last sample only, so a run may be of any length. */
export class TickCounter {
  #last: LastSample | null;
  /** Of the present chunk from its first sample. Reused: a batch is small, and there are many. */
  #sinceFirst = new Float64Array(64);

  /** Null: nothing was counted yet. */
  constructor(saved: SavedTicks | null = null) {
    this.#last = saved === null ? null : { ...saved };
  }

  save(): SavedTicks | null {
    return this.#last === null ? null : { ...this.#last };
  }

  /** Throws `time_not_increasing` when a sample is not later than the one before, naming the place. */
  add(chunk: TickChunk): ChunkTicks {
    const { monoRawNs, intervalNs } = chunk;
    const samples = monoRawNs.length;
    const first = monoRawNs[0];
    if (first === undefined) return { samples, leadingMissing: 0, innerMissing: 0, holes: [] };
    const holes: Hole[] = [];
    const leadingMissing = this.#last === null ? 0 : this.#begin(this.#last, chunk, holes);
    if (this.#sinceFirst.length < samples) this.#sinceFirst = new Float64Array(samples);
    const sinceFirst = this.#sinceFirst;
    writeInt64Distances(monoRawNs, first, { values: sinceFirst, at: 0 });
    const last = this.#last ?? { monoRawNs: first, at: chunk.at[0] ?? 0n, intervalNs, phaseNs: 0 };
    this.#last = last;
    let innerMissing = 0;
    for (let row = 1; row < samples; row += 1) {
      const passedNs = (sinceFirst[row] as number) - (sinceFirst[row - 1] as number);
      if (passedNs <= 0) throw this.#stopAt(last, chunk, row);
      const missing = advance(passedNs, last) - 1;
      if (missing <= 0) continue;
      innerMissing += missing;
      holes.push(holeBefore(chunk, row, missing));
    }
    last.monoRawNs = monoRawNs[samples - 1] ?? first;
    last.at = chunk.at[samples - 1] ?? 0n;
    return { samples, leadingMissing, innerMissing, holes };
  }

  /** From the last sample of the chunk before to the first of this one. */
  #begin(last: LastSample, chunk: TickChunk, holes: Hole[]): number {
    const monoRawNs = chunk.monoRawNs[0] ?? 0n;
    const at = chunk.at[0] ?? 0n;
    const passedNs = Number(monoRawNs - last.monoRawNs);
    if (passedNs <= 0) throw notIncreasing(chunk, 0);
    const before = { ...last };
    // Up to the first sample after a change of rate the old interval was in force; the new one begins a phase of its own.
    const missingTicks = advance(passedNs, last) - 1;
    if (chunk.intervalNs !== last.intervalNs) last.phaseNs = 0;
    last.intervalNs = chunk.intervalNs;
    last.monoRawNs = monoRawNs;
    last.at = at;
    if (missingTicks <= 0) return 0;
    const from = { fromMonoRawNs: before.monoRawNs, fromAt: before.at };
    holes.push({ ...from, toMonoRawNs: monoRawNs, toAt: at, intervalNs: before.intervalNs, missingTicks });
    return missingTicks;
  }

  /** What was counted stays counted: the last sample is the one before the fault. */
  #stopAt(last: LastSample, chunk: TickChunk, row: number): ClockstatsError {
    last.monoRawNs = chunk.monoRawNs[row - 1] ?? 0n;
    last.at = chunk.at[row - 1] ?? 0n;
    return notIncreasing(chunk, row);
  }
}

function holeBefore({ monoRawNs, at, intervalNs }: TickChunk, row: number, missingTicks: number): Hole {
  return {
    fromMonoRawNs: monoRawNs[row - 1] ?? 0n,
    toMonoRawNs: monoRawNs[row] ?? 0n,
    fromAt: at[row - 1] ?? 0n,
    toAt: at[row] ?? 0n,
    intervalNs,
    missingTicks,
  };
}

/** How many ticks later than the last sample's tick a sample belongs (at least 1); moves the phase. */
function advance(passedNs: number, last: LastSample): number {
  const { intervalNs } = last;
  if (intervalNs <= 0) {
    last.phaseNs = 0;
    return 1;
  }
  const sinceTickNs = passedNs - last.phaseNs;
  const ticks = Math.max(1, ticksWithin(sinceTickNs, intervalNs));
  const latenessNs = sinceTickNs - ticks * intervalNs;
  last.phaseNs = latenessNs <= 0 ? 0 : -(latenessNs - Math.min(latenessNs, passedNs * MAX_SLEW));
  return ticks;
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
