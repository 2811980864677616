/** The least-squares parabola of a series on a grid, taken away: a constant offset, a frequency offset and a frequency drift are no noise. */

/** A rest below this part of the squares is rounding. */
const ROUNDING = 1e-24;

interface Sums {
  /** Sums of the powers 0...4 of time. */
  readonly powers: Float64Array;
  /** Sums of value times the powers 0...2 of time. */
  readonly products: Float64Array;
  squares: number;
}

/** In place; NaN stays NaN. False, and nothing done, with fewer samples than `least` or when only rounding would be left. */
export function removeQuadraticTrend(values: Float64Array, least: number): boolean {
  const origin = values.find(Number.isFinite) ?? 0;
  const sums = sumsOf(values, origin);
  if ((sums.powers[0] as number) < Math.max(3, least)) return false;
  const parabola = solve(sums);
  if (parabola === null) return false;
  const [constant, linear, quadratic] = parabola;
  let left = 0;
  for (let i = 0; i < values.length; i += 1) {
    const t = timeOf(i, values.length);
    const rest = (values[i] as number) - origin - (constant + t * (linear + t * quadratic));
    values[i] = rest;
    if (Number.isFinite(rest)) left += rest * rest;
  }
  return left > ROUNDING * sums.squares;
}

function sumsOf(values: Float64Array, origin: number): Sums {
  const sums: Sums = { powers: new Float64Array(5), products: new Float64Array(3), squares: 0 };
  const { powers, products } = sums;
  for (let i = 0; i < values.length; i += 1) {
    const value = (values[i] as number) - origin;
    if (!Number.isFinite(value)) continue;
    const t = timeOf(i, values.length);
    sums.squares += value * value;
    let weight = 1;
    for (let power = 0; power < 5; power += 1) {
      powers[power] = (powers[power] as number) + weight;
      if (power < 3) products[power] = (products[power] as number) + weight * value;
      weight *= t;
    }
  }
  return sums;
}

/** From -1 to 1, so that powers keep their precision. */
function timeOf(i: number, length: number): number {
  return (2 * i) / (length - 1) - 1;
}

/** Cramer's rule for the normal equations; null when they have no single answer. */
function solve({ powers, products }: Sums): readonly [number, number, number] | null {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0] = powers;
  const [y0 = 0, y1 = 0, y2 = 0] = products;
  const c0 = p2 * p4 - p3 * p3;
  const c1 = p2 * p3 - p1 * p4;
  const c2 = p1 * p3 - p2 * p2;
  const d1 = p0 * p4 - p2 * p2;
  const d2 = p1 * p2 - p0 * p3;
  const d3 = p0 * p2 - p1 * p1;
  const determinant = p0 * c0 + p1 * c1 + p2 * c2;
  if (!(Math.abs(determinant) > 0)) return null;
  return [
    (c0 * y0 + c1 * y1 + c2 * y2) / determinant,
    (c1 * y0 + d1 * y1 + d2 * y2) / determinant,
    (c2 * y0 + d2 * y1 + d3 * y2) / determinant,
  ];
}
