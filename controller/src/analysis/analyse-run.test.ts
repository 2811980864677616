import { describe, expect, it } from 'vitest';
import type { StoreWrite } from '../store/sample-store.ts';
import type { InstanceAnalysis } from './analyse-instance.ts';
import { analyseRun, type RunInput } from './analyse-run.ts';
import type { ColumnFigures } from './column-figures.ts';
import {
  BOOTED_AT,
  every,
  INSTANCE_ID,
  madeBatch,
  madeInstance,
  madeRun,
  madeVerdict,
  PTP_STATUS,
  RUN_ID,
  SECOND,
} from './made-run.fixture.ts';
import { batchWrite, epochStarted, eventWrite, gapWrite, madeStore, nackWrite } from './made-store.fixture.ts';

const SECOND_EPOCH = '00000000000000bb';
const PHC_PLAN = {
  sources: { raw: { interval_ms: 1000 }, phc: { interval_ms: 250, readings: 3, mode: 'device' } },
} as const;

function analyse(writes: readonly StoreWrite[], change: Partial<RunInput> = {}) {
  const reader = madeStore(writes);
  const input = { run: madeRun(), instances: [madeInstance()], controllerEvents: [], awsCalls: [], reader, ...change };
  const analysis = analyseRun(input);
  reader.close();
  return analysis;
}

function first(instances: readonly InstanceAnalysis[]): InstanceAnalysis {
  const [instance] = instances;
  if (instance === undefined) throw new Error('no instance');
  return instance;
}

function figure<K extends ColumnFigures['kind']>(
  instance: InstanceAnalysis,
  stream: string,
  column: string,
): Extract<ColumnFigures, { kind: K }> {
  const found = instance.series.find((one) => one.stream === stream)?.figures.find((one) => one.column === column);
  return found as Extract<ColumnFigures, { kind: K }>;
}

/** 21 raw samples, one a second, of a system clock that runs 20 ppb fast. */
function rawWrites(fromSequence: number): StoreWrite[] {
  return [
    batchWrite(
      madeBatch({
        stream: 'raw',
        sequence: fromSequence,
        times: every(1, 21),
        columns: { offset_ns: (row) => 1_763_680_000_000_000_000 + row * 20, bracket_ns: () => 90 },
      }),
    ),
  ];
}

function phcWrites(fromSequence: number, readingsFailed = 0): StoreWrite[] {
  return [
    batchWrite(
      madeBatch({
        stream: 'phc',
        sequence: fromSequence,
        times: every(0.25, 80),
        columns: {
          offset_ns: (row) => (row % 2 === 0 ? -30 : 50),
          read_delay_ns: () => 1500,
          burst_spread_ns: (row) => (row < 60 ? -7 : 3),
          readings_ok: () => 3,
          readings_failed: (row) => (row < readingsFailed ? 1 : 0),
        },
      }),
    ),
  ];
}

