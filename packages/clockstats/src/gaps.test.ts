import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type TickChunk, TickCounter, ticksWithin } from './gaps.ts';

const SECOND = 1_000_000_000;

function chunk(seconds: readonly number[], change: Partial<TickChunk> = {}): TickChunk {
  const monoRawNs = BigInt64Array.from(seconds, (s) => BigInt(Math.round(s * SECOND)));
  return {
    boot: 'b',
    epoch: 'e',
    sequence: 1,
    intervalNs: SECOND,
    monoRawNs,
    at: monoRawNs.map((time) => time + 1_700_000_000_000_000_000n),
    ...change,
  };
}

it('finds nothing missing in a loop that is on time', () => {
  const counter = new TickCounter();
  expect(counter.add(chunk([0, 1, 2]))).toEqual({ samples: 3, leadingMissing: 0, innerMissing: 0, holes: [] });
  expect(counter.add(chunk([3, 4]))).toEqual({ samples: 2, leadingMissing: 0, innerMissing: 0, holes: [] });
});

it('says between which samples ticks are missing, inside a record and between two', () => {
  const counter = new TickCounter();
  const first = counter.add(chunk([0, 1, 4]));
  expect([first.leadingMissing, first.innerMissing]).toEqual([0, 2]);
  expect(first.holes).toEqual([
    {
      fromMonoRawNs: 1_000_000_000n,
      toMonoRawNs: 4_000_000_000n,
      fromAt: 1_700_000_001_000_000_000n,
      toAt: 1_700_000_004_000_000_000n,
      intervalNs: SECOND,
      missingTicks: 2,
    },
  ]);
  const second = counter.add(chunk([6, 7]));
  expect([second.leadingMissing, second.innerMissing, second.holes.length]).toEqual([1, 0, 1]);
});

it('forgives a sample that is late by up to 0.95 of the interval', () => {
  const counter = new TickCounter();
  const ticks = counter.add(chunk([0, 1, 2.95, 3, 4.95, 5.9, 6.9, 7, 8]));
  expect([ticks.innerMissing, ticks.holes]).toEqual([0, []]);
});

it('counts over a change of the interval: the old one holds up to the first sample of the new one', () => {
  const counter = new TickCounter();
  counter.add(chunk([0, 1, 2]));
  const after = counter.add(chunk([5.5, 5.75, 6.5], { intervalNs: SECOND / 4 }));
  expect([after.leadingMissing, after.innerMissing]).toEqual([2, 2]);
});

it('never finds a missing tick in an irregular stream', () => {
  expect(new TickCounter().add(chunk([0, 1, 100], { intervalNs: 0 }))).toMatchObject({ innerMissing: 0, holes: [] });
});

it('follows a loop whose clock is slewed by 90 ppm for a day', () => {
  const counter = new TickCounter();
  let missing = 0;
  for (let minute = 0; minute < 1440; minute += 1) {
    const ticks = counter.add(chunk(Array.from({ length: 60 }, (_, i) => (minute * 60 + i) * 1.00009 + 5)));
    missing += ticks.leadingMissing + ticks.innerMissing;
  }
  expect(missing).toBe(0);
});

it('refuses a sample that is not later than the one before and names it', () => {
  const counter = new TickCounter();
  counter.add(chunk([0, 1]));
  expect(() => counter.add(chunk([1], { sequence: 7 }))).toThrow('epoch e, record 7, row 0: mono_raw 1000000000 ns');
});

it.each([
  [0.97, 0],
  [0.99, 1],
  [3.2, 3],
  [9600.51, 9601],
  [9600.49, 9600],
])('counts %f intervals as %i ticks', (intervals, ticks) => {
  expect(ticksWithin(intervals * SECOND, SECOND)).toBe(ticks);
});

it('counts exactly what a loop with jitter, drift and missed ticks left out, however the samples are cut into records', () => {
  const loop = fc.record({
    // Per tick: whether it is missed, and how late it is (share of the interval).
    ticks: fc.array(fc.record({ missed: fc.boolean(), late: fc.double({ min: 0, max: 0.3, noNaN: true }) }), {
      minLength: 3,
      maxLength: 300,
    }),
    ppm: fc.integer({ min: -50, max: 50 }),
    recordRows: fc.integer({ min: 1, max: 60 }),
    intervalMs: fc.constantFrom(10, 250, 1000, 10_000),
  });
  fc.assert(
    fc.property(loop, ({ ticks, ppm, recordRows, intervalMs }) => {
      const intervalNs = intervalMs * 1e6;
      // The phase is known from a first sample that is on time.
      const kept = ticks.flatMap((tick, i) => (tick.missed && i > 0 ? [] : [{ i, late: i === 0 ? 0 : tick.late }]));
      const times = kept.map(({ i, late }) => ((i * (1 + ppm * 1e-6) + late) * intervalNs) / SECOND);
      const counter = new TickCounter();
      let found = 0;
      for (let from = 0; from < times.length; from += recordRows) {
        const result = counter.add(chunk(times.slice(from, from + recordRows), { intervalNs }));
        found += result.leadingMissing + result.innerMissing;
      }
      expect(found).toBe(kept.at(-1)!.i + 1 - kept.length);
    }),
  );
});
