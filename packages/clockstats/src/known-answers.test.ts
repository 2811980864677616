/** Published and recomputed known answers: NIST SP1065 pp. 107-108, Stable32 on the same data (PHASE.DAT), and closed forms. */
import { describe, expect, it } from 'vitest';
import { adev, oadev } from './adev.ts';
import { hdev, ohdev } from './hadamard.ts';
import { mdev } from './mdev.ts';
import { mtie } from './mtie.ts';
import { NBS14_FREQUENCIES, nbs14Sequence, phaseOf } from './nbs14.fixture.ts';
import type { RegularSeries, StabilityCurve, StabilityOptions } from './stability-curve.ts';
import { tdev } from './tdev.ts';
import { tieRms } from './tie-rms.ts';
import { totdev } from './total-deviation.ts';

type Statistic = (series: RegularSeries, factors: readonly number[], options?: StabilityOptions) => StabilityCurve;

const STATISTICS: Readonly<Record<string, Statistic>> = {
  adev,
  oadev,
  mdev,
  tdev,
  hdev,
  ohdev,
  totdev,
  tieRms,
  mtie,
};

/** A value as it was printed: its digits after the first, in exponential notation. */
function printed(value: number, like: string): string {
  const digits = like.replace(/e.*/, '').replace(/[-.]/g, '').replace(/^0+/, '').length;
  return value.toExponential(digits - 1);
}

function expectPrinted(curve: StabilityCurve, m: number, like: string): void {
  const point = curve.points.find((candidate) => candidate.m === m);
  expect(point, `${curve.metric} has no point at m = ${m}`).toBeDefined();
  expect(printed(point!.value, like), `${curve.metric}(${m})`).toBe(printed(Number(like), like));
}

describe('NBS14, nine frequencies', () => {
  const series = { values: phaseOf(NBS14_FREQUENCIES, 'mean'), tau0: 1 };
  it.each([
    ['adev', '91.22945', '115.8082'],
    ['oadev', '91.22945', '85.95287'],
    ['mdev', '91.22945', '74.78849'],
    ['totdev', '91.22945', '93.90379'],
    ['ohdev', '70.80607', '85.61487'],
    ['tdev', '52.67135', '86.35831'],
  ])('gives the published %s', (name, atOne, atTwo) => {
    const curve = STATISTICS[name]!(series, [1, 2]);
    expectPrinted(curve, 1, atOne);
    expectPrinted(curve, 2, atTwo);
  });

  it('gives the published hdev, of which the value at tau 1 is printed a unit of the last digit too large', () => {
    const curve = hdev(series, [1, 2]);
    // Without overlap at m = 1 it is the same sum as OHDEV, which is printed as 70.80607.
    expectPrinted(curve, 1, '70.80607');
    expect(Math.abs(curve.points[0]!.value - 70.80608)).toBeLessThan(1e-5);
    expectPrinted(curve, 2, '116.7980');
  });

  it('gives the known MTIE and TIE rms', () => {
    const peaks = mtie(series, [1, 2, 3, 9]);
    expectPrinted(peaks, 1, '144.888889');
    for (const m of [2, 3, 9]) expectPrinted(peaks, m, '262.777778');
    const rms = tieRms(series, [1, 2, 3]);
    expectPrinted(rms, 1, '95.202059');
    expectPrinted(rms, 2, '135.469787');
    expectPrinted(rms, 3, '141.636579');
    const raw = mtie({ values: phaseOf(NBS14_FREQUENCIES, 'nothing'), tau0: 1 }, [1, 2, 3, 4, 8, 9]);
    expect(raw.points.map((point) => point.value)).toEqual([903, 1786, 2524, 3322, 6423, 7100]);
  });
});

