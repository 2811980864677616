import { expect, test } from 'vitest';
import { parseMaxClockError } from './max-clock-error.ts';

test.each([
  { text: 'maxclockerror 50\n', expected: { ppm: 50, isSet: true } },
  { text: 'driftfile /x\n  MaxClockError 0.5\nmaxclockerror 1\n', expected: { ppm: 1, isSet: true } },
  { text: '# maxclockerror 50\n', expected: { ppm: 1, isSet: false } },
  { text: 'maxclockerror fifty\n', expected: { ppm: 1, isSet: false } },
  { text: '', expected: { ppm: 1, isSet: false } },
])('$text gives $expected', ({ text, expected }) => {
  expect(parseMaxClockError(text)).toEqual(expected);
});
