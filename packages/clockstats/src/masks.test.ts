import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMask, limitAt, type Mask } from './mask.ts';
import { G8273_2_CLASSES, isMaskName, MASKS, type MaskName } from './masks.ts';
import { mtie } from './mtie.ts';
import { parseMask } from './parse-mask.ts';
import type { StabilityCurve } from './stability-curve.ts';

function limit(name: MaskName, tau: number): number {
  const at = limitAt(MASKS[name], tau);
  return at.kind === 'limit' ? at.limitNs : Number.NaN;
}

function curveOf(metric: 'mtie' | 'tdev', values: readonly (readonly [number, number])[]): StabilityCurve {
  const points = values.map(([tau, value]) => ({ tau, m: tau, value, terms: 10 }));
  return { metric, tau0: 1, points, samples: 100, missing: 0, missingShare: 0 };
}

describe('the named masks', () => {
  it.each([
    ['prtc-a-mtie', 0.1, 25.0275],
    ['prtc-a-mtie', 100, 52.5],
    ['prtc-a-mtie', 273, 100.075],
    ['prtc-a-mtie', 273.5, 100],
    ['prtc-a-mtie', 274, 100],
    ['prtc-a-mtie', 100_001, 100],
    ['prtc-a-tdev', 100, 3],
    ['prtc-a-tdev', 100.5, 3.015],
    ['prtc-a-tdev', 1000, 30],
    ['prtc-a-tdev', 1000.5, 30],
    ['prtc-b-mtie', 54.5, 39.9875],
    ['prtc-b-mtie', 300, 40],
    ['prtc-b-tdev', 150, 1.5],
    ['prtc-b-tdev', 550, 5],
    ['eprtc-mtie', 1, 4],
    ['eprtc-mtie', 100, 15.004],
    ['eprtc-mtie', 400_000, 30],
    ['eprtc-tdev', 50, 1],
    ['eprtc-tdev', 30_000, 1],
    ['eprtc-tdev', 300_000, 9.99999],
    ['prc-mtie', 1000, 300],
    ['prc-mtie', 10_000, 390],
    ['prc-tdev', 500, 15],
    ['g8273.2-c-tdev', 1000, 2],
  ] as const)('%s at %d s allows %d ns', (name, tau, expected) => {
    expect(limit(name, tau)).toBeCloseTo(expected, 9);
  });

  it.each(Object.keys(MASKS) as MaskName[])(
    '%s has a limit at every tau from 0.1 s to its end, and none outside',
    (name) => {
      const mask: Mask = MASKS[name];
      const end = mask.pieces.at(-1)!.to;
      fc.assert(
        fc.property(fc.double({ min: 0.1, max: Math.min(end, 1e7), noNaN: true }), (tau) => {
          expect(limitAt(mask, tau)).toMatchObject({ kind: 'limit' });
          expect(limit(name, tau)).toBeGreaterThan(0);
        }),
      );
      expect(limitAt(mask, 0.099)).toEqual({ kind: 'no_limit' });
      expect(limitAt(mask, Number.NaN)).toEqual({ kind: 'no_limit' });
      if (end < Number.POSITIVE_INFINITY) expect(limitAt(mask, end * 1.001)).toEqual({ kind: 'no_limit' });
    },
  );

  it.each(Object.keys(MASKS) as MaskName[])(
    '%s jumps by no more than the rounding of its table at a breakpoint',
    (name) => {
      for (const { to } of MASKS[name].pieces.slice(0, -1)) {
        expect(Math.abs(limit(name, to) / limit(name, to * (1 + 1e-9)) - 1)).toBeLessThan(2e-3);
      }
    },
  );

  it('belong to the classes of G.8273.2', () => {
    expect(G8273_2_CLASSES.C).toEqual({
      maxAbsTe: 30,
      constantTe: 10,
      mtie: 'g8273.2-c-mtie',
      tdev: 'g8273.2-c-tdev',
    });
    expect(G8273_2_CLASSES.D).toEqual({ maxAbsTeLow: 5 });
    expect(isMaskName('prtc-a-mtie')).toBe(true);
    expect(isMaskName('toString')).toBe(false);
  });
});

