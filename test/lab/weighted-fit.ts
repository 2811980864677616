/** Weighted least squares with a few regressors: coefficients and their variances. Pure. */

export interface FitRow {
  readonly y: number;
  /** Value of each regressor here. */
  readonly x: readonly number[];
  readonly weight: number;
}

export interface Fit {
  readonly coefficients: readonly number[];
  /** Of each coefficient, from the scatter about the fit: right where the errors of the rows know nothing of each other. */
  readonly variances: readonly number[];
}

/** Null where the rows do not determine the coefficients and the scatter about them. */
export function fitWeighted(rows: readonly FitRow[]): Fit | null {
  const size = rows[0]?.x.length ?? 0;
  if (rows.length <= size) return null;
  const inverse = invert(normalMatrix(rows, size));
  if (inverse === null) return null;
  const moments = Array.from({ length: size }, (_, i) => sum(rows, ({ y, x, weight }) => weight * y * (x[i] ?? 0)));
  const coefficients = inverse.map((line) => dot(line, moments));
  const scatter = sum(rows, ({ y, x, weight }) => weight * (y - dot(x, coefficients)) ** 2) / (rows.length - size);
  return { coefficients, variances: inverse.map((line, i) => scatter * (line[i] ?? 0)) };
}

function normalMatrix(rows: readonly FitRow[], size: number): number[][] {
  const cell = (i: number, j: number) => sum(rows, ({ x, weight }) => weight * (x[i] ?? 0) * (x[j] ?? 0));
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => cell(i, j)));
}

/** Gauss and Jordan, by the largest pivot; null: singular. */
function invert(matrix: readonly (readonly number[])[]): number[][] | null {
  const size = matrix.length;
  const work = matrix.map((line, i) => [...line, ...Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))]);
  const largest = Math.max(...matrix.flat().map(Math.abs));
  for (let column = 0; column < size; column += 1) {
    const at = (row: number) => Math.abs(work[row]?.[column] ?? 0);
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) if (at(row) > at(pivot)) pivot = row;
    if (at(pivot) <= largest * Number.EPSILON) return null;
    eliminate(work, column, pivot);
  }
  return work.map((line) => line.slice(size));
}

function eliminate(work: number[][], column: number, pivot: number): void {
  const [chosen = [], displaced = []] = [work[pivot], work[column]];
  work[pivot] = displaced;
  const scale = chosen[column] ?? 1;
  const unit = chosen.map((value) => value / scale);
  work[column] = unit;
  for (const [row, line] of work.entries()) {
    const factor = line[column] ?? 0;
    if (row !== column) work[row] = line.map((value, at) => value - factor * (unit[at] ?? 0));
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, at) => total + value * (b[at] ?? 0), 0);
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
