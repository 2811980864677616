/** A simulated run through the real store and the real analysis: records are encoded, written, read back, decoded, analysed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventKind } from '@ptp-tester/measurement';
import type { AnalysedEvent, InstanceAnalysis } from '../../controller/src/analysis/analyse-instance.ts';
import { analyseRun } from '../../controller/src/analysis/analyse-run.ts';
import type { JudgedCriterion } from '../../controller/src/analysis/quality.ts';
import type { CriteriaConfig } from '../../controller/src/config/criteria.ts';
import type { InstanceRecord, Run } from '../../controller/src/runs/run.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { compareInterim } from './compare-interim.ts';
import { simulateRecords } from './simulate-records.ts';
import { STARTED_AT } from './simulate-samples.ts';
import type { SimulatedTruth } from './simulated-truth.ts';

const RUN_ID = '20261120-231757-k3f9';
const INSTANCE_ID = 'i-0123456789abcdef0';
const STARTED_MS = Number(STARTED_AT / 1_000_000n);

export function simulatedRun(truth: SimulatedTruth): Run {
  const phc = { interval_ms: (truth.phcIntervalS ?? 0.25) * 1000, readings: 3 };
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
      durationS: truth.durationS,
      sources: {
        raw: { interval_ms: 1000 },
        phc: { ...phc, mode: truth.mode ?? 'device' },
        chrony: { interval_ms: 1000 },
        chrony_source: { interval_ms: 10_000 },
        host: { interval_ms: 10_000 },
        kernel: { interval_ms: 10_000 },
        self: { interval_ms: 10_000 },
        ena: { interval_ms: 10_000 },
      },
      batch: { maxSamples: 60, maxAgeMs: 5000 },
      spoolMaxBytes: 2 ** 28,
      publicUrl: 'http://127.0.0.1:7600',
      timeouts: { launchS: 60, agentS: 60, finishS: 60, terminateS: 60, orphanS: 3600 },
      tags: {},
    },
    state: 'ended',
    createdAt: STARTED_MS - 60_000,
    soakStartedAt: STARTED_MS,
    soakEndsAt: STARTED_MS + truth.durationS * 1000,
    endedAt: STARTED_MS + truth.durationS * 1000 + 5000,
    outcome: 'completed',
    stopReason: null,
  };
}

export function simulatedInstance(instanceId = INSTANCE_ID): InstanceRecord {
  const capability = { value: 'supported', reason: 'a PHC named ena-ptp-05 was read' } as const;
  const setup = { value: 'locked', reason: 'chronyd selected PHC0' } as const;
  const quality = { value: 'not_enough_data', reason: 'judged from the data' } as const;
  return {
    run: RUN_ID,
    typeIndex: 1,
    index: 1,
    attempt: 1,
    instanceType: 'c7i.large',
    state: 'terminated',
    instanceId,
    facts: null,
    agentVersion: '0.1.0',
    ptpStatus: null,
    verdict: { capability, setup, quality },
    failure: null,
    reachedAt: {},
  };
}

/** The analysis of one instance, with short cuts to what scenarios ask for. */
export class AnalysedTruth {
  readonly analysis: InstanceAnalysis;

  constructor(analysis: InstanceAnalysis) {
    this.analysis = analysis;
  }

  get quality(): string {
    return this.analysis.quality.value;
  }

  criterion(name: string): JudgedCriterion {
    const found = this.analysis.quality.criteria.find((criterion) => criterion.name === name);
    if (found === undefined) throw new Error(`no criterion ${name}`);
    return found;
  }

  /** Names of the criteria that broke. */
  get broken(): string[] {
    return this.analysis.quality.criteria.filter(({ status }) => status === 'fail').map(({ name }) => name);
  }

  events(kind: EventKind): AnalysedEvent[] {
    return this.analysis.events.items.filter(({ event }) => event === kind);
  }

  /** Seconds from the start of the run. */
  secondsOf({ at }: { readonly at: bigint }): number {
    return Number(at - STARTED_AT) / 1e9;
  }

  curve(stream: string, metric: 'mtie' | 'tdev' | 'oadev') {
    const found = this.analysis.stability.find((figures) => figures.stream === stream);
    if (found === undefined) throw new Error(`no stability of ${stream}`);
    return found[metric];
  }

  summary(stream: string, column: string) {
    const series = this.analysis.series.find((one) => one.stream === stream);
    const figures = series?.figures.find((one) => one.column === column);
    if (figures?.kind !== 'distribution' || figures.summary === null) throw new Error(`no figures of ${column}`);
    return figures.summary;
  }

  account(stream: string) {
    const found = this.analysis.series.find((one) => one.stream === stream);
    if (found === undefined) throw new Error(`no series ${stream}`);
    return found.account;
  }
}

/** Simulates, stores, reads and analyses. */
export function analyseTruth(truth: SimulatedTruth, criteria?: CriteriaConfig): AnalysedTruth {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-simulation-'));
  try {
    const path = join(folder, 'samples.db');
    const writer = openSampleWriter({ path });
    writer.commit(simulateRecords(INSTANCE_ID, truth));
    writer.close();
    const reader = openSampleReader(path);
    try {
      const input = { run: simulatedRun(truth), instances: [simulatedInstance()], controllerEvents: [], awsCalls: [] };
      const [instance] = analyseRun({ ...input, reader, criteria: criteria ?? null }).instances;
      if (instance === undefined) throw new Error('no instance was analysed');
      compareInterim(path, { run: input.run, instances: input.instances, criteria: criteria ?? null }, instance);
      return new AnalysedTruth(instance);
    } finally {
      reader.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
