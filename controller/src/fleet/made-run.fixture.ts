/** Made runs, preparations and instances for the tests of the fleet. */
import type { FleetSpec } from '../runs/fleet-spec.ts';
import type { InstanceRecord, Run, RunSpec } from '../runs/run.ts';
import type { PreparedType, RunPreparation } from '../runs/run-preparation.ts';
import type { ObservedInstance } from './ec2.ts';

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

export function madeType(change: Partial<PreparedType> = {}): PreparedType {
  return {
    type: 'c7i.large',
    architecture: 'x86_64',
    imageId: 'ami-1',
    rootDevice: '/dev/xvda',
    agentSha256: 'cd'.repeat(32),
    phcSupport: null,
    subnetIds: ['subnet-1'],
    precisionTime: false,
    scopeWarning: null,
    ...change,
  };
}

export function madePreparation(change: Partial<RunPreparation> = {}): RunPreparation {
  return {
    subnets: [],
    types: [madeType()],
    securityGroup: { kind: 'given', groupId: 'sg-1' },
    placement: { kind: 'none' },
    awsNow: Date.UTC(2026, 10, 20, 23, 17, 57),
    warnings: [],
    ...change,
  };
}

export function madeObserved(change: Partial<ObservedInstance> = {}): ObservedInstance {
  return {
    instanceId: 'i-0123456789abcdef0',
    index: 1,
    state: 'running',
    stateReason: null,
    launchedAt: null,
    tags: {},
    volumeIds: [],
    networkInterfaceIds: [],
    securityGroupIds: [],
    placementGroup: null,
    ...change,
  };
}