describe('NBS14, 1000 frequencies', () => {
  const series = { values: phaseOf(nbs14Sequence(), 'mean'), tau0: 1 };

  it('generates the published sequence', () => {
    const [, second, third, fourth] = nbs14Sequence();
    expect([second, third, fourth].map((f) => Math.round(f! * 2_147_483_647))).toEqual([
      395_529_916, 1_209_410_747, 633_705_974,
    ]);
  });

  it.each([
    ['adev', '2.922319e-01', '9.965736e-02', '3.897804e-02'],
    ['oadev', '2.922319e-01', '9.159953e-02', '3.241343e-02'],
    ['mdev', '2.922319e-01', '6.172376e-02', '2.170921e-02'],
    ['tdev', '1.687202e-01', '3.563623e-01', '1.253382e+00'],
    ['ohdev', '2.943883e-01', '9.581083e-02', '3.237638e-02'],
    ['totdev', '2.922319e-01', '9.134743e-02', '3.406530e-02'],
  ])('gives the published %s', (name, ...published) => {
    const curve = STATISTICS[name]!(series, [1, 10, 100]);
    for (const [i, m] of [1, 10, 100].entries()) expectPrinted(curve, m, published[i]!);
  });

  it('gives the published hdev, of which the value at tau 100 is cut off instead of rounded', () => {
    const curve = hdev(series, [1, 10, 100]);
    expectPrinted(curve, 1, '2.943883e-01');
    expectPrinted(curve, 10, '1.052754e-01');
    expect(Math.floor(curve.points[2]!.value * 1e8)).toBe(3_910_860);
  });

  /** [m, value, terms] */
  const TABLE: Readonly<Record<string, readonly (readonly [number, string, number])[]>> = {
    adev: [
      [1, '2.9223187811e-01', 999],
      [2, '2.0510161559e-01', 499],
      [4, '1.4942714244e-01', 249],
      [8, '1.1013480328e-01', 124],
      [10, '9.9657360632e-02', 99],
      [16, '6.2381339810e-02', 61],
      [32, '5.6232944726e-02', 30],
      [64, '3.2549905440e-02', 14],
      [100, '3.8978043308e-02', 9],
      [128, '3.3855195122e-02', 6],
      [256, '1.0799272262e-02', 2],
    ],
    oadev: [
      [1, '2.9223187811e-01', 999],
      [2, '2.0101604217e-01', 997],
      [4, '1.4479130722e-01', 993],
      [8, '1.0570385008e-01', 985],
      [10, '9.1599534201e-02', 981],
      [16, '6.1914778419e-02', 969],
      [32, '4.8082142621e-02', 937],
      [64, '3.6237212986e-02', 873],
      [100, '3.2413430261e-02', 801],
      [128, '2.7673855821e-02', 745],
      [256, '1.0282217639e-02', 489],
    ],
    mdev: [
      [1, '2.9223187811e-01', 999],
      [2, '1.5820719830e-01', 996],
      [4, '1.0779737454e-01', 990],
      [8, '7.4192200128e-02', 978],
      [10, '6.1723763825e-02', 972],
      [16, '4.1375946276e-02', 954],
      [32, '3.4254980866e-02', 906],
      [64, '2.7871051150e-02', 810],
      [100, '2.1709209137e-02', 702],
      [128, '1.8669328743e-02', 618],
      [256, '4.2545114954e-03', 234],
    ],
    tdev: [
      [1, '1.6872015349e-01', 999],
      [2, '1.8268193705e-01', 996],
      [4, '2.4894737283e-01', 990],
      [8, '3.4267909372e-01', 978],
      [10, '3.5636231659e-01', 972],
      [16, '3.8221461953e-01', 954],
      [32, '6.3286791758e-01', 906],
      [64, '1.0298469686e+00', 810],
      [100, '1.2533817739e+00', 702],
      [128, '1.3796789728e+00', 618],
      [256, '6.2882389943e-01', 234],
    ],
    hdev: [
      [1, '2.9438832912e-01', 998],
      [2, '2.0715738327e-01', 498],
      [4, '1.4889796754e-01', 248],
      [8, '1.1649081417e-01', 123],
      [10, '1.0527541940e-01', 98],
      [16, '5.9588687701e-02', 60],
      [32, '5.4696896160e-02', 29],
      [64, '3.0568640170e-02', 13],
      [100, '3.9108605597e-02', 8],
      [128, '3.8059909299e-02', 5],
      [256, '1.0886426563e-02', 1],
    ],
    ohdev: [
      [1, '2.9438832912e-01', 998],
      [2, '2.0124832957e-01', 995],
      [4, '1.4368033065e-01', 989],
      [8, '1.0987226371e-01', 977],
      [10, '9.5810831733e-02', 971],
      [16, '6.0637629214e-02', 953],
      [32, '4.5095032827e-02', 905],
      [64, '3.3823708981e-02', 809],
      [100, '3.2376382528e-02', 701],
      [128, '2.9146632236e-02', 617],
      [256, '1.0137819153e-02', 233],
    ],
    totdev: [
      [1, '2.9223187811e-01', 999],
      [2, '2.0088508814e-01', 999],
      [4, '1.4443703251e-01', 999],
      [8, '1.0540118877e-01', 999],
      [10, '9.1347432617e-02', 999],
      [16, '6.1788201114e-02', 999],
      [32, '4.8579717342e-02', 999],
      [64, '3.5904858904e-02', 999],
      [100, '3.4065302522e-02', 999],
      [128, '3.1258924847e-02', 999],
      [256, '1.3369438666e-02', 999],
    ],
    tieRms: [
      [1, '2.8832209545e-01', 1000],
      [2, '4.0239998005e-01', 999],
      [4, '5.7043942236e-01', 997],
      [8, '7.9643589128e-01', 993],
      [10, '8.7588296044e-01', 991],
      [16, '1.0573274544e+00', 985],
      [32, '1.5871121726e+00', 969],
      [64, '2.2170824626e+00', 937],
      [100, '2.7484416670e+00', 901],
      [128, '2.9504006580e+00', 873],
      [256, '2.5476614694e+00', 745],
    ],
    mtie: [
      [1, '5.0597083140e-01', 1000],
      [2, '9.3348347932e-01', 999],
      [4, '1.5386644129e+00', 997],
      [8, '2.4611538857e+00', 993],
      [10, '2.6988150965e+00', 991],
      [16, '2.9949083352e+00', 985],
      [32, '4.4550155991e+00', 969],
      [64, '6.5988982813e+00', 937],
      [100, '6.7509085898e+00', 901],
      [128, '6.8131226618e+00', 873],
      [256, '7.8204967566e+00', 745],
    ],
  };

  it.each(Object.keys(TABLE))('gives %s to ten digits with the right number of terms', (name) => {
    const rows = TABLE[name]!;
    const curve = STATISTICS[name]!(
      series,
      rows.map(([m]) => m),
      { minTerms: 1 },
    );
    for (const [m, value] of rows) expectPrinted(curve, m, value);
    expect(curve.points.map((point) => [point.m, point.terms])).toEqual(rows.map(([m, , terms]) => [m, terms]));
  });

  it('gives the known MTIE at odd tau, and peak-to-peak at the full span', () => {
    const rows: [number, string][] = [
      [3, '1.2983512437'],
      [5, '1.8577898593'],
      [7, '2.2921662216'],
      [15, '2.9949083352'],
      [31, '4.4550155991'],
      [63, '6.5988982813'],
      [127, '6.8060815903'],
      [200, '7.6821893815'],
      [255, '7.8204967566'],
      [400, '7.8204967566'],
      [511, '7.8204967566'],
      [750, '8.2758496645'],
      [999, '9.0644080461'],
      [1000, '9.0644080461'],
    ];
    const curve = mtie(
      series,
      rows.map(([m]) => m),
    );
    for (const [m, value] of rows) expectPrinted(curve, m, value);
  });
});

