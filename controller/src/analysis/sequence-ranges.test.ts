import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRanges, intersectRanges, normalizeRanges, subtractRanges } from './sequence-ranges.ts';

const ranges = fc.array(
  fc
    .record({ first: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 1, max: 8 }) })
    .map(({ first, length }) => ({
      first,
      last: first + length - 1,
    })),
  { maxLength: 8 },
);

function numbersOf(list: readonly { first: number; last: number }[]): number[] {
  const numbers = list.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  return [...new Set(numbers)].sort((a, b) => a - b);
}

describe('ranges of sequences', () => {
  it('are sets of numbers: joining, subtracting and intersecting agree with plain sets', () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        const others = new Set(numbersOf(b));
        expect(numbersOf(normalizeRanges(a))).toEqual(numbersOf(a));
        expect(numbersOf(subtractRanges(a, b))).toEqual(numbersOf(a).filter((number) => !others.has(number)));
        expect(numbersOf(intersectRanges(a, b))).toEqual(numbersOf(a).filter((number) => others.has(number)));
        expect(countRanges(normalizeRanges(a))).toBe(numbersOf(a).length);
      }),
    );
  });

  it('joins neighbours', () => {
    expect(
      normalizeRanges([
        { first: 4, last: 6 },
        { first: 1, last: 3 },
      ]),
    ).toEqual([{ first: 1, last: 6 }]);
  });
});
