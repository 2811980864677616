/** Samples in memory: ordered by monotonic time within a boot, whatever the order in which their records came. */
import { describe, expect, it } from 'vitest';
import { firstRowFrom, KeptColumns, keptColumn } from './kept-columns.ts';
import { BOOTED_AT, every, INSTANCE_ID, madeBatch, SECOND } from './made-run.fixture.ts';

const ID = { instanceId: INSTANCE_ID, stream: 'raw', key: '' } as const;

function rawBatch(sequence: number, times: readonly number[]) {
  const columns = { offset_ns: (row: number) => 1_000_000 + sequence * 10 + row, bracket_ns: () => sequence };
  return madeBatch({ stream: 'raw', sequence, times, columns });
}

describe('KeptColumns', () => {
  it('orders records that came late, and keeps 64-bit columns from an origin', () => {
    const kept = new KeptColumns(ID, ['offset_ns', 'bracket_ns'], 0);
    for (const batch of [rawBatch(3, every(1, 20, 21)), rawBatch(2, every(1, 20, 1))]) kept.add(batch, 'boot');
    const { segments, samples, problem } = kept.finish();
    expect([samples, problem, segments.length]).toEqual([40, null, 1]);
    const [segment] = segments;
    if (segment === undefined) throw new Error('no segment');
    expect([...segment.timeNs]).toEqual(every(1, 40).map((s) => s * SECOND));
    expect(keptColumn(segment, 'bracket_ns')[0]).toBe(2);
    expect((segment.origins.get('offset_ns') ?? 0n) + BigInt(keptColumn(segment, 'offset_ns')[0] ?? 0)).toBe(
      1_000_020n,
    );
    expect(segment.atOf(0)).toBe(BOOTED_AT + BigInt(SECOND));
    expect(segment.intervalNsAt(25)).toBe(SECOND);
  });

  it('parts boots, leaves out samples that are not later, and says which record they came from', () => {
    const kept = new KeptColumns(ID, ['offset_ns'], 4);
    kept.add(rawBatch(2, [1, 2, 3]), 'one');
    kept.add(rawBatch(3, [3, 4]), 'one');
    kept.add(rawBatch(4, [1, 2]), 'two');
    const { segments, problem } = kept.finish();
    expect(segments.map(({ boot, timeNs }) => [boot, timeNs.length])).toEqual([
      ['one', 4],
      ['two', 2],
    ]);
    expect(problem).toBe('record 3: a sample is not later than the one before it');
  });

  it('finds a row by its time', () => {
    const times = Float64Array.of(0, 10, 20);
    expect([-1, 0, 1, 20, 21].map((time) => firstRowFrom(times, time))).toEqual([0, 0, 1, 2, 3]);
  });
});
