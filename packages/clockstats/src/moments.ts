/** Skewness and excess kurtosis, one chunk at a time and mergeable: central sums up to the fourth power (Pebay 2008, SAND2008-6212). */

/** Plain data: can be stored, sent and merged. */
export interface HigherMoments {
  /** Finite values. */
  readonly count: number;
  readonly mean: number;
  /** Sums of the second, third and fourth power of the distance from the mean. */
  readonly squares: number;
  readonly cubes: number;
  readonly fourths: number;
}

export interface Shape {
  /** Population skewness; 0 = symmetric, positive = the longer tail is on the right. */
  readonly skewness: number;
  /** Population kurtosis - 3; 0 = normal, positive = more outliers. */
  readonly excessKurtosis: number;
  readonly count: number;
}

export const NO_HIGHER_MOMENTS: HigherMoments = { count: 0, mean: 0, squares: 0, cubes: 0, fourths: 0 };

/** Two passes, the mean from the first value on, so that a large constant costs nothing. NaN and infinity count as missing. */
export function higherMomentsOf(values: ArrayLike<number>): HigherMoments {
  let count = 0;
  let origin = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    if (count === 0) origin = value;
    count += 1;
    sum += value - origin;
  }
  if (count === 0) return NO_HIGHER_MOMENTS;
  const shift = sum / count;
  let squares = 0;
  let cubes = 0;
  let fourths = 0;
  for (let i = 0; i < values.length; i += 1) {
    const distance = (values[i] as number) - origin - shift;
    if (!Number.isFinite(distance)) continue;
    const square = distance * distance;
    squares += square;
    cubes += square * distance;
    fourths += square * square;
  }
  return { count, mean: origin + shift, squares, cubes, fourths };
}

/** The moments of both together (Pebay, equations 2.1 and 3.1). */
export function mergeHigherMoments(a: HigherMoments, b: HigherMoments): HigherMoments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const distance = b.mean - a.mean;
  const shareA = a.count / count;
  const shareB = b.count / count;
  const product = a.count * shareB;
  return {
    count,
    mean: a.mean + distance * shareB,
    squares: a.squares + b.squares + distance ** 2 * product,
    cubes:
      a.cubes +
      b.cubes +
      distance ** 3 * product * (shareA - shareB) +
      3 * distance * (shareA * b.squares - shareB * a.squares),
    fourths:
      a.fourths +
      b.fourths +
      distance ** 4 * product * (shareA ** 2 - shareA * shareB + shareB ** 2) +
      6 * distance ** 2 * (shareA ** 2 * b.squares + shareB ** 2 * a.squares) +
      4 * distance * (shareA * b.cubes - shareB * a.cubes),
  };
}

/** Null when all values are the same or there is none: then there is no shape. */
export function shapeOf({ count, squares, cubes, fourths }: HigherMoments): Shape | null {
  if (!(squares > 0)) return null;
  const variance = squares / count;
  return { skewness: cubes / count / variance ** 1.5, excessKurtosis: fourths / count / variance ** 2 - 3, count };
}
