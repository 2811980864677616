import { expect, it } from 'vitest';
import type { StoredBatch, StoredLoss } from '../store/sample-store.ts';
import { BOOTED_AT, EPOCH, every, INSTANCE_ID, type MadeBatch, madeBatch, SECOND } from './made-run.fixture.ts';
import { type AccountantOptions, type MeasuringEnd, SeriesAccountant } from './series-accountant.ts';

const SECOND_EPOCH = '00000000000000bb';

function accountOf(
  batches: readonly StoredBatch[],
  change: Partial<AccountantOptions> = {},
  end: MeasuringEnd | null = null,
) {
  const accountant = new SeriesAccountant({
    series: { instanceId: INSTANCE_ID, stream: 'raw', key: '' },
    keyed: false,
    boots: new Map([
      [EPOCH, 'boot-a'],
      [SECOND_EPOCH, 'boot-a'],
    ]),
    losses: [],
    nacks: [],
    ...change,
  });
  for (const batch of batches) accountant.add(batch);
  return accountant.finish(end);
}

function raw(sequence: number, times: readonly number[], change: Partial<MadeBatch> = {}): StoredBatch {
  return madeBatch({ stream: 'raw', sequence, times, ...change });
}

function loss(change: Partial<StoredLoss>): StoredLoss {
  return {
    instanceId: INSTANCE_ID,
    epoch: EPOCH,
    sequence: 2,
    stream: 'raw',
    key: '',
    samples: 1,
    fromAt: 0n,
    toAt: 0n,
    fromMonoRawNs: 0n,
    toMonoRawNs: 0n,
    reason: 'spool_full',
    ...change,
  };
}

function endAt(seconds: number, epoch = EPOCH): MeasuringEnd {
  const monoRawNs = BigInt(seconds * SECOND);
  return { epoch, monoRawNs, at: BOOTED_AT + monoRawNs };
}

it('has everything stored and nothing missing when every tick brought a sample', () => {
  const { account, gaps } = accountOf([raw(1, every(1, 5)), raw(2, every(1, 5, 5))]);
  expect(account).toMatchObject({ expected: 10, stored: 10, missed: 0, unaccounted: 0, shareStored: 1 });
  expect(gaps).toEqual({ items: [], total: 0 });
});

it('books ticks that the agent says it missed, inside a batch and before it', () => {
  const { account, gaps } = accountOf([raw(1, [0, 1, 3]), raw(2, [6, 7])].map((b, i) => withMissed(b, [1, 2][i]!)));
  expect(account).toMatchObject({ expected: 8, stored: 5, missed: 3, unaccounted: 0, shareStored: 5 / 8 });
  expect(gaps.items.map((gap) => [gap.cause, gap.missingTicks, gap.lengthNs])).toEqual([
    ['missed', 1, 2 * SECOND],
    ['missed', 2, 3 * SECOND],
  ]);
});

it('calls a hole that nobody speaks of unaccounted', () => {
  const { account, gaps } = accountOf([raw(1, [0, 1]), raw(2, [5, 6, 8])]);
  expect(account).toMatchObject({ expected: 9, stored: 5, missed: 0, unaccounted: 4 });
  expect(gaps.items.map(({ cause, missingTicks }) => [cause, missingTicks])).toEqual([
    ['unexplained', 3],
    ['unexplained', 1],
  ]);
});

it('shows it as negative when more is said to be missing than is', () => {
  expect(accountOf([withMissed(raw(1, [0, 1, 2]), 0), withMissed(raw(2, [3]), 2)]).account.unaccounted).toBe(-2);
});

it('books samples that a gap record names as lost, and what else is missing there as missed in the loss', () => {
  const { account, gaps } = accountOf([raw(1, [0, 1]), raw(3, [10, 11])], { losses: [loss({ samples: 6 })] });
  expect(account).toMatchObject({ expected: 12, stored: 4, lost: 6, missedInLosses: 2, unaccounted: 0 });
  expect(gaps.items).toHaveLength(1);
  expect(gaps.items[0]).toMatchObject({ cause: 'lost', missingTicks: 8, fromAt: BOOTED_AT + 1_000_000_000n });
});

it('counts losses before the first and after the last stored sample', () => {
  const losses = [loss({ sequence: 1, samples: 5 }), loss({ sequence: 9, samples: 7 })];
  const { account } = accountOf([raw(2, [5, 6])], { losses }, endAt(13));
  expect(account).toMatchObject({ expected: 14, stored: 2, lost: 12, endedEarly: 0, unaccounted: 0 });
});

it('counts a series of which everything was lost', () => {
  const { account } = accountOf([], { losses: [loss({ samples: 30 })] });
  expect(account).toMatchObject({ expected: 30, stored: 0, lost: 30, unaccounted: 0, shareStored: 0 });
});

