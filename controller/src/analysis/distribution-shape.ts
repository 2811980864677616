/** Skewness and kurtosis of exact values, from the mean, so that a large common constant costs nothing. */

export interface Shape {
  /** Third standardised moment: positive = a longer tail above. */
  readonly skewness: number;
  /** Fourth standardised moment minus 3: 0 for a normal distribution, positive = heavier tails. */
  readonly excessKurtosis: number;
}

const LEAST_VALUES = 4;

/** Of finite values; null for fewer than four or when all are the same. */
export function shapeOf(values: Float64Array): Shape | null {
  const count = values.length;
  if (count < LEAST_VALUES) return null;
  const origin = values[0] ?? 0;
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += (values[i] as number) - origin;
  const mean = sum / count;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let i = 0; i < count; i += 1) {
    const distance = (values[i] as number) - origin - mean;
    const square = distance * distance;
    second += square;
    third += square * distance;
    fourth += square * square;
  }
  const variance = second / count;
  if (!(variance > 0)) return null;
  return { skewness: third / count / variance ** 1.5, excessKurtosis: fourth / count / (variance * variance) - 3 };
}
