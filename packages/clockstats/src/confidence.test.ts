import { describe, expect, it } from 'vitest';
import { adev, oadev } from './adev.ts';
import { chiSquaredQuantile, normalQuantile } from './chi-squared.ts';
import { deviationInterval, ONE_SIGMA, withConfidence } from './confidence.ts';
import { degreesOfFreedom, type NoiseAlpha } from './degrees-of-freedom.ts';
import { hdev, ohdev } from './hadamard.ts';
import { mdev } from './mdev.ts';
import { mtie } from './mtie.ts';
import { nbs14Sequence, phaseOf } from './nbs14.fixture.ts';
import { identifyNoise } from './noise-type.ts';
import { normals } from './normals.fixture.ts';
import { tdev } from './tdev.ts';
import { totdev } from './total-deviation.ts';

const OCTAVES = [1, 2, 4, 8, 16, 32, 64, 128];
const series = { values: phaseOf(nbs14Sequence(), 'mean'), tau0: 1 };

/** [low, high] at m = 1, 2, 4... as Stable32 1.60 prints them for PHASE.DAT with alpha = 0. */
const STABLE32 = {
  adev: '2.8515e-01 2.9987e-01 1.9787e-01 2.1319e-01 1.4201e-01 1.5815e-01 1.0254e-01 1.1971e-01 5.6510e-02 7.0567e-02 4.9153e-02 6.7635e-02 2.7109e-02 4.3537e-02 2.6481e-02 5.5744e-02',
  oadev:
    '2.8515e-01 2.9987e-01 1.9520e-01 2.0738e-01 1.3931e-01 1.5098e-01 1.0038e-01 1.1198e-01 5.7696e-02 6.7217e-02 4.3654e-02 5.4202e-02 3.1755e-02 4.3377e-02 2.3045e-02 3.7027e-02',
  mdev: '2.8515e-01 2.9987e-01 1.5336e-01 1.6355e-01 1.0322e-01 1.1304e-01 6.9840e-02 7.9481e-02 3.8022e-02 4.5809e-02 3.0466e-02 3.9933e-02 2.3687e-02 3.5511e-02 1.4874e-02 2.8584e-02',
  tdev: '1.6463e-01 1.7313e-01 1.7709e-01 1.8885e-01 2.3838e-01 2.6106e-01 3.2258e-01 3.6710e-01 3.5123e-01 4.2317e-01 5.6287e-01 7.3777e-01 8.7525e-01 1.3122e+00 1.0992e+00 2.1124e+00',
  hdev: '2.8635e-01 3.0315e-01 1.9887e-01 2.1659e-01 1.4054e-01 1.5896e-01 1.0744e-01 1.2829e-01 5.3296e-02 6.8811e-02 4.6987e-02 6.8092e-02 2.4870e-02 4.3652e-02 2.8841e-02 7.3807e-02',
  ohdev:
    '2.8635e-01 3.0315e-01 1.9491e-01 2.0825e-01 1.3777e-01 1.5043e-01 1.0388e-01 1.1704e-01 5.6173e-02 6.6369e-02 4.0664e-02 5.1382e-02 2.9271e-02 4.1477e-02 2.3761e-02 4.1367e-02',
  totdev:
    '2.8707e-01 2.9768e-01 1.9592e-01 2.0625e-01 1.3947e-01 1.4998e-01 1.0039e-01 1.1126e-01 5.7732e-02 6.6839e-02 4.4255e-02 5.4484e-02 3.1639e-02 4.2546e-02 2.6406e-02 4.0383e-02',
};
const STATISTICS = { adev, oadev, mdev, tdev, hdev, ohdev, totdev };

describe('intervals of PHASE.DAT against Stable32', () => {
  it.each(Object.keys(STABLE32) as (keyof typeof STABLE32)[])('agrees for %s', (name) => {
    const printed = STABLE32[name].split(' ').map(Number);
    const curve = withConfidence(STATISTICS[name](series, OCTAVES), series);
    for (const [i, { m, confidence }] of curve.points.entries()) {
      expect(confidence?.alpha, `noise at m = ${m}`).toBe(0);
      const freedom = confidence?.freedom ?? 0;
      // Up to 100 degrees of freedom Stable32's 0.683 is one sigma; beyond, what it prints is the interval of 0.680.
      const { low, high } = deviationInterval(curve.points[i]!.value, freedom, freedom > 100 ? 0.68 : ONE_SIGMA);
      expect(Math.abs(printed[2 * i]! / low - 1), `low at m = ${m}`).toBeLessThan(2e-4);
      expect(Math.abs(printed[2 * i + 1]! / high - 1), `high at m = ${m}`).toBeLessThan(2e-4);
    }
    expect(curve.points).toHaveLength(8);
  });
});

/** Made noise of the whole powers: white PM differenced up, 0, 2 or 4 times summed. */
function noiseOf(alpha: 2 | 0 | -2, length: number, seed: number): Float64Array {
  const next = normals(seed);
  const values = Float64Array.from({ length }, () => next());
  for (let sums = alpha; sums < 2; sums += 2) {
    let sum = 0;
    for (let i = 0; i < length; i += 1) {
      sum += values[i]!;
      values[i] = sum;
    }
  }
  return values;
}

