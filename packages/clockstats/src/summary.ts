/** Count, extremes, mean, rms and standard deviation of a column, one chunk at a time, numerically stable and mergeable. */

/** Plain data: can be stored, sent and merged. Mean and squares are NaN-free; without a value all are 0 and `count` says so. */
export interface Moments {
  /** Finite values. */
  readonly count: number;
  /** Values that are NaN or infinite: missing. */
  readonly missing: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Sum of the squared distances from the mean. */
  readonly squares: number;
}

export interface Summary {
  readonly count: number;
  readonly missing: number;
  readonly min: number;
  readonly max: number;
  readonly maxAbs: number;
  readonly mean: number;
  /** Root of the mean square: mean and spread in one. */
  readonly rms: number;
  /** Population standard deviation (divided by n), as linuxptp prints it. */
  readonly stddev: number;
}

export const NO_MOMENTS: Moments = { count: 0, missing: 0, min: 0, max: 0, mean: 0, squares: 0 };

/** Two passes over the values: the mean first (from the first value, so that a large constant costs nothing), then the squares. */
export function momentsOf(values: ArrayLike<number>): Moments {
  let count = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let origin = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    // Adding 0 makes 0 of -0, so that merging parts gives the same minimum and maximum.
    const value = (values[i] as number) + 0;
    if (!Number.isFinite(value)) continue;
    if (count === 0) origin = value;
    count += 1;
    sum += value - origin;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (count === 0) return { ...NO_MOMENTS, missing: values.length };
  const shift = sum / count;
  const { squares, correction } = squaresAround(values, origin, shift);
  const mean = Math.min(max, Math.max(min, origin + shift + correction / count));
  return {
    count,
    missing: values.length - count,
    min,
    max,
    mean,
    squares: Math.max(0, squares - (correction * correction) / count),
  };
}

/** The corrected two-pass algorithm (Chan, Golub, LeVeque 1983): `correction` is what rounding left of the sum of distances. */
function squaresAround(
  values: ArrayLike<number>,
  origin: number,
  shift: number,
): { squares: number; correction: number } {
  let squares = 0;
  let correction = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    const distance = value - origin - shift;
    squares += distance * distance;
    correction += distance;
  }
  return { squares, correction };
}

/** The moments of both together (Chan, Golub, LeVeque 1979). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  const missing = a.missing + b.missing;
  if (a.count === 0) return { ...b, missing };
  if (b.count === 0) return { ...a, missing };
  const count = a.count + b.count;
  const distance = b.mean - a.mean;
  return {
    count,
    missing,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    mean: a.mean + distance * (b.count / count),
    squares: a.squares + b.squares + distance * distance * ((a.count * b.count) / count),
  };
}

/** What people read; null when there is not one finite value. */
export function summaryOf(moments: Moments): Summary | null {
  const { count, missing, min, max, mean, squares } = moments;
  if (count === 0) return null;
  return {
    count,
    missing,
    min,
    max,
    maxAbs: Math.max(Math.abs(min), Math.abs(max)),
    mean,
    rms: Math.sqrt(mean * mean + squares / count),
    stddev: Math.sqrt(squares / count),
  };
}
