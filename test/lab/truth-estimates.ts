/**
 * What stored samples say of a clock that was changed and changed back by turns, each with its uncertainty. Pure.
 *
 * A reading is wrong by up to half its delay, and on an emulated machine how wrong shifts with what else the host does: within one
 * stretch of time that looks like precision. So every change is undone within seconds, block after block; a block's own constant and
 * drift cancel in it, and the uncertainty is what the blocks differ by (Student's t), never less than what the readings' scatter gives.
 */
import { median, type PhcSample } from './phc-samples.ts';
import { studentHalfWidth } from './student-quantile.ts';
import { type FitRow, fitWeighted } from './weighted-fit.ts';

export interface Estimate {
  readonly value: number;
  /** Half-width: the truth lies within it with the probability that was asked for. */
  readonly uncertainty: number;
  /** Blocks that it comes from. */
  readonly blocks: number;
}

/** Between two changes; instants of the guest's system clock, ns. */
export interface Turn {
  readonly from: bigint;
  readonly to: bigint;
  /** Those that lie wholly in it. */
  readonly samples: readonly PhcSample[];
}

export type Block = readonly Turn[];

/** Of one block: what it says, and the variance of that by the scatter of its readings, with the degrees of freedom of that scatter. */
interface Repeat {
  readonly value: number;
  readonly variance: number;
  readonly freedom: number;
}

const NS_PER_S = 1e9;
/** Fewer say nothing of how they differ. */
const FEWEST_BLOCKS = 3;
const NOTHING: Estimate = { value: Number.NaN, uncertainty: Number.POSITIVE_INFINITY, blocks: 0 };

/** Of blocks of three turns, the PHC jumping at the second's and back at the third's begin: either jump by itself, ns. */
export function estimateSteps(blocks: readonly Block[], level: number): { first: Estimate; second: Estimate } {
  const repeats = blocks.map((block) => fitBlock(block, (turn) => [turn >= 1 ? 1 : 0, turn >= 2 ? 1 : 0]));
  return { first: estimateOf(repeats, 0, level), second: estimateOf(repeats, 1, level) };
}

/** Of blocks of three turns, the PHC's rate being off by as much in one direction, the other, and the first again: the first, ppb. */
export function estimateRate(blocks: readonly Block[], level: number): Estimate {
  const repeats = blocks.map((block) => {
    const changes = block.map(({ from }, at) => Number((from + (block[at - 1]?.to ?? from)) / 2n - originOf(block)));
    const [begin = 0, back = 0, again = 0] = changes.map((ns) => ns / NS_PER_S);
    // ns of a clock that is off by 1 ppb, which is 1 ns a second.
    const ahead = (turn: number, s: number) =>
      [s - begin, 2 * back - begin - s, s - begin - 2 * (again - back)][turn] ?? 0;
    return fitBlock(block, (turn, s) => [ahead(turn, s)]);
  });
  return estimateOf(repeats, 0, level);
}

/** Of blocks of two turns, without and with noise: the standard deviation of what came to it, ns. */
export function estimateNoise(blocks: readonly Block[], level: number): Estimate {
  const repeats = blocks.map(([quiet, noisy]) => {
    const [without, within] = [quiet, noisy].map((turn) => scatterOf(turn?.samples ?? []));
    if (without === undefined || within === undefined) return null;
    return [
      {
        value: within.value - without.value,
        variance: within.variance + without.variance,
        freedom: within.freedom + without.freedom,
      },
    ];
  });
  const { value, uncertainty, blocks: count } = estimateOf(repeats, 0, level);
  const deviation = Math.sqrt(Math.max(0, value));
  return { value: deviation, uncertainty: deviation - Math.sqrt(Math.max(0, value - uncertainty)), blocks: count };
}

/** Coefficients of the shapes in PHC - system clock, beside a constant and a drift of the block's own; null: too few samples. */
function fitBlock(block: Block, shapes: (turn: number, seconds: number) => readonly number[]): Repeat[] | null {
  const samples = block.flatMap(({ samples: all }, turn) => all.map((sample) => ({ sample, turn })));
  const usualDelay = median(samples.map(({ sample }) => sample.readDelayNs));
  const origin = originOf(block);
  const phcAhead = samples[0]?.sample.offsetNs ?? 0;
  const rows = samples.map(({ sample, turn }): FitRow => {
    const seconds = Number(sample.at - origin) / NS_PER_S;
    const x = [...shapes(turn, seconds), 1, seconds];
    return { y: phcAhead - sample.offsetNs, x, weight: (usualDelay / Math.max(usualDelay, sample.readDelayNs)) ** 2 };
  });
  const fit = fitWeighted(rows);
  if (fit === null) return null;
  const freedom = rows.length - fit.coefficients.length;
  return fit.coefficients.map((value, at) => ({ value, variance: fit.variances[at] ?? 0, freedom }));
}

function originOf(block: Block): bigint {
  return block[0]?.from ?? 0n;
}

/** Variance about a line of the better read half, and the variance of that for uniform errors (kurtosis 1.8). */
function scatterOf(samples: readonly PhcSample[]): Repeat | undefined {
  const better = [...samples].sort((a, b) => a.readDelayNs - b.readDelayNs).slice(0, Math.ceil(samples.length / 2));
  const origin = better[0]?.at ?? 0n;
  const rows = better.map(({ at, offsetNs }) => ({
    y: offsetNs - (better[0]?.offsetNs ?? 0),
    x: [1, Number(at - origin) / NS_PER_S],
    weight: 1,
  }));
  const fit = fitWeighted(rows);
  if (fit === null) return undefined;
  const [level = 0, slope = 0] = fit.coefficients;
  const squares = rows.map(({ y, x }) => (y - level - slope * (x[1] ?? 0)) ** 2);
  const freedom = rows.length - fit.coefficients.length;
  const value = squares.reduce((total, one) => total + one, 0) / freedom;
  return { value, variance: (0.8 * value * value) / freedom, freedom };
}

function estimateOf(blocks: readonly (readonly Repeat[] | null)[], which: number, level: number): Estimate {
  const repeats = blocks.flatMap((all) => all?.[which] ?? []);
  const count = repeats.length;
  if (count < FEWEST_BLOCKS) return { ...NOTHING, blocks: count };
  const mean = (of: (one: Repeat) => number) => repeats.reduce((total, one) => total + of(one), 0) / count;
  const value = mean((one) => one.value);
  const between = (mean((one) => (one.value - value) ** 2) * count) / (count - 1);
  const within = mean((one) => one.variance);
  const byBlocks = studentHalfWidth(level, count - 1) * Math.sqrt(between / count);
  const byReadings = studentHalfWidth(level, mean((one) => one.freedom) * count) * Math.sqrt(within / count);
  return { value, uncertainty: Math.max(byBlocks, byReadings), blocks: count };
}
