import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CrossTimestamp, isTorn, offsetNs } from './cross-timestamp.ts';
import { estimateOffset } from './estimate-offset.ts';
import type { PhcBurst } from './phc-clock.ts';

const NOW = 1_795_216_636_938_605_226n;
const RAW = 77_000_000_000_000n;

/** A reading of a PHC against a system clock that is `ahead` of it. */
function reading(ahead: number, delay: number, startedAt = 0): CrossTimestamp {
  const start = BigInt(startedAt);
  const pre = NOW + start;
  return {
    rawBeforeNs: RAW + start - 100n,
    preNs: pre,
    phcNs: pre + BigInt(delay / 2) - BigInt(ahead),
    postNs: pre + BigInt(delay),
    rawAfterNs: RAW + start + BigInt(delay) + 100n,
  };
}

function burst(readings: readonly CrossTimestamp[], failed = 0): PhcBurst {
  return { method: 'extended', readings, failed, errno: failed > 0 ? 16 : 0 };
}

test('a system clock ahead of the PHC has a positive offset', () => {
  expect(offsetNs(reading(184, 5000))).toBe(184);
  expect(offsetNs(reading(-184, 5000))).toBe(-184);
});

test('the reading with the smallest delay gives the sample, the others the spread', () => {
  const result = estimateOffset(burst([reading(900, 9000), reading(100, 4000, 20_000), reading(300, 6000, 40_000)], 1));
  expect(result).toEqual({
    ok: true,
    estimate: {
      at: NOW + 22_000n,
      monoRawNs: RAW + 22_000n,
      offsetNs: 100,
      readDelayNs: 4000,
      burstSpreadNs: 800,
      phcMinusRawNs: NOW + 22_000n - 100n - (RAW + 22_000n),
      rawBracketNs: 4200,
      readingsOk: 3,
      readingsFailed: 1,
    },
  });
});

test('a burst without a reading has no estimate', () => {
  expect(estimateOffset(burst([], 1))).toEqual({ ok: false, reason: 'no_reading' });
});

test('clocks that are decades apart are refused instead of being rounded', () => {
  const unset = { ...reading(0, 4000), phcNs: 5_000_000_000n };
  expect(estimateOffset(burst([unset]))).toEqual({ ok: false, reason: 'offset_too_large' });
});

test('a bracket that a step of the system clock tore apart counts as failed', () => {
  const backwards = { ...reading(0, 4000), postNs: NOW - 1_000_000n };
  const forwards = { ...reading(0, 4000), postNs: NOW + 1_000_000n };
  expect(isTorn(backwards)).toBe(true);
  expect(isTorn(forwards)).toBe(true);
  const result = estimateOffset(burst([backwards, reading(50, 8000), forwards]));
  expect(result).toMatchObject({ ok: true, estimate: { offsetNs: 50, readingsOk: 1, readingsFailed: 2 } });
  expect(estimateOffset(burst([backwards]))).toEqual({ ok: false, reason: 'no_reading' });
});

test('a latched reading, whose brackets have no width, is not torn', () => {
  const latched = { rawBeforeNs: RAW, preNs: NOW, phcNs: NOW - 7n, postNs: NOW, rawAfterNs: RAW };
  expect(estimateOffset(burst([latched]))).toMatchObject({ ok: true, estimate: { offsetNs: 7, readDelayNs: 0 } });
});

test('wherever within the bracket the PHC was read, the offset is wrong by half the delay at most', () => {
  const cases = fc.record({
    ahead: fc.integer({ min: -1e12, max: 1e12 }),
    delay: fc.integer({ min: 0, max: 1e6 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(cases, ({ ahead, delay, share }) => {
      const readAt = NOW + BigInt(Math.round(delay * share));
      const one = {
        rawBeforeNs: RAW,
        preNs: NOW,
        phcNs: readAt - BigInt(ahead),
        postNs: NOW + BigInt(delay),
        rawAfterNs: RAW + BigInt(delay),
      };
      expect(Math.abs(offsetNs(one) - ahead)).toBeLessThanOrEqual(delay / 2 + 0.5);
    }),
  );
});
