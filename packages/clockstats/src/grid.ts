/**
 * From samples at irregular monotonic times to a regular grid with NaN where a tick has no sample, which the stability statistics need.
 *
 * The tick of a sample is the nearest one to a phase that slowly follows the samples (a sixteenth of each sample's distance), so that an
 * interval that is a little off its nominal length does not add up over weeks. A sample counts at its tick: 1 ppm of frequency offset and
 * 100 us of lateness make that wrong by 0.1 ns.
 */
import { ClockstatsError } from './clockstats-error.ts';
import { finiteRuns } from './finite-runs.ts';
import type { RegularSeries } from './stability-curve.ts';

const PHASE_GAIN = 1 / 16;
/** More ticks than that for one sample means that the interval is wrong or the times are not in nanoseconds. */
const MOST_TICKS_PER_SAMPLE = 1000;
const LEAST_TICKS = 1e6;

/** Samples of one boot in any order, for example a segment of `buildSeries`. */
export interface TimedValues {
  /** CLOCK_MONOTONIC_RAW or another clock that never steps, from any origin. */
  readonly timeNs: Float64Array;
  /** NaN = missing. */
  readonly values: Float64Array;
}

export interface Grid extends RegularSeries {
  readonly intervalNs: number;
  /** Time of index 0, on the clock of `timeNs`. */
  readonly originNs: number;
  /** Ticks without a sample. */
  readonly missing: number;
  readonly missingShare: number;
  /** Samples that shared a tick with one nearer to it, and so are not on the grid. */
  readonly crowded: number;
}

/** Throws `time_not_increasing` for two samples of the same time, naming their rows, and `bad_argument` for times that fit no such grid. */
export function toGrid(samples: TimedValues, intervalNs: number): Grid {
  if (!(intervalNs > 0 && Number.isFinite(intervalNs))) {
    throw new ClockstatsError('bad_argument', `a grid cannot have an interval of ${intervalNs} ns`);
  }
  const { timeNs, values } = inOrder(samples);
  const originNs = timeNs[0] ?? 0;
  const { ticks, distances } = assignTicks(timeNs, intervalNs);
  const length = ticks.length === 0 ? 0 : (ticks[ticks.length - 1] as number) + 1;
  if (length > Math.max(LEAST_TICKS, MOST_TICKS_PER_SAMPLE * ticks.length)) {
    throw new ClockstatsError('bad_argument', `${ticks.length} samples would lie on a grid of ${length} ticks`);
  }
  const gridded = new Float64Array(length).fill(Number.NaN);
  const crowded = place(values, { ticks, distances }, gridded);
  const missing = length - finiteRuns(gridded).samples;
  const missingShare = length === 0 ? 0 : missing / length;
  return { values: gridded, tau0: intervalNs / 1e9, intervalNs, originNs, missing, missingShare, crowded };
}

interface Assignment {
  /** Tick of each row, ascending. */
  readonly ticks: Float64Array;
  /** Of each row from its tick, ns. */
  readonly distances: Float64Array;
}

/** Puts each value at its tick; of several the one nearest to the tick. Returns how many were left out for that. */
function place(values: Float64Array, { ticks, distances }: Assignment, gridded: Float64Array): number {
  let crowded = 0;
  let kept = -1;
  for (let row = 0; row < ticks.length; row += 1) {
    const value = values[row] as number;
    if (!Number.isFinite(value)) continue;
    const isShared = kept >= 0 && ticks[kept] === ticks[row];
    if (isShared) crowded += 1;
    if (isShared && Math.abs(distances[row] as number) >= Math.abs(distances[kept] as number)) continue;
    gridded[ticks[row] as number] = value;
    kept = row;
  }
  return crowded;
}

function assignTicks(timeNs: Float64Array, intervalNs: number): Assignment {
  const ticks = new Float64Array(timeNs.length);
  const distances = new Float64Array(timeNs.length);
  let tick = 0;
  let tickTime = timeNs[0] ?? 0;
  for (let row = 0; row < timeNs.length; row += 1) {
    const steps = Math.max(0, Math.round(((timeNs[row] as number) - tickTime) / intervalNs));
    tick += steps;
    tickTime += steps * intervalNs;
    const distance = (timeNs[row] as number) - tickTime;
    ticks[row] = tick;
    distances[row] = distance;
    tickTime += distance * PHASE_GAIN;
  }
  return { ticks, distances };
}

/** The samples by ascending time; the same arrays when they are in order already. */
function inOrder({ timeNs, values }: TimedValues): TimedValues {
  if (timeNs.length !== values.length) {
    throw new ClockstatsError('columns_differ', `${timeNs.length} times for ${values.length} values`);
  }
  const order = new Uint32Array(timeNs.length);
  let isOrdered = true;
  for (let row = 0; row < order.length; row += 1) {
    order[row] = row;
    if (!Number.isFinite(timeNs[row])) throw new ClockstatsError('bad_argument', `row ${row} has no time`);
    if (row > 0 && !((timeNs[row] as number) > (timeNs[row - 1] as number))) isOrdered = false;
  }
  if (isOrdered) return { timeNs, values };
  order.sort((a, b) => (timeNs[a] as number) - (timeNs[b] as number) || a - b);
  const sortedTimes = Float64Array.from(order, (row) => timeNs[row] as number);
  const twin = sortedTimes.findIndex((time, at) => at > 0 && time === sortedTimes[at - 1]);
  if (twin > 0) {
    const rows = `rows ${order[twin - 1]} and ${order[twin]}`;
    throw new ClockstatsError('time_not_increasing', `${rows} have the same monotonic time ${sortedTimes[twin]} ns`);
  }
  return { timeNs: sortedTimes, values: Float64Array.from(order, (row) => values[row] as number) };
}
