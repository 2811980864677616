import { expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from './byte-size.ts';
import { parseRetention } from './retention.ts';

const NAMES = { retainFor: '--retain-for', retainSize: '--retain-size' };

it.each([
  ['500MB', 500e6],
  ['1.5TB', 1.5e12],
  ['64GiB', 64 * 2 ** 30],
  ['2 GB', 2e9],
])('reads the size %s', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

it.each(['', '500', 'GB', '0GB', '-1GB', '5kB', '1e3GB', '5 gb'])('does not take %j for a size', (text) => {
  expect(parseByteSize(text)).toBeNull();
});

it('shows sizes for people', () => {
  expect([20_000, 1.25e9, 3e12].map(formatByteSize)).toEqual(['0.0 MB', '1.3 GB', '3.0 TB']);
});

it('keeps for ever what is not given, and names every fault', () => {
  expect(parseRetention({}, NAMES)).toEqual({ maxAgeMs: null, maxBytes: null });
  expect(parseRetention({ retainFor: '12w', retainSize: '1GB' }, NAMES)).toEqual({
    maxAgeMs: 12 * 7 * 86_400_000,
    maxBytes: 1e9,
  });
  const problems = parseRetention({ retainFor: '90', retainSize: 'much' }, NAMES);
  expect(problems).toMatchObject([{ field: '--retain-for' }, { field: '--retain-size' }]);
});
