import { expect, it } from 'vitest';
import { ClockstatsError } from './clockstats-error.ts';
import { buildSeries, type SeriesChunk } from './series.ts';

function chunk(sequence: number, times: readonly bigint[], change: Partial<SeriesChunk> = {}): SeriesChunk {
  return {
    boot: 'boot-a',
    epoch: 'e1',
    sequence,
    monoRawNs: BigInt64Array.from(times),
    values: Float64Array.from(times, (_, i) => sequence * 10 + i),
    ...change,
  };
}

it('keeps time and values relative to the first sample of each boot', () => {
  const { segments, samples } = buildSeries([
    chunk(1, [5_000_000_000_000_000_001n, 5_000_000_000_000_000_002n]),
    chunk(2, [5_000_000_000_000_000_007n]),
    chunk(1, [3n, 4n], { boot: 'boot-b', epoch: 'e2' }),
  ]);
  expect(samples).toBe(5);
  expect(segments.map((s) => [s.boot, s.originMonoRawNs, [...s.timeNs], [...s.values]])).toEqual([
    ['boot-a', 5_000_000_000_000_000_001n, [0, 1, 6], [10, 11, 20]],
    ['boot-b', 3n, [0, 1], [10, 11]],
  ]);
});

it('takes 64-bit absolute differences from their first value, to the nanosecond', () => {
  const values = BigInt64Array.of(1_763_680_677_988_689_001n, 1_763_680_677_988_689_004n);
  const [segment] = buildSeries([chunk(1, [1n, 2n], { values })]).segments;
  expect(segment?.originValue).toBe(1_763_680_677_988_689_001n);
  expect([...(segment?.values ?? [])]).toEqual([0, 3]);
});

it('orders by monotonic time when records come out of order, also across epochs of one boot', () => {
  const [segment] = buildSeries([
    chunk(3, [30n, 40n], { epoch: 'e2' }),
    chunk(1, [10n, 20n]),
    chunk(2, [25n, 35n]),
  ]).segments;
  expect([...(segment?.timeNs ?? [])]).toEqual([-20, -10, -5, 0, 5, 10]);
  expect([...(segment?.values ?? [])]).toEqual([10, 11, 20, 30, 21, 31]);
});

it('refuses two samples of the same monotonic time and names both places', () => {
  const build = () => buildSeries([chunk(1, [10n, 20n]), chunk(9, [15n, 20n], { epoch: 'e2' })]);
  expect(build).toThrow(ClockstatsError);
  try {
    build();
  } catch (error) {
    expect((error as ClockstatsError).code).toBe('time_not_increasing');
    expect((error as ClockstatsError).places).toEqual([
      { boot: 'boot-a', epoch: 'e1', sequence: 1, row: 1, monoRawNs: 20n },
      { boot: 'boot-a', epoch: 'e2', sequence: 9, row: 1, monoRawNs: 20n },
    ]);
  }
});

it('refuses columns of different length', () => {
  expect(() => buildSeries([chunk(4, [1n, 2n], { values: new Float64Array(3) })])).toThrow('record 4');
});

it('is empty without samples', () => {
  expect(buildSeries([chunk(1, [])])).toEqual({ segments: [], samples: 0 });
});

it('takes ten million samples', () => {
  const rows = 100_000;
  function* chunks(): Generator<SeriesChunk> {
    for (let sequence = 0; sequence < 100; sequence += 1) {
      const monoRawNs = new BigInt64Array(rows);
      for (let row = 0; row < rows; row += 1) monoRawNs[row] = BigInt(sequence * rows + row);
      yield { boot: 'b', epoch: 'e', sequence, monoRawNs, values: new Float64Array(rows) };
    }
  }
  const { segments, samples } = buildSeries(chunks());
  expect(samples).toBe(10_000_000);
  expect(segments[0]?.timeNs.at(-1)).toBe(9_999_999);
});
