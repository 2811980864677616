import { expect, test } from 'vitest';
import { countersWentBackwards, DRIVER_COUNTER_NAMES, pickDriverCounters } from './driver-counters.ts';

test('the counters are those of the stream, in its order', () => {
  expect(DRIVER_COUNTER_NAMES.slice(0, 3)).toEqual(['phc_cnt', 'phc_exp', 'phc_skp']);
  expect(DRIVER_COUNTER_NAMES).toContain('linklocal_allowance_exceeded');
  expect(DRIVER_COUNTER_NAMES).not.toContain('reset_epoch');
});

test('they are picked by name out of all statistics; a missing one is NaN', () => {
  const picked = pickDriverCounters({
    names: ['tx_timeout', 'bw_in_allowance_exceeded', 'phc_skp', 'phc_cnt', 'queue_0_tx_cnt'],
    values: new BigUint64Array([1n, 2n, 3n, 12_345n, 5n]),
  });
  const byName = Object.fromEntries(DRIVER_COUNTER_NAMES.map((name, index) => [name, picked[index]]));
  expect(byName).toMatchObject({ phc_cnt: 12_345, phc_skp: 3, bw_in_allowance_exceeded: 2, phc_err_dv: Number.NaN });
});

test('a counter that went backwards is a reset; growth, equality and missing ones are not', () => {
  expect(countersWentBackwards([10, 5], [11, 5])).toBe(false);
  expect(countersWentBackwards([10, 5], [11, 4])).toBe(true);
  expect(countersWentBackwards([10, Number.NaN], [10, 3])).toBe(false);
  expect(countersWentBackwards([10, 3], [10, Number.NaN])).toBe(false);
  expect(countersWentBackwards([], [1])).toBe(false);
});
