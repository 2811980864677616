/** Sudden changes of the rate of two clocks: the slopes of 60 s blocks, compared over the block in which the change lies. */
import { estimateFrequency } from '@ptp-tester/clockstats';
import { NS_PER_S } from '@ptp-tester/measurement';

export interface FoundRateJump {
  /** About here: the first row of the block in which it lies. */
  readonly row: number;
  readonly sizePpb: number;
  readonly uncertaintyPpb: number;
}

const BLOCK_NS = 60 * NS_PER_S;
const FLOOR_PPB = 500;
const SIGMAS = 6;
const MAD_TO_SIGMA = 1.4826;
const LEAST_SAMPLES = 10;

interface Block {
  readonly row: number;
  readonly ppb: number;
  readonly errorPpb: number;
}

/** A jump counts when the slopes of the two blocks before and the two after agree with it. `skip`: rows at which the series stepped. */
export function findRateJumps(
  timeNs: Float64Array,
  values: Float64Array,
  skip: readonly number[] = [],
): FoundRateJump[] {
  const blocks = blocksOf(timeNs, values, skip);
  const changes = blocks.slice(1).map(({ ppb }, index) => Math.abs(ppb - (blocks[index]?.ppb ?? ppb)));
  const usual = changes.sort((a, b) => a - b)[changes.length >> 1] ?? 0;
  const threshold = Math.max(FLOOR_PPB, SIGMAS * MAD_TO_SIGMA * usual);
  const jumps: FoundRateJump[] = [];
  for (let index = 2; index + 1 < blocks.length; index += 1) {
    const jump = jumpAt(blocks, index, threshold);
    if (jump === null) continue;
    jumps.push(jump);
    index += 2;
  }
  return jumps;
}

/** Whether the rate differs on the two sides of block `index`, in which it may have changed midway. */
function jumpAt(blocks: readonly Block[], index: number, threshold: number): FoundRateJump | null {
  const [beforeLast, before, inside, after, afterNext] = [-2, -1, 0, 1, 2].map((step) => blocks[index + step]);
  if (beforeLast === undefined || before === undefined || inside === undefined || after === undefined) return null;
  const sizePpb = after.ppb - before.ppb;
  if (Math.abs(sizePpb) <= threshold) return null;
  const isSteady = Math.abs(before.ppb - beforeLast.ppb) < Math.abs(sizePpb) / 2;
  const isConfirmed = afterNext === undefined || Math.abs(afterNext.ppb - after.ppb) < Math.abs(sizePpb) / 2;
  if (!isSteady || !isConfirmed) return null;
  return { row: inside.row, sizePpb, uncertaintyPpb: 3 * Math.hypot(before.errorPpb, after.errorPpb) };
}

function blocksOf(timeNs: Float64Array, values: Float64Array, skip: readonly number[]): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  for (let row = 1; row <= timeNs.length; row += 1) {
    if (row < timeNs.length && (timeNs[row] ?? 0) - (timeNs[from] ?? 0) < BLOCK_NS) continue;
    const hasStep = skip.some((step) => step > from && step < row);
    const block = hasStep || row - from < LEAST_SAMPLES ? null : blockOf(timeNs, values, { from, to: row });
    if (block !== null) blocks.push(block);
    from = row;
  }
  return blocks;
}

function blockOf(timeNs: Float64Array, values: Float64Array, rows: { from: number; to: number }): Block | null {
  const { from, to } = rows;
  const rate = estimateFrequency([{ timeNs: timeNs.subarray(from, to), values: values.subarray(from, to) }]);
  if (rate === null) return null;
  return { row: from, ppb: rate.frequencyPpb, errorPpb: rate.standardErrorPpb ?? 0 };
}
