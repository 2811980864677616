/** Instants against JavaScript's own dates, and the limits of what a double can hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addNs, differenceNs, formatInstant, instant, instantFromMs, instantToMs } from './index.ts';

const FIRST_MS = Date.UTC(-1, 0, 1);
const LAST_MS = Date.UTC(9999, 11, 31);

describe('formatInstant', () => {
  it('agrees with Date.toISOString at random instants of the years 0 to 9999', () => {
    const ms = fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: LAST_MS });
    fc.assert(
      fc.property(ms, fc.integer({ min: 0, max: 999_999 }), (milliseconds, rest) => {
        const text = formatInstant(BigInt(milliseconds) * 1_000_000n + BigInt(rest));
        const expected = new Date(milliseconds).toISOString().replace('Z', `${String(rest).padStart(6, '0')}Z`);
        expect(text).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    [0n, '1970-01-01T00:00:00.000000000Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [951_782_400_000_000_000n, '2000-02-29T00:00:00.000000000Z'],
    [4_107_542_400_000_000_001n, '2100-03-01T00:00:00.000000001Z'],
    [1_795_131_477_988_689_000n, '2026-11-19T23:37:57.988689000Z'],
  ])('writes %s as %s', (at, text) => {
    expect(formatInstant(at)).toBe(text);
  });

  it('keeps each nanosecond, which a double would not', () => {
    const at = 1_795_131_477_000_000_000n;
    const texts = new Set(Array.from({ length: 300 }, (_, ns) => formatInstant(at + BigInt(ns))));
    expect(texts.size).toBe(300);
  });
});

describe('an instant', () => {
  it('goes from and to milliseconds within a microsecond', () => {
    const ms = fc.double({ min: FIRST_MS, max: LAST_MS, noNaN: true });
    fc.assert(
      fc.property(ms, (milliseconds) => {
        expect(Math.abs(instantToMs(instantFromMs(milliseconds)) - milliseconds)).toBeLessThanOrEqual(0.001);
      }),
    );
  });

  it('gives exact differences up to 104 days, positive when the first one is later', () => {
    const start = instant(1_795_131_477_000_000_000n);
    fc.assert(
      fc.property(fc.maxSafeInteger(), (ns) => {
        expect(differenceNs(addNs(start, ns), start)).toBe(ns);
      }),
    );
    expect(differenceNs(5n, 3n)).toBe(2);
    expect(differenceNs(3n, 5n)).toBe(-2);
  });
});
