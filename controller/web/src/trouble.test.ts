import { describe, expect, it } from 'vitest';
import type { InstanceFigures } from '../../src/api/live-schemas.ts';
import { fleetRows } from './fleet/fleet-rows.ts';
import { troubleOf } from './trouble.ts';
import { NO_FILTER } from './view.ts';

function row(index: number, change: Partial<InstanceFigures> = {}): InstanceFigures {
  return {
    index,
    name: `c7i.large-${index}`,
    instance_type: 'c7i.large',
    instance_index: index,
    instance_id: `i-${index}`,
    availability_zone_id: 'use1-az4',
    state: 'measuring',
    connected: true,
    last_contact_at: null,
    agent_version: '0.1.0',
    simulated: true,
    capability: 'supported',
    setup: 'locked',
    quality: null,
    failing_criteria: [],
    failure: null,
    offset_last_ns: 12,
    offset_samples: 2400,
    offset_p50_ns: 3,
    offset_p99_abs_ns: 70,
    offset_max_abs_ns: 90,
    clock_error_bound_ns: 21_000,
    phc_selected: true,
    gaps: 0,
    missed_ticks: 0,
    read_errors: 0,
    reads_refused: 0,
    events_warning: 0,
    events_error: 0,
    samples_per_second: 8,
    agent_cpu_ratio: 0.002,
    agent_rss_bytes: 6e7,
    spool_bytes: 0,
    ...change,
  };
}

describe('what is wrong with an instance', () => {
  it.each([
    ['good', 'measuring', {}],
    ['error', 'capacity', { failure: { kind: 'capacity', message: 'no capacity' }, connected: false }],
    ['error', 'rolled back', { setup: 'rolled_back' }],
    ['error', 'silent', { connected: false }],
    ['error', '2 errors', { events_error: 2 }],
    ['error', 'fails', { quality: 'fail' }],
    ['good', 'measuring', { quality: 'pass' }],
    ['warning', 'not on PHC', { phc_selected: false }],
    ['warning', 'data lost', { gaps: 1 }],
    ['unknown', 'launching', { state: 'launching', connected: false, offset_last_ns: null }],
    ['unknown', 'no offset', { offset_last_ns: null }],
    ['good', 'terminated', { state: 'terminated', connected: false }],
    ['good', 'kept', { state: 'kept', connected: false }],
    ['error', 'fails', { state: 'kept', connected: false, quality: 'fail' }],
  ] as const)('is told as %s: %s', (tone, word, change) => {
    expect(troubleOf(row(1, change))).toMatchObject({ tone, word });
  });
});

describe('the fleet', () => {
  const rows = [
    row(1),
    row(2, { offset_p99_abs_ns: 900, name: 'm7g.large-1', instance_type: 'm7g.large' }),
    row(3, { phc_selected: false }),
    row(4, { connected: false, offset_p99_abs_ns: null }),
    row(5, {
      offset_p99_abs_ns: null,
      offset_max_abs_ns: null,
      offset_last_ns: null,
      state: 'running',
      connected: false,
    }),
  ];
  const order = (filter: Partial<typeof NO_FILTER>) =>
    fleetRows(rows, { ...NO_FILTER, ...filter }).map(({ index }) => index);

  it('has the worst first: errors, warnings, what is not known, then the largest offset', () => {
    expect(order({})).toEqual([4, 3, 5, 2, 1]);
  });

  it('sorts by any column, what is not known last whichever way is up', () => {
    expect(order({ sort: 'p99' })).toEqual([2, 1, 3, 4, 5]);
    expect(order({ sort: 'p99', descending: false })).toEqual([1, 3, 2, 4, 5]);
    expect(order({ sort: 'index', descending: false })).toEqual([1, 2, 3, 4, 5]);
  });

  it('is narrowed down by words, type and condition', () => {
    expect(order({ text: 'm7g' })).toEqual([2]);
    expect(order({ text: 'C7I i-3' })).toEqual([3]);
    expect(order({ type: 'c7i.large', axis: 'attention' })).toEqual([4, 3]);
  });
});
