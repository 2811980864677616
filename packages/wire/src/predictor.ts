/**
 * Predictors: what a column's next value is expected to be, so that only the residual is stored. `fit.ts` chooses one, this file undoes it.
 * - `none`: the base
 * - `delta`: the value before plus a step; nothing is stored for the first row
 * - `delta2`: the line through the two values before; nothing is stored for the first two rows
 * - `line`: one line over the whole batch, which is the best there is for a clock with white noise
 */
import { PREDICTOR } from './column-head.ts';

/** A line's step is in 1/scale of the column's unit, fine enough that its rounding stays within one unit over the batch. */
export function lineScale(rows: number): number {
  return 1 << (32 - Math.clz32(rows - 1));
}

/** How many residuals a column of so many rows stores. */
export function residualCount(predictor: number, rows: number): number {
  if (predictor === PREDICTOR.delta) return Math.max(0, rows - 1);
  if (predictor === PREDICTOR.delta2) return Math.max(0, rows - 2);
  return rows;
}

/** Whether the lowest residual is stored beside the base; otherwise the base has taken it in. */
export function hasOwnLow(predictor: number): boolean {
  return predictor === PREDICTOR.delta || predictor === PREDICTOR.delta2;
}

export interface Prediction {
  readonly predictor: number;
  readonly step: number;
}

/** Turns residuals into values relative to the base, in place. */
export function undoPrediction(values: Float64Array, rows: number, { predictor, step }: Prediction): void {
  if (predictor === PREDICTOR.line) {
    const scale = lineScale(rows);
    for (let row = 0; row < rows; row++) values[row] = (values[row] as number) + Math.floor((step * row) / scale);
  } else if (predictor === PREDICTOR.delta) {
    undoDelta(values, rows, step);
  } else if (predictor === PREDICTOR.delta2) {
    undoDelta2(values, rows, step);
  }
}

function undoDelta(values: Float64Array, rows: number, step: number): void {
  let value = 0;
  for (let row = 0; row < rows; row++) {
    const next = value + step + (values[row] as number);
    values[row] = value;
    value = next;
  }
}

function undoDelta2(values: Float64Array, rows: number, step: number): void {
  let value = 0;
  let difference = step;
  for (let row = 0; row < rows; row++) {
    const change = values[row] as number;
    values[row] = value;
    value += difference;
    difference += change;
  }
}
