/**
 * MTIE of long windows from minima and maxima of blocks (after Bregni and Maccabruni 2000: a window is the union of two windows of a power
 * of two). For all windows that begin in one block, the blocks they touch give an upper bound; only where that beats the best window known
 * are they looked at one by one. As MTIE never decreases, the best of the next smaller tau is where the search starts from.
 * Between the two ends of a window the bound is taken without the mean slope of the run, else a clock that runs fast would defeat it.
 */

/** The best stretch known: its peak-to-peak value and where it begins. */
export interface Found {
  value: number;
  start: number;
}

/** What all windows that begin in one block have in common. */
interface Core {
  readonly block: number;
  readonly m: number;
  /** Whole blocks inside each of the windows, from block + 1 on. */
  readonly length: number;
}

interface Extremes {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The parts of all windows that begin in block i, at index i: that block, two spans that make up the core, the first block right of it. */
interface Parts {
  readonly left: Extremes;
  readonly span1: Extremes;
  readonly span2: Extremes;
  readonly right: Extremes;
  /** The same blocks without the slope. */
  readonly flatLeft: Extremes;
  readonly flatRight: Extremes;
  /** What the slope adds at most to a sample on the right minus one on the left, and to the opposite. */
  readonly rise: number;
  readonly fall: number;
  /** What the slope adds at most and at least to the samples of the second block on the right that a window can hold. */
  readonly further: { readonly highest: number; readonly lowest: number; readonly perBlock: number };
}

/** Working memory for runs of a known greatest length. `load` a run, then `search` with m ascending. */
export class MtieBlocks {
  readonly #size: number;
  readonly #blockwise: Extremes;
  /** Of the samples minus `#slope` times their index. */
  readonly #flat: Extremes;
  /** Of `#width` blocks from each block on. */
  readonly #span: Extremes;
  readonly #left: Extremes;
  readonly #right: Extremes;
  #width = 1;
  #blocks = 0;
  #slope = 0;
  /** More than rounding can have taken from a bound without slope. */
  #rounding = 0;
  #run: Float64Array = new Float64Array(0);

  constructor(blockSize: number, longestRun: number) {
    const blocks = Math.ceil(longestRun / blockSize);
    this.#size = blockSize;
    this.#blockwise = makeExtremes(blocks);
    this.#flat = makeExtremes(blocks);
    this.#span = makeExtremes(blocks);
    this.#left = makeExtremes(blockSize);
    this.#right = makeExtremes(blockSize);
  }