describe('degrees of freedom', () => {
  it.each([
    ['oadev', 2, 10],
    ['oadev', 2, 40],
    ['oadev', 0, 10],
    ['oadev', -2, 10],
    ['tdev', 2, 10],
    ['ohdev', 0, 20],
    ['adev', 2, 5],
  ] as const)('of %s with alpha %i at m = %i are what simulated noise shows', (name, alpha, m) => {
    const length = 101;
    let sum = 0;
    let squares = 0;
    let terms = 0;
    const trials = 3000;
    for (let trial = 0; trial < trials; trial += 1) {
      const [point] = STATISTICS[name]({ values: noiseOf(alpha, length, trial * 7 + 1), tau0: 1 }, [m]).points;
      terms = point!.terms;
      sum += point!.value ** 2;
      squares += point!.value ** 4;
    }
    const mean = sum / trials;
    const simulated = (2 * mean * mean) / (squares / trials - mean * mean);
    const freedom = degreesOfFreedom({ metric: name, alpha, m, terms, samples: length });
    expect(freedom! / simulated).toBeGreaterThan(0.87);
    expect(freedom! / simulated).toBeLessThan(1.15);
  });

  it('are none for MTIE, and none where the noise is too red for the statistic', () => {
    const request = { m: 4, terms: 90, samples: 100 };
    expect(degreesOfFreedom({ ...request, metric: 'mtie', alpha: 0 })).toBeNull();
    expect(degreesOfFreedom({ ...request, metric: 'oadev', alpha: -3 })).toBeNull();
    expect(degreesOfFreedom({ ...request, metric: 'ohdev', alpha: -3 })).toBeGreaterThan(1);
  });

  it('are positive and grow with the number of terms for every statistic and noise, also for ten million samples', () => {
    for (const metric of ['adev', 'oadev', 'mdev', 'tdev', 'hdev', 'ohdev', 'totdev'] as const) {
      for (const alpha of [2, 1, 0, -1, -2] as NoiseAlpha[]) {
        const at = (terms: number, m: number) => degreesOfFreedom({ metric, alpha, m, terms, samples: terms + 2 * m })!;
        for (const m of [1, 3, 100, 1e6]) {
          expect(at(4, m), `${metric} ${alpha} ${m}`).toBeGreaterThan(0);
          expect(at(1e7, m), `${metric} ${alpha} ${m}`).toBeGreaterThan(at(1e5, m));
        }
      }
    }
  });
});

describe('noise type', () => {
  it.each([
    [2, 'white phase noise'],
    [0, 'white frequency noise'],
    [-2, 'random walk of frequency'],
  ] as const)(
    'alpha %i is recognised as %s, with a frequency offset and drift on top and samples missing',
    (alpha, name) => {
      const values = noiseOf(alpha, 3000, 5).map((x, i) => x + 37e9 + 3 * i + 1e-3 * i * i);
      for (let i = 100; i < 130; i += 1) values[i] = Number.NaN;
      expect(identifyNoise({ values, tau0: 1 }, 1)).toMatchObject({ alpha, name });
    },
  );

  it('is unknown with fewer than 30 samples, all missing, or nothing but a trend', () => {
    expect(identifyNoise({ values: noiseOf(0, 29, 1), tau0: 1 }, 1)).toBeNull();
    expect(identifyNoise({ values: noiseOf(0, 290, 1), tau0: 1 }, 10)).toBeNull();
    expect(identifyNoise({ values: new Float64Array(100).fill(Number.NaN), tau0: 1 }, 1)).toBeNull();
    expect(identifyNoise({ values: Float64Array.from({ length: 100 }, (_, i) => 5 + i), tau0: 1 }, 1)).toBeNull();
  });

  it('of the longest tau that shows one is used beyond it, and without any there is no interval', () => {
    const known = withConfidence(oadev(series, [32, 256]), series).points;
    expect(known.map((point) => point.confidence?.alpha)).toEqual([0, 0]);
    const short = { values: series.values.subarray(0, 20), tau0: 1 };
    expect(withConfidence(oadev(short, [1]), short).points[0]!.confidence).toBeNull();
    expect(withConfidence(oadev(short, [1]), short, { alpha: 2 }).points[0]!.confidence?.alpha).toBe(2);
    expect(withConfidence(mtie(series, [1]), series).points[0]!.confidence).toBeNull();
  });
});

describe('chi-squared quantiles', () => {
  it.each([
    [0.95, 1, 3.841458821],
    [0.05, 1, 0.00393214],
    [0.975, 10, 20.48317735],
    [0.025, 10, 3.24697278],
    [0.5, 2, 1.386294361],
    [0.99, 100, 135.8067232],
    [0.05, 1000, 927.5943647],
  ])('p = %d with %d degrees of freedom is in the tables as %d', (p, freedom, value) => {
    expect(chiSquaredQuantile(p, freedom) / value).toBeCloseTo(1, 7);
  });

  it('goes over to the approximation for many degrees of freedom without a jump', () => {
    for (const p of [0.025, 0.159, 0.841, 0.975]) {
      expect(chiSquaredQuantile(p, 20_001) / chiSquaredQuantile(p, 20_000) - 1 - 1 / 20_000).toBeCloseTo(0, 6);
    }
  });

  it('refuses what is no probability', () => {
    for (const p of [0, 1, Number.NaN]) expect(() => chiSquaredQuantile(p, 5)).toThrow(/no chi-squared quantile/);
    expect(() => deviationInterval(1, 5, 1)).toThrow(/no interval/);
  });

  it('rests on normal quantiles', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306, 8);
  });
});