describe('the check of a curve', () => {
  it('passes below and at the limit, and says how close it came', () => {
    const check = checkMask(
      MASKS['prc-tdev'],
      curveOf('tdev', [
        [0.05, 1e9],
        [1, 3],
        [200, 1],
        [20_000, 1e9],
      ]),
    );
    expect(check).toMatchObject({ result: 'pass', checked: 2, firstViolation: null });
    expect(check.worst).toEqual({ tau: 1, m: 1, valueNs: 3, limitNs: 3, ratio: 1, terms: 10 });
  });

  it('fails with the first violation and the worst', () => {
    const check = checkMask(
      MASKS['prtc-a-mtie'],
      curveOf('mtie', [
        [1, 20],
        [10, 30],
        [100, 90],
        [1000, 120],
      ]),
    );
    expect(check.result).toBe('fail');
    expect(check.firstViolation).toMatchObject({ tau: 10, valueNs: 30, limitNs: 27.75 });
    expect(check.worst).toMatchObject({ tau: 100, ratio: 90 / 52.5 });
  });

  it('never passes without data', () => {
    const series = { values: new Float64Array(100).fill(Number.NaN), tau0: 1 };
    expect(checkMask(MASKS['prtc-a-mtie'], mtie(series, [1, 2, 4]))).toMatchObject({
      result: 'not_enough_data',
      checked: 0,
      worst: null,
    });
    expect(checkMask(MASKS['prc-tdev'], curveOf('tdev', [[20_000, 1]])).result).toBe('not_enough_data');
  });

  it('refuses to hold a TDEV curve against an MTIE mask', () => {
    expect(() => checkMask(MASKS['prc-mtie'], curveOf('tdev', [[1, 1]]))).toThrow('limits mtie, not tdev');
  });
});

describe("a user's mask", () => {
  const data = {
    name: 'rack-7',
    metric: 'mtie',
    from_s: 1,
    pieces: [{ to_s: 100, constant_ns: 250, slope_ns_per_s: 2.5 }, { constant_ns: 500 }],
  };

  it('is read from plain data', () => {
    const mask = parseMask(JSON.parse(JSON.stringify(data)));
    expect(mask).toMatchObject({ name: 'rack-7', metric: 'mtie', source: 'user', from: 1 });
    expect([0.5, 1, 100, 100.1, 1e9].map((tau) => limitAt(mask, tau))).toEqual([
      { kind: 'no_limit' },
      { kind: 'limit', limitNs: 252.5 },
      { kind: 'limit', limitNs: 500 },
      { kind: 'limit', limitNs: 500 },
      { kind: 'limit', limitNs: 500 },
    ]);
  });

  it.each([
    [null, 'mask must be an object'],
    [{ ...data, metric: 'adev' }, 'metric must be "mtie" or "tdev"'],
    [{ ...data, name: '' }, 'name must be a text'],
    [{ ...data, pieces: [] }, 'pieces must be a list of 1 to 1000'],
    [{ ...data, pieces: [{ to_s: 0.5, constant_ns: 1 }] }, 'pieces[0].to_s must be larger than 1'],
    [{ ...data, pieces: [{ constant_ns: 1 }, { constant_ns: 1 }] }, 'pieces[0].to_s must be a number'],
    [{ ...data, pieces: [{ to_s: 10, constant_ns: -1 }] }, 'pieces[0] has a limit that is not positive'],
    [{ ...data, pieces: [{ to_s: 10, constant_ns: '1' }] }, 'pieces[0].constant_ns must be a number'],
    [{ ...data, limit: 5 }, 'mask has an unknown field "limit"'],
  ])('is refused with its fault: %j', (broken, fault) => {
    expect(() => parseMask(broken)).toThrow(fault);
  });

  it('names all its faults at once', () => {
    expect(() => parseMask({ metric: 'x', pieces: [3] })).toThrow(
      /name must.*metric must.*pieces\[0\] must be an object/,
    );
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (anything) => {
        try {
          parseMask(anything);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ClockstatsError', code: 'bad_mask' });
        }
      }),
    );
  });
});
