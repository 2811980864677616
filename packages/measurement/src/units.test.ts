/** Conversions of units: the sign stays, the unit changes, and the result is a whole nanosecond. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msToNs, NS_PER_MS, NS_PER_S, NS_PER_US, nanoseconds, partsPerBillion, secondsToNs } from './index.ts';

describe('a conversion', () => {
  it.each([
    [secondsToNs(1), 1_000_000_000],
    [secondsToNs(-0.000_000_184), -184],
    [secondsToNs(0.000_000_000_6), 1],
    [msToNs(250), 250_000_000],
    [msToNs(-1.5), -1_500_000],
  ])('gives %d', (converted, ns) => {
    expect(converted).toBe(ns);
  });

  it('keeps sign and whole nanoseconds for every length up to 104 days', () => {
    fc.assert(
      fc.property(fc.double({ min: -9e6, max: 9e6, noNaN: true }), (seconds) => {
        const ns = secondsToNs(seconds);
        expect(Number.isInteger(ns)).toBe(true);
        expect(Math.abs(ns - seconds * NS_PER_S)).toBeLessThanOrEqual(1);
        if (Math.abs(seconds) > 1e-9) expect(Math.sign(ns)).toBe(Math.sign(seconds));
      }),
    );
  });

  it('is consistent between its units', () => {
    expect(NS_PER_S).toBe(1000 * NS_PER_MS);
    expect(NS_PER_MS).toBe(1000 * NS_PER_US);
    fc.assert(fc.property(fc.integer(), (ms) => msToNs(ms) === ms * NS_PER_MS));
  });

  it('costs nothing: a unit is a type, not a wrapper', () => {
    expect(nanoseconds(184)).toBe(184);
    expect(partsPerBillion(-12.3)).toBe(-12.3);
  });
});
