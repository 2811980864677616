/**
 * Equivalent degrees of freedom of a stability statistic: how many independent terms its overlapping, correlated terms are worth.
 * Greenhall and Riley, "Uncertainty of Stability Variances Based on Finite Differences" (PTTI 2003; NIST SP1065 section 5.4.1): equations
 * (7) to (13) and tables 1 to 3. Total deviation: SP1065 table 7.
 */
import type { StabilityMetric } from './stability-curve.ts';

/** Exponent of the power law S_y(f) ~ f^alpha: 2 white PM, 1 flicker PM, 0 white FM, -1 flicker FM, -2 random walk FM, to -4. */
export type NoiseAlpha = 2 | 1 | 0 | -1 | -2 | -3 | -4;

interface Shape {
  /** Order of the phase difference: 2 Allan, 3 Hadamard. */
  readonly d: 2 | 3;
  readonly isOverlapping: boolean;
  readonly isModified: boolean;
}

export interface FreedomRequest {
  readonly metric: StabilityMetric;
  readonly alpha: NoiseAlpha;
  readonly m: number;
  /** Terms of the point. With gaps they count as if they were contiguous. */
  readonly terms: number;
  /** Samples of the series. */
  readonly samples: number;
}

const SHAPES: Readonly<Partial<Record<StabilityMetric, Shape>>> = {
  adev: { d: 2, isOverlapping: false, isModified: false },
  oadev: { d: 2, isOverlapping: true, isModified: false },
  mdev: { d: 2, isOverlapping: true, isModified: true },
  tdev: { d: 2, isOverlapping: true, isModified: true },
  hdev: { d: 3, isOverlapping: false, isModified: false },
  ohdev: { d: 3, isOverlapping: true, isModified: false },
};

/** Longest sum that is done term by term (J_max). */
const LONGEST_SUM = 100;
/** Above, flicker PM suffers from rounding; its result hardly depends on it any more. */
const LARGEST_FILTER = 1e6;

/** [a0, a1] by alpha and d. */
type Table = Readonly<Record<2 | 3, Readonly<Partial<Record<NoiseAlpha, readonly [number, number]>>>>>;

const MODIFIED_TABLE: Table = {
  2: { 2: [7 / 9, 1 / 2], 1: [0.997, 0.616], 0: [1.033, 0.607], [-1]: [1.048, 0.534], [-2]: [1.302, 0.535] },
  3: {
    2: [22 / 25, 2 / 3],
    1: [1.141, 0.843],
    0: [1.184, 0.848],
    [-1]: [1.18, 0.816],
    [-2]: [1.175, 0.777],
    [-3]: [1.194, 0.703],
    [-4]: [1.489, 0.702],
  },
};

const UNMODIFIED_TABLE: Table = {
  2: { 1: [790, 410], 0: [2 / 3, 1 / 3], [-1]: [0.852, 0.375], [-2]: [1.079, 0.368] },
  3: {
    1: [9950, 6520],
    0: [7 / 9, 1 / 2],
    [-1]: [0.997, 0.617],
    [-2]: [1.033, 0.607],
    [-3]: [1.053, 0.553],
    [-4]: [1.302, 0.535],
  },
};

const FLICKER_PM_TABLE: Readonly<Record<2 | 3, readonly [number, number]>> = { 2: [15.23, 12], 3: [47.8, 40] };

const TOTAL_TABLE: Readonly<Partial<Record<NoiseAlpha, readonly [number, number]>>> = {
  0: [1.5, 0],
  [-1]: [1.17, 0.22],
  [-2]: [0.93, 0.36],
};

/** Null where none is known: MTIE, TIE rms, a noise for which the statistic does not converge, or no terms. */
export function degreesOfFreedom(request: FreedomRequest): number | null {
  const { metric, alpha, m, terms, samples } = request;
  if (!(terms >= 1)) return null;
  const freedom = metric === 'totdev' ? totalFreedom({ alpha, m, samples }) : greenhall(request, SHAPES[metric]);
  return freedom !== null && freedom > 0 && Number.isFinite(freedom) ? freedom : null;
}

/** For phase noise, where table 7 says nothing, the overlapping Allan terms inside the series. */
function totalFreedom({ alpha, m, samples }: { alpha: NoiseAlpha; m: number; samples: number }): number | null {
  const row = TOTAL_TABLE[alpha];
  if (row !== undefined) return row[0] * (samples / m) - row[1];
  return greenhall({ metric: 'oadev', alpha, m, samples, terms: samples - 2 * m }, SHAPES.oadev);
}

interface Terms {
  readonly alpha: NoiseAlpha;
  readonly d: 2 | 3;
  readonly m: number;
  /** M of the paper. */
  readonly count: number;
  /** S: terms per tau. */
  readonly perTau: number;
  /** r = M / S: how many tau the terms cover. */
  readonly taus: number;
}

