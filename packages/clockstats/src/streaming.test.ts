import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oadev } from './adev.ts';
import { mtie } from './mtie.ts';
import { SlidingRange } from './sliding-range.ts';
import { StreamingAdev } from './streaming-adev.ts';
import { StreamingMtie } from './streaming-mtie.ts';
import { StreamingMtieBracket } from './streaming-mtie-bracket.ts';
import { StreamingTdev } from './streaming-tdev.ts';
import { tdev } from './tdev.ts';

const FACTORS = [1, 2, 3, 7, 16, 20, 50, 100];
/** Whole numbers, with gaps. */
const SERIES = fc.array(
  fc.oneof({ weight: 30, arbitrary: fc.integer({ min: -99, max: 99 }) }, fc.constant(Number.NaN)),
  {
    minLength: 1,
    maxLength: 400,
  },
);

function walk(steps: readonly number[]): Float64Array {
  let sum = 0;
  return Float64Array.from(steps, (step) => {
    if (Number.isFinite(step)) sum += step;
    return sum + step - step;
  });
}

describe('while samples arrive', () => {
  it('MTIE equals the batch result at every moment, also over gaps', () => {
    fc.assert(
      fc.property(SERIES, fc.integer({ min: 1, max: 400 }), (steps, look) => {
        const values = walk(steps);
        const streaming = new StreamingMtie({ tau0: 0.5, factors: FACTORS });
        values.forEach((value, i) => {
          streaming.push(value);
          if (i % look !== 0 && i !== values.length - 1) return;
          const seen = values.subarray(0, i + 1);
          const { points, ...rest } = mtie({ values: seen, tau0: 0.5 }, FACTORS);
          const { points: streamed, ...streamedRest } = streaming.curve();
          expect(streamedRest).toEqual(rest);
          expect(streamed.map(({ start: _, ...point }) => point)).toEqual(
            points.map(({ start: _, ...point }) => point),
          );
          for (const { start, m, value: peak } of streamed) {
            const window = seen.subarray(start, start + m + 1).filter(Number.isFinite);
            expect(Math.max(...window) - Math.min(...window)).toBeGreaterThanOrEqual(peak);
          }
        });
      }),
      { numRuns: 50 },
    );
  });

  it('OADEV and TDEV equal the batch results', () => {
    fc.assert(
      fc.property(SERIES, (steps) => {
        const values = walk(steps);
        const allan = new StreamingAdev({ tau0: 0.5, factors: FACTORS });
        const time = new StreamingTdev({ tau0: 0.5, factors: FACTORS });
        for (const value of values) {
          allan.push(value);
          time.push(value);
        }
        expect(allan.curve()).toEqual(oadev({ values, tau0: 0.5 }, FACTORS));
        expect(time.curve()).toEqual(tdev({ values, tau0: 0.5 }, FACTORS));
      }),
    );
  });

  it('the bracket holds MTIE of tau, and its upper side is within MTIE of the tau it states', () => {
    const factors = [1, 5, 16, 31, 64, 100];
    fc.assert(
      fc.property(SERIES, fc.boolean(), (steps, isWalk) => {
        const values = isWalk ? walk(steps) : Float64Array.from(steps);
        const bracket = new StreamingMtieBracket({ tau0: 2, factors });
        for (const value of values) bracket.push(value);
        const exact = mtie({ values, tau0: 2 }, factors).points;
        const brackets = bracket.brackets();
        expect(brackets.map(({ m, terms }) => [m, terms])).toEqual(exact.map(({ m, terms }) => [m, terms]));
        for (const [i, { low, high, highTau }] of brackets.entries()) {
          expect(low).toBeLessThanOrEqual(exact[i]!.value);
          expect(high).toBeGreaterThanOrEqual(exact[i]!.value);
          const [wider] = mtie(
            { values: Float64Array.from([...values, Number.NaN, ...Array(highTau / 2 + 1).fill(0)]), tau0: 2 },
            [highTau / 2],
          ).points;
          expect(high).toBeLessThanOrEqual(wider!.value);
        }
      }),
    );
  });

  it('states a bracket that is a sixteenth of tau wide', () => {
    const bracket = new StreamingMtieBracket({ tau0: 1, factors: [16_000] });
    for (let i = 0; i <= 16_000; i += 1) bracket.push(i);
    expect(bracket.brackets()[0]).toMatchObject({ m: 16_000, highTau: 16_999, terms: 1, low: 15_999, high: 16_000 });
  });

  it('TDEV does not drift away from the batch result over a million samples with fractions', () => {
    let state = 1;
    let sum = 0;
    const values = Float64Array.from({ length: 1e6 }, (_, i) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32 - 0.5;
      return sum / 3 + i * 12_345.678;
    });
    const streaming = new StreamingTdev({ tau0: 1, factors: [1, 64] });
    for (const value of values) streaming.push(value);
    const batch = tdev({ values, tau0: 1 }, [1, 64]).points;
    for (const [i, point] of streaming.curve().points.entries()) {
      expect(point.value / batch[i]!.value).toBeCloseTo(1, 7);
      expect(point.terms).toBe(batch[i]!.terms);
    }
  });

  it('has nothing to say before samples came', () => {
    for (const made of [StreamingMtie, StreamingAdev, StreamingTdev]) {
      const streaming = new made({ tau0: 1, factors: FACTORS });
      streaming.push(Number.NaN);
      expect(streaming.curve()).toMatchObject({ points: [], samples: 0, missing: 1, missingShare: 1 });
    }
    expect(new StreamingMtieBracket({ tau0: 1, factors: FACTORS }).brackets()).toEqual([]);
  });
});

it('a sliding range peeks at what a push would give, and forgets what has left the window', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 8 }),
      (values, length) => {
        const range = new SlidingRange(length);
        values.forEach((value, i) => {
          const peeked = range.peek(value, value);
          const window = values.slice(Math.max(0, i + 1 - length), i + 1);
          expect(range.push(value)).toBe(Math.max(...window) - Math.min(...window));
          expect(peeked).toBe(Math.max(...window) - Math.min(...window));
        });
      },
    ),
  );
});
