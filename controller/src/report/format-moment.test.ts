import { expect, it } from 'vitest';
import { formatMoment } from './format-moment.ts';

it('says the instant where the log has the time of day', () => {
  expect(formatMoment(1_795_134_300_000_000_000n)).toBe('2026-11-20T00:25:00.000Z');
});

it('says nanoseconds of the log where it has a clock that began with the machine', () => {
  expect(formatMoment(1_500_000_000n)).toBe('1500000000 ns');
});