function greenhall({ alpha, m, terms: count }: FreedomRequest, shape: Shape | undefined): number | null {
  if (shape === undefined || alpha + 2 * shape.d <= 1 || count < 1) return null;
  const { d } = shape;
  const perTau = shape.isOverlapping ? m : 1;
  const terms: Terms = { alpha, d, m, count, perTau, taus: count / perTau };
  if (shape.isModified) return combined(terms, { filter: 1, table: MODIFIED_TABLE[d][alpha] });
  if (alpha === 2) return 1 / whitePhaseInverse(terms);
  if (alpha === 1) return flickerPhase(terms);
  const filter = m * (d + 1) <= LONGEST_SUM ? m : Number.POSITIVE_INFINITY;
  return combined(terms, { filter, table: UNMODIFIED_TABLE[d][alpha], truncatedFilter: Number.POSITIVE_INFINITY });
}

interface Method {
  /** F: 1 for modified, m for unmodified variances, infinite in its limit. */
  readonly filter: number;
  readonly table: readonly [number, number] | undefined;
  readonly truncatedFilter?: number;
}

/** Cases 1 and 2: the sum itself while it is short, else the table, else a sum of J_max terms. */
function combined(terms: Terms, { filter, table, truncatedFilter = filter }: Method): number | null {
  const { d, count, perTau, taus } = terms;
  const length = Math.min(count, (d + 1) * perTau);
  if (length <= LONGEST_SUM) return count / normalisedSum(terms, { length, count, perTau, filter });
  if (taus > d + 1) return table === undefined ? null : taus / (table[0] - table[1] / taus);
  const sum = { length: LONGEST_SUM, count: LONGEST_SUM, perTau: LONGEST_SUM / taus, filter: truncatedFilter };
  return LONGEST_SUM / normalisedSum(terms, sum);
}

/** Case 3. */
function flickerPhase(terms: Terms): number | null {
  const { d, m, count, perTau, taus } = terms;
  const length = Math.min(count, (d + 1) * perTau);
  const filter = Math.min(m, LARGEST_FILTER);
  if (length <= LONGEST_SUM) return count / normalisedSum(terms, { length, count, perTau, filter });
  const [b0, b1] = FLICKER_PM_TABLE[d];
  const variance = (b0 + b1 * Math.log(m)) ** 2;
  const table = UNMODIFIED_TABLE[d][1];
  if (taus > d + 1) return table === undefined ? null : (variance * taus) / (table[0] - table[1] / taus);
  const perTauShort = LONGEST_SUM / taus;
  const sum = { length: LONGEST_SUM, count: LONGEST_SUM, perTau: perTauShort, filter: perTauShort };
  return (variance * LONGEST_SUM) / basicSum(terms, sum);
}

/** Case 4: terms k tau apart correlate as binomial(2d, d - k) / binomial(2d, d), others not at all. */
function whitePhaseInverse({ d, count, taus }: Terms): number {
  let sum = 1;
  for (let k = 1; k <= d && k < taus; k += 1) {
    sum += 2 * (1 - k / taus) * (binomial(2 * d, d - k) / binomial(2 * d, d)) ** 2;
  }
  return sum / count;
}

function binomial(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i += 1) product *= (n - k + i) / i;
  return product;
}

interface Sum {
  readonly length: number;
  readonly count: number;
  readonly perTau: number;
  readonly filter: number;
}

function normalisedSum(terms: Terms, sum: Sum): number {
  return basicSum(terms, sum) / covariance(0, terms, sum.filter) ** 2;
}

/** Equation (10). */
function basicSum(terms: Terms, { length, count, perTau, filter }: Sum): number {
  let sum = covariance(0, terms, filter) ** 2;
  sum += (1 - length / count) * covariance(length / perTau, terms, filter) ** 2;
  for (let j = 1; j < length; j += 1) sum += 2 * (1 - j / count) * covariance(j / perTau, terms, filter) ** 2;
  return sum;
}

/** Equation (9), the 2d-th difference of (8): covariance of two terms that are t tau apart, up to a factor. */
function covariance(t: number, { alpha, d }: Terms, filter: number): number {
  let sum = 0;
  for (let k = -d; k <= d; k += 1) {
    const sign = k % 2 === 0 ? 1 : -1;
    sum += sign * binomial(2 * d, d + k) * filtered(t + k, alpha, filter);
  }
  return sum;
}

/** Equation (8). */
function filtered(t: number, alpha: number, filter: number): number {
  if (filter === Number.POSITIVE_INFINITY) return power(t, alpha + 2);
  const step = 1 / filter;
  return filter ** 2 * (2 * power(t, alpha) - power(t - step, alpha) - power(t + step, alpha));
}

/** Equation (7): the generalised autocovariance of the phase, -|t|, t^2 ln|t|, |t|^3, -t^4 ln|t|... up to a factor that cancels out. */
function power(t: number, alpha: number): number {
  const size = Math.abs(t);
  const exponent = 3 - alpha;
  const sign = alpha === 2 ? -1 : 1;
  if (alpha % 2 === 0) return sign * size ** exponent;
  return size === 0 ? 0 : size ** exponent * Math.log(size);
}
