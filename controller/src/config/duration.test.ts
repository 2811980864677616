import { describe, expect, it } from 'vitest';
import { durationText, formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['20s', 20],
    ['90m', 5400],
    ['1h30m', 5400],
    ['14d', 1_209_600],
    ['3w', 1_814_400],
    ['0.5h', 1800],
    ['24m 28s', 1468],
  ])('reads %s as %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '20', 's', '-5s', '0s', '20 s', '1y', '1e3s', 'Infinitys'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

it.each([
  [0, '0s'],
  [1468, '24m 28s'],
  [604_800, '7d'],
  [93_784, '1d 2h 3m 4s'],
])('says %d seconds as %s, which can be read again', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
  expect(parseDuration(text)).toBe(seconds === 0 ? null : seconds);
});

describe('formatDuration', () => {
  it.each([
    [0, '00:00'],
    [65.4, '01:05'],
    [3661, '01:01:01'],
    [93_784, '1d 02:03:04'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
