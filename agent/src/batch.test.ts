import { NS_PER_S, STREAMS } from '@ptp-tester/measurement';
import { describe, expect, test } from 'vitest';
import { Batcher } from './batch.ts';
import type { Reading } from './source.ts';

const RAW = { stream: 'raw', intervalNs: NS_PER_S } as const;

function reading(second: number, values: Reading['values'] = [5n, 40], key = ''): Reading {
  return { key, at: BigInt(second) * 1_000_000_000n + 7n, monoRawNs: BigInt(second) * 1_000_000_000n, values };
}

function batcher(maxSamples = 60, maxAgeS = 5) {
  return new Batcher({ generation: 3, maxSamples, maxAgeNs: maxAgeS * NS_PER_S });
}

test('keys that come and go for weeks are forgotten, and those in use tell their missed ticks all the same', () => {
  const batches = batcher(1);
  const sources = { stream: 'chrony_source', intervalNs: NS_PER_S } as const;
  const values = STREAMS.chrony_source.columns.slice(2).map(() => 0);
  let told = 0;
  for (let second = 0; second < 3000; second += 1) {
    batches.addSample(sources, reading(second, values, `10.0.${second >> 8}.${second & 255}`));
    if (second % 100 === 50) batches.addMissed('raw', 2);
    for (const { missedTicks } of batches.addSample(RAW, reading(second))) told += missedTicks;
  }
  expect(batches.rememberedSeries).toBeLessThanOrEqual(64);
  expect(told).toBe(60);
});

describe('closing', () => {
  test('a batch closes when it is full and holds its samples in columns of the declared kinds', () => {
    const batches = batcher(2);
    expect(batches.addSample(RAW, reading(1))).toEqual([]);
    expect(batches.addSample(RAW, reading(2, [6n, 41]))).toEqual([
      {
        kind: 'batch',
        stream: 'raw',
        key: '',
        generation: 3,
        intervalNs: NS_PER_S,
        missedTicks: 0,
        rows: 2,
        columns: [
          BigInt64Array.of(1_000_000_007n, 2_000_000_007n),
          BigInt64Array.of(1_000_000_000n, 2_000_000_000n),
          BigInt64Array.of(5n, 6n),
          Float64Array.of(40, 41),
        ],
      },
    ]);
  });

  test('every open batch closes once the oldest one has its age, so that one write takes them all', () => {
    const batches = batcher();
    batches.addSample(RAW, reading(10));
    batches.addSample({ stream: 'kernel', intervalNs: NS_PER_S }, reading(13, [0, 0, 0, 0, 0, 0]));
    expect(batches.deadlineMonoRawNs()).toBe(15_000_000_000n);
    expect(batches.closeAged(14_999_999_999n)).toEqual([]);
    expect(batches.closeAged(15_000_000_000n).map(({ stream }) => stream)).toEqual(['raw', 'kernel']);
    expect(batches.deadlineMonoRawNs()).toBeNull();
  });

  test('a plan change closes what was sampled under the old one', () => {
    const batches = batcher();
    batches.addSample(RAW, reading(1));
    const closed = batches.setRules({ generation: 4, maxSamples: 60, maxAgeNs: NS_PER_S });
    expect(closed.map(({ generation, rows }) => [generation, rows])).toEqual([[3, 1]]);
    batches.addSample(RAW, reading(2));
    expect(batches.closeAll().map(({ generation }) => generation)).toEqual([4]);
  });

  test('another interval closes the batch', () => {
    const batches = batcher();
    batches.addSample(RAW, reading(1));
    const closed = batches.addSample({ ...RAW, intervalNs: 2 * NS_PER_S }, reading(3));
    expect(closed.map(({ intervalNs }) => intervalNs)).toEqual([NS_PER_S]);
  });

  test('each key of a stream has its own batch', () => {
    const batches = batcher();
    const sampled = { stream: 'chrony_source', intervalNs: NS_PER_S } as const;
    const values = STREAMS.chrony_source.columns.slice(2).map(() => 0);
    for (const key of ['PHC0', '169.254.169.123']) batches.addSample(sampled, reading(1, values, key));
    expect(batches.closeAll().map(({ key }) => key)).toEqual(['PHC0', '169.254.169.123']);
  });
});

describe('missed ticks', () => {
  test('are told by the batch whose sample followed them, and only once', () => {
    const batches = batcher(2);
    batches.addMissed('raw', 2);
    batches.addSample(RAW, reading(3));
    batches.addMissed('raw', 1);
    expect(batches.addSample(RAW, reading(5))[0]?.missedTicks).toBe(3);
    batches.addSample(RAW, reading(6));
    batches.addMissed('raw', 4);
    expect(batches.closeAll()[0]?.missedTicks).toBe(0);
    batches.addSample(RAW, reading(11));
    expect(batches.closeAll()[0]?.missedTicks).toBe(4);
  });

  test('after the last sample are left for the caller to tell', () => {
    const batches = batcher();
    batches.addSample(RAW, reading(1));
    batches.addMissed('raw', 3);
    batches.addMissed('host', 1);
    batches.closeAll();
    expect(batches.missedSinceLastSample()).toEqual({ raw: 3, host: 1 });
  });
});

test('values that do not fit the stream are the source’s fault', () => {
  expect(() => batcher().addSample(RAW, reading(1, [1n]))).toThrow(RangeError);
});

test('a large limit on samples costs no memory at a slow cadence', () => {
  const batches = batcher(4096, 5);
  batches.addSample({ stream: 'host', intervalNs: 10 * NS_PER_S }, reading(1, [0, 0, 0, 0, 0n, 0]));
  expect(batches.closeAll()[0]?.columns[0]?.buffer.byteLength).toBeLessThan(100);
});
