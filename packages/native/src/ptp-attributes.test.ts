import { expect, test } from 'vitest';
import { namePtpAttributes } from './ptp-attributes.ts';

const CASES = [
  { name: 'ENA: the bound alone', words: [1, 14_000, 9, 9], bound: 14_000, status: null, timescale: null },
  { name: 'everything', words: [7, 900, 4, 2], bound: 900, status: 'synchronized', timescale: 4 },
  { name: 'a bound in holdover', words: [5, 900, 0, 3], bound: 900, status: 'holdover', timescale: null },
  { name: 'a broken clock', words: [5, 900, 0, 5], bound: null, status: 'unreliable', timescale: null },
  { name: 'an unknown status', words: [5, 900, 0, 0], bound: null, status: 'unknown', timescale: null },
  { name: 'a status of a later kernel', words: [5, 900, 0, 77], bound: null, status: 'unknown', timescale: null },
  { name: 'a large bound', words: [1, 4_294_967_294, 0, 0], bound: 4_294_967_294, status: null, timescale: null },
  {
    name: 'the value that says "no bound"',
    words: [1, 4_294_967_295, 0, 0],
    bound: null,
    status: null,
    timescale: null,
  },
  { name: 'nothing', words: [0, 900, 4, 2], bound: null, status: null, timescale: null },
] as const;

test.each(CASES)('the attributes of $name', ({ words, bound, status, timescale }) => {
  expect(namePtpAttributes(BigInt64Array.from(words, BigInt))).toEqual({ errorBoundNs: bound, status, timescale });
});
