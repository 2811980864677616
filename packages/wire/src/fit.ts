/** Finds the predictor under which a column's residuals are smallest, for the encoder. `predictor.ts` says what the predictors are. */
import { PREDICTOR } from './column-head.ts';
import { lineScale, residualCount } from './predictor.ts';
import { ZIGZAG_MAX, zigzag } from './zigzag.ts';

export interface Fit {
  readonly predictor: number;
  /** `delta`, `delta2`: a difference of neighbouring rows. `line`: rise per row in 1/`lineScale`. `none`: 0. */
  readonly step: number;
  /** Added to the column's first value to get its base. */
  readonly shift: number;
  /** Estimated bits of step and residuals, by which fits are compared. */
  readonly cost: number;
}

/** Residuals larger than this in sum could not be folded and stored exactly. */
const MAX_RESIDUALS = 2 ** 50;
/** A line is fitted again without the rows that lie this many mean residuals away from it. */
const FAR = 6;

/** The best fit of `values[0..rows)`, distances from the first row. `expected` is the step that costs nothing. */
export function findFit(values: Float64Array, rows: number, expected: number): Fit {
  const line = fitLine(values, rows);
  const none = { predictor: PREDICTOR.none, step: 0, shift: line.mean, cost: -rows };
  if (rows < 3 || line.isConstant) return none;
  const meanStep = Math.round((values[rows - 1] as number) / (rows - 1));
  const sums = sumResiduals(values, rows, { none: line.mean, step: line.step, shift: line.shift, meanStep, expected });
  let best: Fit = { ...none, cost: residualBits(sums.none, rows) };
  const consider = (predictor: number, size: number, guess: Guess): void => {
    const cost = residualBits(size, rows) + varintBits(zigzag(guess.surprise));
    if (cost < best.cost && isExact(size, guess)) best = { predictor, step: guess.step, shift: guess.shift, cost };
  };
  const { step, shift } = line;
  consider(PREDICTOR.line, sums.line, { step, shift, surprise: step - expected * lineScale(rows) });
  consider(PREDICTOR.delta, sums.meanDelta, { step: meanStep, shift: 0, surprise: meanStep - expected });
  consider(PREDICTOR.delta, sums.expectedDelta, { step: expected, shift: 0, surprise: 0 });
  const firstStep = values[1] as number;
  consider(PREDICTOR.delta2, sums.delta2, { step: firstStep, shift: 0, surprise: firstStep - expected });
  return best;
}

interface Guess extends Line {
  /** What of the step must be stored. */
  readonly surprise: number;
}

/** Whether step, shift and residuals survive as doubles and in a varint. */
function isExact(size: number, { shift, surprise }: Guess): boolean {
  return size < MAX_RESIDUALS && Math.abs(shift) < MAX_RESIDUALS && Math.abs(surprise) <= ZIGZAG_MAX;
}

/** Estimate for a Rice code, from the sum of the residuals' sizes. */
function residualBits(size: number, rows: number): number {
  return rows * Math.log2(size / rows + 0.5);
}

function varintBits(value: number): number {
  let bits = 8;
  for (let rest = value; rest >= 128; rest /= 128) bits += 8;
  return bits;
}

interface Line {
  readonly step: number;
  readonly shift: number;
}

interface LineAndMean extends Line {
  readonly mean: number;
  readonly isConstant: boolean;
}

/** The least-squares line, fitted again without its outliers; and the mean. */
function fitLine(values: Float64Array, rows: number): LineAndMean {
  let sum = 0;
  let sumXy = 0;
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row] as number;
    sum += value;
    sumXy += row * value;
    const size = Math.abs(value);
    if (size > largest) largest = size;
  }
  const mean = Math.round(sum / rows);
  const isConstant = largest === 0;
  if (isConstant || rows < 3) return { step: 0, shift: mean, mean, isConstant };
  const sumX = (rows * (rows - 1)) / 2;
  const spread = (rows * (rows * rows - 1)) / 12;
  const slope = (sumXy - (sumX * sum) / rows) / spread;
  const line = { slope, intercept: (sum - slope * sumX) / rows };
  const scale = lineScale(rows);
  const better = withoutOutliers(values, rows, line);
  return { step: Math.round(better.slope * scale), shift: Math.round(better.intercept), mean, isConstant };
}

interface ExactLine {
  readonly slope: number;
  readonly intercept: number;
}

function withoutOutliers(values: Float64Array, rows: number, line: ExactLine): ExactLine {
  let sum = 0;
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    const distance = Math.abs((values[row] as number) - line.intercept - line.slope * row);
    sum += distance;
    if (distance > largest) largest = distance;
  }
  const limit = (FAR * sum) / rows;
  return largest <= limit ? line : refit(values, rows, { ...line, limit });
}

function refit(values: Float64Array, rows: number, line: ExactLine & { readonly limit: number }): ExactLine {
  let count = 0;
  let sumX = 0;
  let sumXx = 0;
  let sumY = 0;
  let sumXy = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row] as number;
    if (Math.abs(value - line.intercept - line.slope * row) > line.limit) continue;
    count++;
    sumX += row;
    sumXx += row * row;
    sumY += value;
    sumXy += row * value;
  }
  const spread = sumXx - (sumX * sumX) / count;
  if (!(spread > 0)) return line;
  const slope = (sumXy - (sumX * sumY) / count) / spread;
  return { slope, intercept: (sumY - slope * sumX) / count };
}

interface Guesses extends Line {
  readonly none: number;
  readonly meanStep: number;
  readonly expected: number;
}

interface Sums {
  none: number;
  line: number;
  meanDelta: number;
  expectedDelta: number;
  delta2: number;
}

/** The sum of the sizes of the residuals under each predictor, in one pass. */
function sumResiduals(values: Float64Array, rows: number, guesses: Guesses): Sums {
  const { none, step, shift, meanStep, expected } = guesses;
  const slope = step / lineScale(rows);
  let sumNone = Math.abs(none);
  let sumLine = Math.abs(shift);
  let meanDelta = 0;
  let expectedDelta = 0;
  let delta2 = 0;
  let before = 0;
  let difference = values[1] as number;
  for (let row = 1; row < rows; row++) {
    const value = values[row] as number;
    const change = value - before;
    sumNone += Math.abs(value - none);
    sumLine += Math.abs(value - shift - row * slope);
    meanDelta += Math.abs(change - meanStep);
    expectedDelta += Math.abs(change - expected);
    delta2 += Math.abs(change - difference);
    difference = change;
    before = value;
  }
  return { none: sumNone, line: sumLine, meanDelta, expectedDelta, delta2 };
}

/** Writes the residuals of a fit; returns how many there are. */
export function writeFitResiduals(
  values: Float64Array,
  out: Float64Array,
  { fit, rows }: { fit: Fit; rows: number },
): number {
  const { predictor, step, shift } = fit;
  const count = residualCount(predictor, rows);
  switch (predictor) {
    case PREDICTOR.line: {
      const scale = lineScale(rows);
      for (let row = 0; row < rows; row++)
        out[row] = (values[row] as number) - shift - Math.floor((step * row) / scale);
      break;
    }
    case PREDICTOR.delta:
      for (let row = 0; row < count; row++) out[row] = (values[row + 1] as number) - (values[row] as number) - step;
      break;
    case PREDICTOR.delta2: {
      let before = step;
      for (let row = 0; row < count; row++) {
        const change = (values[row + 2] as number) - (values[row + 1] as number);
        out[row] = change - before;
        before = change;
      }
      break;
    }
    default:
      for (let row = 0; row < rows; row++) out[row] = (values[row] as number) - shift;
  }
  return count;
}
