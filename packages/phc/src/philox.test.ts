/** Philox against the published known answers (Random123, kat_vectors, philox4x32 10). */
import { expect, test } from 'vitest';
import { type PhiloxBlock, type PhiloxKey, philox, toNormal, toUniform } from './philox.ts';

const KNOWN: readonly { key: PhiloxKey; counter: PhiloxBlock; answer: PhiloxBlock }[] = [
  { key: [0, 0], counter: [0, 0, 0, 0], answer: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    key: [0xffffffff, 0xffffffff],
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    answer: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    key: [0xa4093822, 0x299f31d0],
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    answer: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

test.each(KNOWN)('key $key gives the published words', ({ key, counter, answer }) => {
  expect(philox(key, counter)).toEqual(answer);
});

test('uniform numbers never reach 0 or 1, so their logarithm is finite', () => {
  expect(toUniform(0)).toBeGreaterThan(0);
  expect(toUniform(0xffffffff)).toBeLessThan(1);
});

test('normal numbers have mean 0 and standard deviation 1', () => {
  const values = Array.from({ length: 20_000 }, (_, i) => {
    const [first, second] = philox([7, 7], [i, 0, 0, 0]);
    return toNormal(first, second);
  });
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  // Five standard errors: 5 / sqrt(20000) and 5 / sqrt(40000).
  expect(Math.abs(mean)).toBeLessThan(0.036);
  expect(Math.abs(deviation - 1)).toBeLessThan(0.026);
});
