import { describe, expect, it } from 'vitest';
import { clockErrorBoundNs } from './clock-error-bound.ts';
import { isFreeRunning, type Tracking } from './tracking.ts';

const tracking: Tracking = {
  refid: 0x50484330,
  name: 'PHC0',
  stratum: 1,
  leapStatus: 0,
  refTimeNs: 1_000_000_000_000n,
  currentCorrection: -125e-9,
  lastOffset: -1e-9,
  rmsOffset: 26e-9,
  freqPpm: 0,
  residFreqPpm: 0,
  skewPpm: 0.003,
  rootDelay: 10e-6,
  rootDispersion: 47e-6,
  lastUpdateInterval: 2,
};

describe('the clock error bound', () => {
  it('is |system time| + root dispersion + root delay / 2', () => {
    expect(clockErrorBoundNs(tracking, { selected: false, errorBoundNs: 9 })).toBe(125 + 47_000 + 5000);
  });

  it('has the own bound of the PHC added where that is the reference, and is missing where it is not known', () => {
    expect(clockErrorBoundNs(tracking, { selected: true, errorBoundNs: 15_000 })).toBe(52_125 + 15_000);
    expect(clockErrorBoundNs(tracking, { selected: true, errorBoundNs: null })).toBeNaN();
  });

  it('is missing while chronyd is not synchronised', () => {
    expect(clockErrorBoundNs({ ...tracking, leapStatus: 3 }, { selected: true, errorBoundNs: 15_000 })).toBeNaN();
  });
});

describe('a clock without updates', () => {
  it('is followed up to eight update intervals', () => {
    expect(isFreeRunning(tracking, tracking.refTimeNs + 16_000_000_000n)).toBe(false);
  });

  it('is free running after more than eight update intervals', () => {
    expect(isFreeRunning(tracking, tracking.refTimeNs + 16_000_000_001n)).toBe(true);
  });

  it.each([
    { what: 'the first update, whose interval chronyd gives as 0', lastUpdateInterval: 0, followedS: 128 },
    { what: 'a second update right after the first', lastUpdateInterval: 0.01, followedS: 8 },
  ])('is not yet free running seconds after $what', ({ lastUpdateInterval, followedS }) => {
    const started = { ...tracking, lastUpdateInterval };
    const after = (seconds: number) => started.refTimeNs + BigInt(seconds) * 1_000_000_000n;
    expect(isFreeRunning(started, after(followedS))).toBe(false);
    expect(isFreeRunning(started, after(followedS + 1))).toBe(true);
  });

  it('is free running when chronyd says it is not synchronised', () => {
    expect(isFreeRunning({ ...tracking, leapStatus: 3 }, tracking.refTimeNs)).toBe(true);
  });
});