describe('closed forms', () => {
  const factors = [1, 3, 10, 100];

  it('a quadratic gives D tau / sqrt 2, a TDEV of D tau^2 / sqrt 6 and no Hadamard deviation', () => {
    const drift = 0.25;
    const tau0 = 2;
    const values = Float64Array.from({ length: 2001 }, (_, i) => 0.5 * drift * (i * tau0) ** 2);
    for (const curve of [oadev, mdev, adev].map((statistic) => statistic({ values, tau0 }, factors))) {
      for (const { tau, value } of curve.points) expect(value).toBeCloseTo((drift * tau) / Math.SQRT2, 9);
    }
    for (const { tau, value } of tdev({ values, tau0 }, factors).points) {
      expect(value).toBeCloseTo((drift * tau ** 2) / Math.sqrt(6), 8);
    }
    for (const curve of [hdev, ohdev])
      expect(curve({ values, tau0 }, factors).points.map((p) => p.value)).toEqual([0, 0, 0, 0]);
  });

  it('a straight line has no deviation at all, and an MTIE and TIE rms of |y0| tau', () => {
    const values = Float64Array.from({ length: 2001 }, (_, i) => -3 * i);
    for (const statistic of [adev, oadev, mdev, tdev, hdev, ohdev]) {
      expect(statistic({ values, tau0: 1 }, factors).points.map((p) => p.value)).toEqual([0, 0, 0, 0]);
    }
    for (const statistic of [mtie, tieRms]) {
      expect(statistic({ values, tau0: 1 }, factors).points.map((p) => p.value)).toEqual([3, 9, 30, 300]);
    }
  });

  it('a single step A gives MTIE A at every tau, and OADEV and TDEV as derived', () => {
    const values = Float64Array.from({ length: 10_001 }, (_, i) => (i < 5000 ? 0 : 7));
    const series = { values, tau0: 1 };
    expect(mtie(series, [1, 10, 100, 5000]).points.map((p) => p.value)).toEqual([7, 7, 7, 7]);
    const allan = oadev(series, [1, 10, 100]);
    expectPrinted(allan, 1, '0.0700035002625');
    expectPrinted(allan, 10, '0.0221570027817');
    expectPrinted(allan, 100, '0.00707070707071');
    const time = tdev(series, [1, 10, 100]);
    expectPrinted(time, 1, '0.0404165397208');
    expectPrinted(time, 10, '0.0909477515675');
    expectPrinted(time, 100, '0.290143932702');
  });
});
