import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Value from 'typebox/value';
import { expect, it } from 'vitest';
import { madeReport } from './made-report.fixture.ts';
import { Report } from './report-schema.ts';
import { schemaText } from './write-schema.ts';

it('has the structure and the names of the seed report', () => {
  const { test_summary, results } = madeReport();
  expect(test_summary).toMatchObject({
    total_instances: 2,
    ptp_supported: 1,
    ptp_unsupported: 0,
    ptp_setup_failed: 0,
    ptp_not_tested: 1,
    test_duration_seconds: 50.5,
    placement_group: 'my-cluster-pg',
    instance_type_summary: { 'c7i.large': { total: 2, supported: 1, unsupported: 0, not_tested: 1 } },
  });
  expect(results[0]).toMatchObject({
    instance_id: 'i-0123456789abcdef0',
    name: 'c7i.large-1',
    instance_type: 'c7i.large',
    instance_index: 1,
    availability_zone: 'us-east-1a',
    subnet_id: 'subnet-12345678',
    placement_group: 'my-cluster-pg',
    ptp_status: {
      supported: true,
      hardware_clock_present: true,
      synchronized: true,
      clock_device: '/dev/ptp0',
      diagnostic_output: { 'chronyc tracking': 'Reference ID    : 50484330 (PHC0)' },
    },
    kept_running: false,
    timestamp: '2025-11-20T23:18:41.000000000Z',
  });
});

it('keeps to its schema, also as JSON', () => {
  const errors = [...Value.Errors(Report, JSON.parse(JSON.stringify(madeReport())))];
  expect(errors).toEqual([]);
});

it('knows nothing of an instance that never reported, which is not "unsupported"', () => {
  expect(madeReport().results[1]).toMatchObject({
    instance_id: null,
    ptp_status: null,
    outcome: 'not_tested',
    verdict: {
      capability: { value: 'not_tested', reason: 'capacity: InsufficientInstanceCapacity: no <c7i> | today' },
      quality: { value: 'not_enough_data', reason: 'no raw sample is stored; no phc sample is stored' },
    },
    streams: [],
  });
});

it('lists the soak, the books, the gap, the loss and the events of an instance', () => {
  const [result] = madeReport().results;
  const raw = result?.streams.find(({ stream }) => stream === 'raw');
  expect(raw?.accounting).toMatchObject({
    expected_ticks: 30,
    stored_samples: 27,
    lost_samples: 3,
    unaccounted_ticks: 0,
    share_stored: 0.9,
  });
  expect(result?.gaps).toEqual({
    total: 1,
    items: [
      {
        stream: 'raw',
        key: '',
        from_at: '2025-11-20T23:06:44.000000000Z',
        to_at: '2025-11-20T23:06:48.000000000Z',
        length_ns: 4e9,
        missing_ticks: 3,
        cause: 'lost',
      },
    ],
  });
  expect(result?.losses).toMatchObject({ total: 1, items: [{ samples: 3, reason: 'spool_full' }] });
  expect(result?.events.items.map(({ event }) => event)).toEqual([
    'epoch_started',
    'lock_reached',
    'data_gap',
    'spool_full',
    'measuring_finished',
    'instance_silent',
  ]);
  expect(result?.delivery).toMatchObject({ records_stored: 3, nacked_records: 0, epochs: [{ through: 7 }] });
  const offset = result?.streams.find(({ stream }) => stream === 'phc')?.figures[0];
  expect(offset).toMatchObject({
    kind: 'distribution',
    column: 'offset_ns',
    unit: 'ns',
    summary: { count: 120, min: -30, max: 50, max_abs: 50, mean: 10, stddev: 40 },
    quantiles: { p50: -30, p90: 50, p99: null, p999: null },
    quantiles_are: 'exact',
  });
});

it('says SIMULATED when the PHC was', () => {
  const { simulated, verdict, results } = madeReport({ simulated: true });
  expect([simulated, verdict.sentence.startsWith('SIMULATED'), results[0]?.simulated]).toEqual([true, true, true]);
});

it.each(['report.schema.json', 'comparison.schema.json'] as const)('is described by docs/%s as it is now', (file) => {
  const path = join(import.meta.dirname, '../../../docs', file);
  expect(readFileSync(path, 'utf8'), 'run sh tools/node.sh controller/src/report/write-schema.ts docs').toBe(
    schemaText(file),
  );
});
