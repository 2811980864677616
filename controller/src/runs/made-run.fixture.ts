/** Made runs and instances for the tests of runs and fleet. */
import type { FleetSpec } from './fleet-spec.ts';
import type { InstanceRecord, Run, RunSpec } from './run.ts';

export const RUN_ID = '20261120-231757-k3f9';

export function madeSpec(change: Partial<RunSpec> = {}, fleet: Partial<FleetSpec> = {}): RunSpec {
  return {
    instanceTypes: [{ type: 'c7i.large', quantity: 3 }],
    region: 'us-east-1',
    subnetId: 'subnet-1',
    amiId: null,
    securityGroupId: null,
    placementGroup: null,
    keyName: null,
    durationS: 20,
    sources: {},
    batch: { maxSamples: 60, maxAgeMs: 1000 },
    spoolMaxBytes: 1 << 20,
    publicUrl: 'http://10.0.0.5:7600',
    timeouts: { launchS: 60, agentS: 45, finishS: 30, terminateS: 150, orphanS: 600 },
    tags: {},
    fleet,
    ...change,
  };
}

export function madeRun(change: Partial<Run> = {}, spec: RunSpec = madeSpec()): Run {
  return {
    id: RUN_ID,
    spec,
    state: 'created',
    createdAt: Date.UTC(2026, 10, 20, 23, 17, 57),
    soakStartedAt: null,
    soakEndsAt: null,
    endedAt: null,
    outcome: null,
    stopReason: null,
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
    state: 'planned',
    instanceId: null,
    facts: null,
    agentVersion: null,
    ptpStatus: null,
    verdict: null,
    failure: null,
    reachedAt: {},
    ...change,
  };
}