describe('statistics', () => {
  it('gives the soak figures of the PHC offset, with quantiles where there are enough samples', () => {
    const { instances } = analyse([epochStarted('boot-a'), ...phcWrites(2), ...rawWrites(3)], {
      run: madeRun({}, PHC_PLAN),
    });
    const offset = figure<'distribution'>(first(instances), 'phc', 'offset_ns');
    expect(offset.summary).toEqual({
      count: 80,
      missing: 0,
      min: -30,
      max: 50,
      maxAbs: 50,
      mean: 10,
      rms: Math.sqrt(1700),
      stddev: 40,
    });
    expect([offset.quantilesAre, offset.quantiles]).toEqual(['exact', { p50: -30, p90: null, p99: null, p999: null }]);
    expect(figure<'sum'>(first(instances), 'phc', 'readings_ok').sum).toBe(240);
    const delay = figure<'distribution'>(first(instances), 'phc', 'read_delay_ns');
    expect([delay.quantilesAre, delay.quantiles.p50, delay.summary?.max]).toEqual(['histogram', 1500, 1500]);
    // Small whole numbers have a bucket each, so their quantiles are exact.
    expect(figure<'distribution'>(first(instances), 'phc', 'burst_spread_ns').quantiles.p50).toBe(-7);
  });

  it('finds the rate of the system clock against the raw clock', () => {
    const { instances } = analyse([epochStarted('boot-a'), ...rawWrites(2)]);
    const { rate } = figure<'rate'>(first(instances), 'raw', 'offset_ns');
    // The made column is a double of 1.76e18 and so only right to 256 ns before it becomes a bigint.
    expect(rate?.frequencyPpb).toBeGreaterThan(0);
    expect(rate?.count).toBe(21);
    expect(rate?.spanNs).toBe(20 * SECOND);
  });

  it('counts growth of counters over a reset, and shares of codes', () => {
    const ena = madeBatch({
      stream: 'ena',
      sequence: 2,
      key: 'ens5',
      times: [0, 10, 20, 30],
      columns: { phc_cnt: [100, 150, 10, 30], phc_exp: [0, 0, 0, 0] },
    });
    const chrony = madeBatch({
      stream: 'chrony',
      sequence: 3,
      times: every(1, 4),
      columns: { phc_selected: [0, 1, 1, 1] },
    });
    const { instances } = analyse([epochStarted('boot-a'), batchWrite(ena), batchWrite(chrony)]);
    expect(figure<'counter'>(first(instances), 'ena', 'phc_cnt')).toMatchObject({
      first: 100,
      last: 30,
      grown: 70,
      falls: 1,
    });
    expect(figure<'shares'>(first(instances), 'chrony', 'phc_selected')).toMatchObject({
      counts: { no: 1, yes: 3 },
      total: 4,
    });
  });
});

describe('books and events', () => {
  it('accounts for a kill of the agent, a full spool and a refused record', () => {
    const loss = {
      stream: 'raw',
      key: '',
      samples: 3,
      fromAt: BOOTED_AT,
      toAt: BOOTED_AT,
      fromMonoRawNs: 0n,
      toMonoRawNs: 0n,
      reason: 'spool_full',
    } as const;
    const writes = [
      epochStarted('boot-a'),
      batchWrite(madeBatch({ stream: 'raw', sequence: 2, times: every(1, 5) })),
      gapWrite(3, [loss]),
      batchWrite(madeBatch({ stream: 'raw', sequence: 4, times: every(1, 5, 8) })),
      nackWrite(5),
      batchWrite(madeBatch({ stream: 'raw', sequence: 6, times: every(1, 2, 15) })),
      epochStarted('boot-a', { epoch: SECOND_EPOCH, at: 20 }),
      batchWrite(madeBatch({ stream: 'raw', sequence: 2, times: every(1, 3, 20), epoch: SECOND_EPOCH })),
      eventWrite({
        event: 'measuring_finished',
        sequence: 3,
        at: 22.5,
        epoch: SECOND_EPOCH,
        detail: { missed_ticks: { raw: 1, nonsense: 4, phc: 'many' } },
      }),
    ];
    const restart = { event: 'agent_restarted', at: 1_763_680_705_000, detail: { epoch: SECOND_EPOCH } } as const;
    const controllerEvents = [{ run: RUN_ID, instanceId: INSTANCE_ID, ...restart }];
    const instance = first(analyse(writes, { controllerEvents }).instances);
    expect(instance.series[0]?.account).toEqual({
      expected: 24,
      stored: 15,
      missed: 1,
      lost: 3,
      missedInLosses: 0,
      nacked: 2,
      restart: 3,
      endedEarly: 0,
      keyAbsent: 0,
      unaccounted: 0,
      shareStored: 15 / 24,
    });
    expect(instance.gaps.items.map(({ cause }) => cause)).toEqual(['lost', 'nacked', 'agent_restart', 'missed']);
    expect(instance.losses).toMatchObject({ total: 1, items: [{ samples: 3, reason: 'spool_full' }] });
    expect(instance.nackedRecords).toBe(1);
    expect(instance.events.items.filter(({ owner }) => owner === 'controller').map(({ event }) => event)).toEqual([
      'data_gap',
      'data_gap',
      'data_gap',
      'agent_restarted',
      'data_gap',
    ]);
    expect(instance.environment).toEqual({ boot_id: 'boot-a', clocksource: 'tsc', kernel: '6.1.0' });
    expect(instance.verdict.quality.value).toBe('fail');
    expect(instance.verdict.quality.reason).toBe(
      'raw: 15 of 24 expected ticks are stored, so missing is 37.5 %, at most 5 % wanted',
    );
  });

  it('notices that one stream ended while another went on', () => {
    const writes = [
      epochStarted('boot-a'),
      batchWrite(madeBatch({ stream: 'phc', sequence: 2, times: every(0.25, 8) })),
      ...rawWrites(3),
    ];
    const instance = first(analyse(writes, { run: madeRun({}, PHC_PLAN) }).instances);
    const phc = instance.series.find(({ stream }) => stream === 'phc');
    expect(phc?.account).toMatchObject({ stored: 8, endedEarly: 73, expected: 81, unaccounted: 0 });
  });

  it('lists what the controller noticed of the instance and of the run apart', () => {
    const controllerEvents = [
      { run: RUN_ID, instanceId: INSTANCE_ID, event: 'instance_silent', at: 1_763_680_705_000, detail: {} },
      { run: RUN_ID, instanceId: null, event: 'store_failed', at: 1_763_680_706_000, detail: { code: 'full' } },
    ] as const;
    const { instances, runEvents } = analyse([epochStarted('boot-a')], { controllerEvents });
    expect(first(instances).events.items.map(({ event, clock }) => [event, clock])).toEqual([
      ['epoch_started', 'instance'],
      ['instance_silent', 'controller'],
    ]);
    expect(runEvents.items).toMatchObject([
      { event: 'store_failed', severity: 'error', at: 1_763_680_706_000_000_000n },
    ]);
  });
});

