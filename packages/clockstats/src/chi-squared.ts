/** Quantiles of the chi-squared distribution, for confidence intervals of variances. */
import { ClockstatsError } from './clockstats-error.ts';

/** Above, the cube-root approximation (Wilson and Hilferty 1931) is right to better than 1e-6. */
const LARGE_FREEDOM = 20_000;
const PRECISION = 1e-14;
const MOST_STEPS = 10_000;

/** Coefficients of the Lanczos approximation of the gamma function (g = 7, n = 9), good to 1e-15. */
const LANCZOS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
];

/** The value that a chi-squared variable of `freedom` degrees is below with probability p. Throws `bad_argument` outside 0 < p < 1. */
export function chiSquaredQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1 && freedom > 0 && Number.isFinite(freedom))) {
    throw new ClockstatsError('bad_argument', `no chi-squared quantile for p = ${p} and ${freedom} degrees of freedom`);
  }
  const spread = 2 / (9 * freedom);
  const start = freedom * Math.max(1e-3, 1 - spread + normalQuantile(p) * Math.sqrt(spread)) ** 3;
  if (freedom > LARGE_FREEDOM) return start;
  let low = 0;
  let high = start;
  while (lowerGamma(freedom / 2, high / 2) < p) {
    low = high;
    high *= 2;
  }
  while (high - low > PRECISION * high) {
    const middle = low + (high - low) / 2;
    if (middle === low || middle === high) break;
    if (lowerGamma(freedom / 2, middle / 2) < p) low = middle;
    else high = middle;
  }
  return low + (high - low) / 2;
}

/** Regularised lower incomplete gamma function P(a, x): a series below a + 1, a continued fraction above (Numerical Recipes 6.2). */
function lowerGamma(a: number, x: number): number {
  if (x <= 0) return 0;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? scale * gammaSeries(a, x) : 1 - scale * gammaFraction(a, x);
}

function gammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_STEPS && term > sum * 1e-17; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Lentz's method. */
function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let product = d;
  for (let i = 1; i < MOST_STEPS; i += 1) {
    const numerator = -i * (i - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    product *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return product;
}

function logGamma(a: number): number {
  const shifted = a - 1;
  const base = shifted + 7.5;
  const series = LANCZOS.reduce(
    (sum, coefficient, i) => sum + (i === 0 ? coefficient : coefficient / (shifted + i)),
    0,
  );
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

/** Quantile of the standard normal distribution: Acklam's rational approximation, relative error below 1.2e-9. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.024_25) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(ACKLAM.c, q) / (polynomial(ACKLAM.d, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(ACKLAM.a, r) * q) / (polynomial(ACKLAM.b, r) * r + 1);
}

const ACKLAM = {
  a: [
    -39.696_830_286_653_76, 220.946_098_424_520_5, -275.928_510_446_968_7, 138.357_751_867_269, -30.664_798_066_147_16,
    2.506_628_277_459_239,
  ],
  b: [
    -54.476_098_798_224_06, 161.585_836_858_040_9, -155.698_979_859_886_6, 66.801_311_887_719_72,
    -13.280_681_552_885_72,
  ],
  c: [
    -0.007_784_894_002_430_293, -0.322_396_458_041_136_5, -2.400_758_277_161_838, -2.549_732_539_343_734,
    4.374_664_141_464_968, 2.938_163_982_698_783,
  ],
  d: [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416],
};

/** Horner's rule, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
