import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptRecord } from './accept-record.ts';

describe('acceptRecord', () => {
  it.each([
    [0, 1, 1, true, 'store'],
    [4, 5, 5, true, 'store'],
    [4, 5, 5, false, 'nack'],
    [4, 4, 4, true, 'duplicate'],
    [4, 2, 2, false, 'duplicate'],
    [4, 6, 6, true, 'hole'],
    [4, 6, 6, false, 'hole'],
    [4, 5, 9, true, 'store'],
    [4, 2, 9, true, 'store'],
    [4, 6, 9, true, 'hole'],
    [4, 1, 4, true, 'duplicate'],
  ] as const)('with %i stored, %i..%i (sound: %s) is: %s', (...[through, firstSequence, sequence, sound, expected]) => {
    expect(acceptRecord(through, { firstSequence, sequence, sound })).toBe(expected);
  });

  it('takes every record once, whatever is repeated or comes too early, as long as the next one is sent again', () => {
    const arrivals = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 });
    fc.assert(
      fc.property(arrivals, (sequences) => {
        const stored: number[] = [];
        for (const sequence of [...sequences, ...Array.from({ length: 12 }, (_, index) => index + 1)]) {
          const place = { firstSequence: sequence, sequence, sound: true };
          if (acceptRecord(stored.length, place) === 'store') stored.push(sequence);
        }
        expect(stored).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
      }),
    );
  });
});
