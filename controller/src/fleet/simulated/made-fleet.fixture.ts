/** Made preparations and observations for the tests of the fleet. */
import type { PreparedType, RunPreparation } from '../../runs/run-preparation.ts';
import type { ObservedInstance } from '../ec2.ts';

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