describe('verdicts', () => {
  it('passes an instance of which everything is stored', () => {
    const run = madeRun({}, PHC_PLAN);
    const { instances, sentence } = analyse([epochStarted('boot-a'), ...phcWrites(2), ...rawWrites(3)], { run });
    expect(first(instances).verdict.quality).toEqual({
      value: 'pass',
      reason:
        'all 10 criteria that could be decided hold; not enough data for offset_p99, offset_p99_9, phc_missing, raw_missing, phc_read_errors_few',
    });
    expect(sentence).toBe('1/1 supported; quality: 1 pass (10 of 19 criteria decided)');
  });

  it('fails an instance whose PHC refuses one reading in a hundred', () => {
    const run = madeRun({}, PHC_PLAN);
    const { instances } = analyse([epochStarted('boot-a'), ...phcWrites(2, 3), ...rawWrites(3)], { run });
    expect(first(instances).verdict.quality).toEqual({
      value: 'fail',
      reason: 'phc: 3 of 243 readings failed, 1.23 %, less than 1 % wanted',
    });
  });

  it('has not enough data without a PHC sample, with few samples, and with less than half of the soak', () => {
    const reason = (writes: readonly StoreWrite[], run = madeRun()) =>
      first(analyse([epochStarted('boot-a'), ...writes], { run }).instances).verdict.quality.reason;
    expect(reason(rawWrites(2), madeRun({}, PHC_PLAN))).toBe('no phc sample is stored');
    expect(reason([batchWrite(madeBatch({ stream: 'raw', sequence: 2, times: every(1, 9) }))])).toContain(
      'only 9 raw samples are stored, at least 10 are needed',
    );
    expect(
      reason([batchWrite(madeBatch({ stream: 'raw', sequence: 2, times: every(0.5, 15), intervalNs: SECOND / 2 }))]),
    ).toBe('raw was measured for 7 s of the 20 s planned, at least 50 % is needed');
  });

  it('says SIMULATED wherever a simulated PHC is judged', () => {
    const simulatedStatus = { ...PTP_STATUS, simulated: true };
    const { simulated, sentence, types, instances } = analyse([epochStarted('boot-a'), ...rawWrites(2)], {
      instances: [madeInstance({ ptpStatus: simulatedStatus })],
    });
    expect(simulated).toBe(true);
    expect(sentence).toBe('SIMULATED: 1/1 supported; quality: 1 pass (4 of 19 criteria decided)');
    expect(types[0]?.sentence).toBe('SIMULATED c7i.large: 1/1 supported; quality: 1 pass (4 of 19 criteria decided)');
    expect(first(instances).verdict.quality.reason).toContain('SIMULATED PHC');
  });

  it('keeps not tested, unsupported and failed set-ups apart and never hides the worst instance', () => {
    const failure = { kind: 'capacity', message: 'InsufficientInstanceCapacity' };
    const blank = { instanceId: null, facts: null, ptpStatus: null, verdict: null } as const;
    const unsupported = { value: 'unsupported', reason: 'no PHC in sysfs' } as const;
    const rolledBack = { value: 'rolled_back', reason: 'chronyd did not start' } as const;
    const instances = [
      madeInstance(),
      madeInstance({ ...blank, index: 2, typeIndex: 2, failure }),
      madeInstance({ ...blank, index: 3, typeIndex: 3, verdict: madeVerdict({ setup: rolledBack }) }),
      madeInstance({ ...blank, index: 4, instanceType: 't3.micro', verdict: madeVerdict({ capability: unsupported }) }),
    ];
    const {
      counts,
      types,
      quality,
      instances: analysed,
    } = analyse([epochStarted('boot-a'), ...rawWrites(2)], { instances });
    expect(counts).toEqual({
      total: 4,
      supported: 1,
      unsupported: 1,
      setupFailed: 1,
      notTested: 1,
      qualityPass: 1,
      qualityFail: 0,
      qualityNotEnoughData: 3,
    });
    expect(types.map(({ sentence }) => sentence)).toEqual([
      'c7i.large: 1/3 supported, 1 setup failed, 1 not tested; quality: 1 pass (4 of 19 criteria decided), 2 not enough data',
      't3.micro: 0/1 supported, 1 unsupported; quality: 1 not enough data',
    ]);
    expect(quality).toEqual({ value: 'not_enough_data', reason: 'c7i.large-2: no raw sample is stored' });
    expect(analysed[1]?.verdict.capability).toEqual({
      value: 'not_tested',
      reason: 'capacity: InsufficientInstanceCapacity',
    });
  });

  it('judges a run that never stored anything', () => {
    const { quality } = analyseRun({
      run: madeRun(),
      instances: [],
      controllerEvents: [],
      awsCalls: [],
      reader: null,
    });
    expect(quality.reason).toBe('the run has no instance');
  });
});

it('sums up the API calls by action', () => {
  const { awsCalls } = analyse([epochStarted('boot-a')], {
    awsCalls: [
      { action: 'DescribeInstances', result: 'ok', calls: 1, attempts: 1, longestMs: 20 },
      { action: 'RunInstances', result: 'InsufficientInstanceCapacity', calls: 1, attempts: 3, longestMs: 300 },
      { action: 'RunInstances', result: 'ok', calls: 1, attempts: 1, longestMs: 120 },
    ],
  });
  expect(awsCalls).toEqual([
    { action: 'DescribeInstances', calls: 1, failed: 0, attempts: 1, longestMs: 20, errors: {} },
    {
      action: 'RunInstances',
      calls: 2,
      failed: 1,
      attempts: 4,
      longestMs: 300,
      errors: { InsufficientInstanceCapacity: 1 },
    },
  ]);
});
