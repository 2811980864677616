/** 64-bit columns as doubles. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { int64AsNumbers, writeInt64Distances } from './int64-distances.ts';

const signed = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const unsigned = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test('distances of neighbouring instants are those of bigint arithmetic', () => {
  const near = fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n });
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), fc.array(near), (origin, distances) => {
      const values = new Float64Array(distances.length + 3).fill(7);
      writeInt64Distances(
        BigInt64Array.from(distances, (distance) => origin + distance),
        origin,
        { values, at: 2 },
      );
      expect([...values]).toEqual([7, 7, ...distances.map((distance) => Number(distance) + 0), 7]);
    }),
  );
});

test('any 64-bit value becomes the nearest double', () => {
  fc.assert(
    fc.property(fc.array(signed), fc.array(unsigned), (some, others) => {
      expect([...int64AsNumbers(BigInt64Array.from(some))]).toEqual(some.map(Number));
      expect([...int64AsNumbers(BigUint64Array.from(others))]).toEqual(others.map(Number));
    }),
  );
});
