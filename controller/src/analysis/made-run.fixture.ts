/** Made runs, instances and batches for the tests of analysis, report and API. */
import {
  type ColumnDeclaration,
  type ColumnValues,
  makeColumn,
  type PtpStatus,
  STREAMS,
  type StreamDeclaration,
  type StreamName,
  type Verdict,
} from '@ptp-tester/measurement';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { StoredBatch } from '../store/sample-store.ts';

export const RUN_ID = '20261120-231757-k3f9';
export const INSTANCE_ID = 'i-0123456789abcdef0';
export const EPOCH = '00000000000000aa';
/** System clock at monotonic zero. */
export const BOOTED_AT = 1_763_680_000_000_000_000n;
export const SECOND = 1_000_000_000;

export function madeRun(change: Partial<Run> = {}, spec: Partial<Run['spec']> = {}): Run {
  return {
    id: RUN_ID,
    spec: {
      instanceTypes: [{ type: 'c7i.large', quantity: 1 }],
      region: 'us-east-1',
      subnetId: 'subnet-12345678',
      amiId: null,
      securityGroupId: null,
      placementGroup: null,
      keyName: null,
      durationS: 20,
      sources: { raw: { interval_ms: 1000 } },
      batch: { maxSamples: 60, maxAgeMs: 5000 },
      spoolMaxBytes: 2 ** 28,
      publicUrl: 'http://127.0.0.1:7600',
      timeouts: { launchS: 60, agentS: 60, finishS: 60, terminateS: 60, orphanS: 3600 },
      tags: {},
      ...spec,
    },
    state: 'ended',
    createdAt: 1_763_680_677_000,
    soakStartedAt: 1_763_680_700_000,
    soakEndsAt: 1_763_680_720_000,
    endedAt: 1_763_680_727_500,
    outcome: 'completed',
    stopReason: null,
    ...change,
  };
}

export const PTP_STATUS: PtpStatus = {
  supported: true,
  ena_driver_version: '2.17.0g',
  ena_driver_compatible: true,
  hardware_clock_present: true,
  ptp_ena_symlink_present: true,
  chrony_using_phc: true,
  chrony_synchronized: true,
  clock_device: '/dev/ptp0',
  clock_name: 'ena-ptp-05',
  time_offset_ns: -24,
  error_message: null,
  simulated: false,
  diagnostic_output: { 'chronyc tracking': 'Reference ID    : 50484330 (PHC0)' },
};

export function madeVerdict(change: Partial<Verdict> = {}): Verdict {
  return {
    capability: { value: 'supported', reason: 'a PHC named ena-ptp-05 was read' },
    setup: { value: 'locked', reason: 'chronyd selected PHC0' },
    quality: { value: 'not_enough_data', reason: 'judged from the data' },
    ...change,
  };
}

export function madeInstance(change: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    run: RUN_ID,
    typeIndex: 1,
    index: 1,
    attempt: 1,
    instanceType: 'c7i.large',
    state: 'terminated',
    instanceId: INSTANCE_ID,
    facts: {
      instance_id: INSTANCE_ID,
      instance_type: 'c7i.large',
      availability_zone: 'us-east-1a',
      region: 'us-east-1',
      architecture: 'x86_64',
      image_id: 'ami-0123456789abcdef0',
      private_ip: '10.0.0.7',
    },
    agentVersion: '0.1.0',
    ptpStatus: PTP_STATUS,
    verdict: madeVerdict(),
    failure: null,
    reachedAt: { launching: 1_763_680_678_000, measuring: 1_763_680_699_000, finished: 1_763_680_721_000 },
    ...change,
  };
}

export interface MadeBatch {
  readonly stream: StreamName;
  readonly sequence: number;
  /** Seconds since boot of each sample. */
  readonly times: readonly number[];
  readonly epoch?: string;
  readonly key?: string;
  readonly intervalNs?: number;
  readonly missedTicks?: number;
  /** Values by column; columns that are not named are 0. */
  readonly columns?: Readonly<Record<string, readonly number[] | ((row: number) => number)>>;
}

export function madeBatch(made: MadeBatch): StoredBatch {
  const declaration: StreamDeclaration = STREAMS[made.stream];
  const columns = declaration.columns.map((column) => fillColumn(column, made));
  return {
    instanceId: INSTANCE_ID,
    epoch: made.epoch ?? EPOCH,
    sequence: made.sequence,
    receivedAt: BOOTED_AT,
    batch: {
      kind: 'batch',
      stream: made.stream,
      key: made.key ?? '',
      generation: 1,
      intervalNs: made.intervalNs ?? declaration.defaultIntervalMs * 1e6,
      missedTicks: made.missedTicks ?? 0,
      rows: made.times.length,
      columns,
    },
  };
}

function fillColumn(column: ColumnDeclaration, { times, columns = {} }: MadeBatch): ColumnValues {
  const filled = makeColumn(column.kind, times.length);
  const wanted = columns[column.name];
  times.forEach((time, row) => {
    const mono = BigInt(Math.round(time * SECOND));
    const given = typeof wanted === 'function' ? wanted(row) : (wanted?.[row] ?? 0);
    const value = { at: BOOTED_AT + mono, mono_raw_ns: mono }[column.name] ?? given;
    if (filled instanceof BigInt64Array || filled instanceof BigUint64Array) filled[row] = BigInt(value);
    else filled[row] = Number(value);
  });
  return filled;
}

/** `from`, `from + step`, ... : `count` times. */
export function every(step: number, count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i * step);
}
