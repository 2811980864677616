/** A made run with a bit of everything, analysed from a real store, for the tests of the report. */
import { analyseRun } from '../analysis/analyse-run.ts';
import {
  BOOTED_AT,
  every,
  INSTANCE_ID,
  madeBatch,
  madeInstance,
  madeRun,
  PTP_STATUS,
  RUN_ID,
} from '../analysis/made-run.fixture.ts';
import { batchWrite, epochStarted, eventWrite, gapWrite, madeStore } from '../analysis/made-store.fixture.ts';
import type { StoreWrite } from '../store/sample-store.ts';
import { buildReport } from './build-report.ts';
import type { Report } from './report-schema.ts';

export const GENERATED_AT = 1_763_680_730_000;

/** Records of one instance: an offset that alternates between -30 and 50 ns, and three raw samples lost from the spool. */
export function madeWrites(): StoreWrite[] {
  const lost = { fromAt: BOOTED_AT + 5_000_000_000n, toAt: BOOTED_AT + 7_000_000_000n };
  const lostMono = { fromMonoRawNs: 5_000_000_000n, toMonoRawNs: 7_000_000_000n };
  return [
    epochStarted('boot-a'),
    batchWrite(
      madeBatch({
        stream: 'phc',
        sequence: 2,
        times: every(0.25, 120),
        columns: { offset_ns: (row) => (row % 2 === 0 ? -30 : 50), read_delay_ns: () => 1500, readings_ok: () => 3 },
      }),
    ),
    batchWrite(madeBatch({ stream: 'raw', sequence: 3, times: every(1, 5), columns: { bracket_ns: () => 90 } })),
    gapWrite(4, [{ stream: 'raw', key: '', samples: 3, ...lost, ...lostMono, reason: 'spool_full' }]),
    batchWrite(madeBatch({ stream: 'raw', sequence: 5, times: every(1, 22, 8), columns: { bracket_ns: () => 90 } })),
    eventWrite({ event: 'spool_full', sequence: 6, at: 8.5, detail: { dropped: 3 } }),
    eventWrite({ event: 'measuring_finished', sequence: 7, at: 30 }),
  ];
}

/** One measured instance and one that could not be launched. */
export function madeReport(change: { readonly simulated?: boolean } = {}): Report {
  const phc = { interval_ms: 250, readings: 3, mode: change.simulated === true ? 'simulated' : 'device' } as const;
  const run = madeRun({}, { sources: { raw: { interval_ms: 1000 }, phc }, placementGroup: 'my-cluster-pg' });
  const reader = madeStore(madeWrites());
  const analysis = analyseRun({
    run,
    instances: [
      madeInstance({ ptpStatus: { ...PTP_STATUS, simulated: change.simulated === true } }),
      madeInstance({
        index: 2,
        typeIndex: 2,
        instanceId: null,
        facts: null,
        ptpStatus: null,
        verdict: null,
        agentVersion: null,
        failure: { kind: 'capacity', message: 'InsufficientInstanceCapacity: no <c7i> | today' },
        reachedAt: { launching: 1_763_680_678_000 },
      }),
    ],
    controllerEvents: [
      { run: RUN_ID, instanceId: INSTANCE_ID, event: 'instance_silent', at: 1_763_680_705_000, detail: { for_s: 31 } },
    ],
    awsCalls: [
      { action: 'RunInstances', result: 'InsufficientInstanceCapacity', calls: 1, attempts: 3, longestMs: 77 },
      { action: 'RunInstances', result: 'ok', calls: 1, attempts: 1, longestMs: 812 },
    ],
    reader,
  });
  reader.close();
  return buildReport(analysis, { toolVersion: '0.1.0', generatedAt: GENERATED_AT, preparation: null });
}
