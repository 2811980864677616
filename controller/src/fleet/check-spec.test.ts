import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../runs/run.ts';
import { checkSpec, type SpecFacts } from './check-spec.ts';

const SPEC: RunSpec = {
  instanceTypes: [
    { type: 'c7i.large', quantity: 1 },
    { type: 'c7g.large', quantity: 2 },
    { type: 'c7i.large', quantity: 1 },
  ],
  region: 'us-east-1',
  subnetId: 'subnet-1',
  amiId: null,
  securityGroupId: null,
  placementGroup: null,
  keyName: null,
  durationS: 60,
  sources: {},
  batch: { maxSamples: 60, maxAgeMs: 5000 },
  spoolMaxBytes: 1 << 28,
  publicUrl: 'http://127.0.0.1:7600',
  timeouts: { launchS: 60, agentS: 60, finishS: 60, terminateS: 60, orphanS: 3600 },
  tags: {},
};

const FACTS: SpecFacts = {
  types: [
    { type: 'c7i.large', architectures: ['i386', 'x86_64'], phcSupport: 'supported' },
    { type: 'c7g.large', architectures: ['arm64'], phcSupport: null },
  ],
  subnet: { subnetId: 'subnet-1', vpcId: 'vpc-1', availabilityZone: 'us-east-1a' },
  image: null,
};

describe('checking a run request', () => {
  it('finds the architecture of each type', () => {
    const { faults, architectures } = checkSpec(SPEC, FACTS);
    expect(faults).toEqual([]);
    expect([...architectures]).toEqual([
      ['c7i.large', 'x86_64'],
      ['c7g.large', 'arm64'],
    ]);
  });

  it('says which types a given image does not fit', () => {
    const image = { imageId: 'ami-1', architecture: 'arm64' };
    const { faults } = checkSpec({ ...SPEC, amiId: 'ami-1' }, { ...FACTS, image });
    expect(faults).toEqual(['c7i.large: is i386, x86_64, but image ami-1 is arm64']);
  });

  it('lists every fault at once', () => {
    const spec = {
      ...SPEC,
      instanceTypes: [{ type: 'c7i.lagre', quantity: 1.5 }],
      amiId: 'ami-1',
      durationS: 0,
      tags: { 'ptp-tester:run': 'mine', name: 'x' },
    };
    const { faults } = checkSpec(spec, { types: [], subnet: null, image: null });
    expect(faults).toEqual([
      'c7i.lagre: the quantity must be a whole number from 1, not 1.5',
      'the duration must be more than 0 s, not 0',
      'these tag names are reserved: ptp-tester:run, name',
      'subnet subnet-1 does not exist in us-east-1',
      'image ami-1 does not exist in us-east-1',
      'instance type c7i.lagre does not exist in us-east-1',
    ]);
  });

  it('refuses a run of nothing, and a type that runs no agent of ours', () => {
    expect(checkSpec({ ...SPEC, instanceTypes: [] }, FACTS).faults).toEqual(['no instance type was given']);
    const types = [{ type: 'c7i.large', architectures: ['i386'], phcSupport: null }];
    const spec = { ...SPEC, instanceTypes: [{ type: 'c7i.large', quantity: 1 }] };
    expect(checkSpec(spec, { ...FACTS, types }).faults).toEqual(['c7i.large: needs x86_64 or arm64, has i386']);
  });
});