  /** Takes a gap-free run. The last block may be shorter than the others. */
  load(run: Float64Array): void {
    const last = run.length - 1;
    this.#run = run;
    this.#blocks = Math.ceil(run.length / this.#size);
    this.#width = 1;
    this.#slope = ((run[last] as number) - (run[0] as number)) / Math.max(1, last);
    fillBlocks(run, { size: this.#size, slope: 0 }, this.#blockwise);
    fillBlocks(run, { size: this.#size, slope: this.#slope }, this.#flat);
    const { low, high } = this.#blockwise;
    this.#span.low.set(low.subarray(0, this.#blocks));
    this.#span.high.set(high.subarray(0, this.#blocks));
    const largest = Math.max(highestOf(high.subarray(0, this.#blocks)), -lowestOf(low.subarray(0, this.#blocks)));
    this.#rounding = 16 * Number.EPSILON * (largest + Math.abs(this.#slope) * run.length);
  }

  /**
   * Raises `found` to the best window of m + 1 samples. The run must hold one, m must be at least two blocks and not smaller than in the call
   * before, and `found` at least MTIE of two blocks.
   */
  search(m: number, found: Found): void {
    const length = Math.floor((m + 1) / this.#size) - 1;
    this.#widen(length);
    const startBlocks = Math.floor((this.#run.length - 1 - m) / this.#size) + 1;
    // The windows of the last start blocks may reach over the last whole block, so they are all looked at.
    const bounded = Math.max(0, Math.min(startBlocks, this.#blocks - length - 2));
    const parts = this.#partsFor(m, length);
    let block = nextCandidate(parts, { from: 0, to: bounded }, found.value);
    while (block < startBlocks) {
      this.#searchBlock({ block, m, length }, found);
      block = nextCandidate(parts, { from: block + 1, to: bounded }, found.value);
    }
  }

  #partsFor(m: number, length: number): Parts {
    const nearest = this.#slope * (length * this.#size + 1);
    const furthest = this.#slope * m;
    const beyond = [this.#slope * (length + 2) * this.#size, this.#slope * (this.#size - 1 + m)];
    return {
      left: this.#blockwise,
      span1: from(this.#span, 1),
      span2: from(this.#span, 1 + length - this.#width),
      right: from(this.#blockwise, 1 + length),
      flatLeft: this.#flat,
      flatRight: from(this.#flat, 1 + length),
      rise: Math.max(nearest, furthest) + this.#rounding,
      fall: Math.max(-nearest, -furthest) + this.#rounding,
      further: {
        highest: Math.max(...beyond) + this.#rounding,
        lowest: Math.min(...beyond) - this.#rounding,
        perBlock: this.#slope * this.#size,
      },
    };
  }

  /** Doubles the span until two of them cover the given number of blocks. */
  #widen(blocks: number): void {
    while (2 * this.#width <= blocks) {
      const count = this.#blocks - 2 * this.#width + 1;
      if (count > 0) {
        raiseTo(this.#span.high, this.#span.high.subarray(this.#width), count);
        lowerTo(this.#span.low, this.#span.low.subarray(this.#width), count);
      }
      this.#width *= 2;
    }
  }

  /** The windows that begin in one block, exactly: rest of the block, core, samples right of the core. */
  #searchBlock({ block, m, length }: Core, found: Found): void {
    const run = this.#run;
    const first = block * this.#size;
    const starts = Math.min(this.#size, run.length - m - first);
    const right = first + (length + 1) * this.#size;
    // The first window ends at first + m, each later one a sample further. There is at least one sample right of the core or it ends with it.
    fillForwards(
      { run, from: right, core: this.#coreOf(block, length) },
      { end: first + m, count: starts },
      this.#right,
    );
    fillBackwards(run, first, this.#left);
    const best = largestRange(this.#left, this.#right, starts);
    if (!(best > found.value)) return;
    found.value = best;
    found.start = first + startOfRange(this.#left, this.#right, best);
  }

  #coreOf(block: number, length: number): { low: number; high: number } {
    const second = block + 1 + length - this.#width;
    return {
      low: Math.min(this.#span.low[block + 1] as number, this.#span.low[second] as number),
      high: Math.max(this.#span.high[block + 1] as number, this.#span.high[second] as number),
    };
  }
}

/** The extremes of each window right of the core: they begin at `from`, the first ends at `start`, each further one a sample later. */
function fillForwards(
  { run, from, core }: { run: Float64Array; from: number; core: { low: number; high: number } },
  { end, count }: { end: number; count: number },
  { low, high }: Extremes,
): void {
  let lowest = core.low;
  let highest = core.high;
  for (let i = from; i < end; i += 1) {
    lowest = Math.min(lowest, run[i] as number);
    highest = Math.max(highest, run[i] as number);
  }
  for (let i = 0; i < count; i += 1) {
    lowest = Math.min(lowest, run[end + i] as number);
    highest = Math.max(highest, run[end + i] as number);
    low[i] = lowest;
    high[i] = highest;
  }
}

/** The extremes from each sample of a whole block to its last. */
function fillBackwards(run: Float64Array, first: number, { low, high }: Extremes): void {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = low.length - 1; i >= 0; i -= 1) {
    lowest = Math.min(lowest, run[first + i] as number);
    highest = Math.max(highest, run[first + i] as number);
    low[i] = lowest;
    high[i] = highest;
  }
}

function largestRange(left: Extremes, right: Extremes, count: number): number {
  let largest = 0;
  for (let i = 0; i < count; i += 1) largest = Math.max(largest, rangeAt(left, right, i));
  return largest;
}

function startOfRange(left: Extremes, right: Extremes, range: number): number {
  let start = 0;
  while (rangeAt(left, right, start) !== range) start += 1;
  return start;
}

function rangeAt(left: Extremes, right: Extremes, i: number): number {
  const high = Math.max(left.high[i] as number, right.high[i] as number);
  return high - Math.min(left.low[i] as number, right.low[i] as number);
}

function lowestOf(samples: Float64Array): number {
  let low = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples.length; i += 1) low = Math.min(low, samples[i] as number);
  return low;
}

function highestOf(samples: Float64Array): number {
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < samples.length; i += 1) high = Math.max(high, samples[i] as number);
  return high;
}

function raiseTo(values: Float64Array, others: Float64Array, count: number): void {
  for (let i = 0; i < count; i += 1) values[i] = Math.max(values[i] as number, others[i] as number);
}

function lowerTo(values: Float64Array, others: Float64Array, count: number): void {
  for (let i = 0; i < count; i += 1) values[i] = Math.min(values[i] as number, others[i] as number);
}

function makeExtremes(length: number): Extremes {
  return { low: new Float64Array(length), high: new Float64Array(length) };
}

function from({ low, high }: Extremes, index: number): Extremes {
  return { low: low.subarray(index), high: high.subarray(index) };
}

/** The extremes of each block of samples, after `slope` times the index is taken away. */
function fillBlocks(
  run: Float64Array,
  { size, slope }: { size: number; slope: number },
  { low, high }: Extremes,
): void {
  for (let first = 0, block = 0; first < run.length; first += size, block += 1) {
    const end = Math.min(run.length, first + size);
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = first; i < end; i += 1) {
      const value = (run[i] as number) - slope * i;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
    low[block] = lowest;
    high[block] = highest;
  }
}

/**
 * The first start block whose windows may beat `best`. The two blocks right of the core are compared with all parts except each other, as
 * neighbours cannot beat the MTIE of two blocks. Each pair by itself: the processor would mispredict half of the steps of a maximum.
 */
function nextCandidate(parts: Parts, { from: first, to }: { from: number; to: number }, best: number): number {
  const { low: leftLow, high: leftHigh } = parts.left;
  const { low: low1, high: high1 } = parts.span1;
  const { low: low2, high: high2 } = parts.span2;
  const { low: rightLow, high: rightHigh } = parts.right;
  const { low: flatLeftLow, high: flatLeftHigh } = parts.flatLeft;
  const { low: flatRightLow, high: flatRightHigh } = parts.flatRight;
  const { highest, lowest, perBlock } = parts.further;
  const bestRise = best - parts.rise;
  const bestFall = best - parts.fall;
  for (let i = first; i < to; i += 1) {
    const coreHigh = Math.max(high1[i] as number, high2[i] as number);
    const coreLow = Math.min(low1[i] as number, low2[i] as number);
    const riseFrom = (flatLeftLow[i] as number) + bestRise;
    const fallFrom = (flatLeftHigh[i] as number) - bestFall;
    const furtherHigh = (flatRightHigh[i + 1] as number) + highest + i * perBlock;
    const furtherLow = (flatRightLow[i + 1] as number) + lowest + i * perBlock;
    if (
      coreHigh - coreLow > best ||
      (leftHigh[i] as number) - coreLow > best ||
      coreHigh - (leftLow[i] as number) > best ||
      (rightHigh[i] as number) - coreLow > best ||
      coreHigh - (rightLow[i] as number) > best ||
      furtherHigh - coreLow > best ||
      coreHigh - furtherLow > best ||
      (flatRightHigh[i] as number) > riseFrom ||
      (flatRightHigh[i + 1] as number) > riseFrom ||
      (flatRightLow[i] as number) < fallFrom ||
      (flatRightLow[i + 1] as number) < fallFrom
    ) {
      return i;
    }
  }
  return Math.max(first, to);
}