it('adds ticks that were missed before the very first sample to what was expected', () => {
  expect(accountOf([withMissed(raw(1, [4, 5]), 3)]).account).toMatchObject({
    expected: 5,
    stored: 2,
    missed: 3,
    unaccounted: 0,
  });
});

it('books the time between two lives of the agent, less what the second says it missed', () => {
  const batches = [raw(1, [0, 1, 2]), withMissed(raw(1, [7.4, 8.4], { epoch: SECOND_EPOCH }), 1)];
  const { account, gaps } = accountOf(batches);
  expect(account).toMatchObject({ expected: 9, stored: 5, missed: 1, restart: 3, unaccounted: 0 });
  expect(gaps.items).toMatchObject([{ cause: 'agent_restart', missingTicks: 4 }]);
});

it('measures a reboot on the system clock, because monotonic time begins again', () => {
  const boots = new Map([
    [EPOCH, 'boot-a'],
    [SECOND_EPOCH, 'boot-b'],
  ]);
  const before = raw(1, [100, 101]);
  const after = raw(1, [3, 4], { epoch: SECOND_EPOCH });
  // The new boot's times are 3 s and 4 s after its own start, at 120 s of the old boot's time.
  for (const [row] of [0, 1].entries()) (after.batch.columns[0] as BigInt64Array)[row]! += 117n * 1_000_000_000n;
  const { account, gaps } = accountOf([before, after], { boots });
  expect(account).toMatchObject({ expected: 22, stored: 4, restart: 18, unaccounted: 0 });
  expect(gaps.items).toMatchObject([{ cause: 'reboot', lengthNs: 19 * SECOND, missingTicks: 18 }]);
});

it('names a refused record as the reason of the hole at its place', () => {
  const nacks = [{ epoch: EPOCH, sequence: 2 }];
  const { account, gaps } = accountOf([raw(1, [0, 1]), raw(3, [5])], { nacks });
  expect(account).toMatchObject({ expected: 6, stored: 3, nacked: 3, unaccounted: 0 });
  expect(gaps.items[0]?.cause).toBe('nacked');
});

it('notices a series that ended while the instance went on', () => {
  const { account, gaps } = accountOf([raw(1, [0, 1, 2])], {}, endAt(10));
  expect(account).toMatchObject({ expected: 11, stored: 3, endedEarly: 8, unaccounted: 0 });
  expect(gaps.items).toMatchObject([{ cause: 'ended_early', missingTicks: 8 }]);
});

it('books ticks that the agent missed after its last sample as missed, as far as it says so', () => {
  const { account, gaps } = accountOf([raw(1, [0, 1, 2])], {}, { ...endAt(10), missedTicks: { raw: 8, phc: 2 } });
  expect(account).toMatchObject({ expected: 11, stored: 3, missed: 8, endedEarly: 0, unaccounted: 0 });
  expect(gaps.items).toMatchObject([{ cause: 'missed', missingTicks: 8 }]);
  const partly = accountOf([raw(1, [0, 1, 2])], {}, { ...endAt(10), missedTicks: { raw: 3 } });
  expect(partly.account).toMatchObject({ expected: 11, missed: 3, endedEarly: 5, unaccounted: 0 });
});

it('does not take the last moments of stopping for an early end', () => {
  expect(accountOf([raw(1, [0, 1, 2])], {}, endAt(4.4)).account).toMatchObject({ expected: 3, endedEarly: 0 });
});

it('lets a keyed series come and go', () => {
  const { account, gaps } = accountOf([raw(1, [0, 1]), raw(2, [5])], { keyed: true }, endAt(20));
  expect(account).toMatchObject({ expected: 21, stored: 3, keyAbsent: 18, endedEarly: 0, unaccounted: 0 });
  expect(gaps.items.map(({ cause }) => cause)).toEqual(['key_absent', 'key_absent']);
});

it('goes on after samples out of order and says where they are', () => {
  const { account, problems } = accountOf([raw(1, [0, 1]), raw(2, [1, 2]), raw(3, [3])]);
  expect(account.stored).toBe(5);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('record 2, row 0');
});

it('lists the first thousand gaps and counts the rest', () => {
  const batches = every(1, 1500).map((i) => raw(i + 1, [i * 2]));
  const { gaps, account } = accountOf(batches);
  expect([gaps.items.length, gaps.total, account.unaccounted]).toEqual([1000, 1499, 1499]);
});

function withMissed(stored: StoredBatch, missedTicks: number): StoredBatch {
  return { ...stored, batch: { ...stored.batch, missedTicks } };
}
