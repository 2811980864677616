import { describe, expect, it } from 'vitest';
import type { FleetSpec } from '../../runs/fleet-spec.ts';
import { madeSpec } from '../../runs/made-run.fixture.ts';
import type { RunSpec } from '../../runs/run.ts';
import { checkSpec, type SpecFacts } from './check-spec.ts';

const TYPES = {
  instanceTypes: [
    { type: 'c7i.large', quantity: 1 },
    { type: 'c7g.large', quantity: 2 },
    { type: 'c7i.large', quantity: 1 },
  ],
};
const FACTS: SpecFacts = {
  types: [
    { type: 'c7i.large', architectures: ['i386', 'x86_64'], phcSupport: 'supported' },
    { type: 'c7g.large', architectures: ['arm64'], phcSupport: null },
  ],
  subnets: [
    { subnetId: 'subnet-2', vpcId: 'vpc-1', availabilityZone: 'us-east-1b' },
    { subnetId: 'subnet-1', vpcId: 'vpc-1', availabilityZone: 'us-east-1a' },
  ],
  image: null,
  offerings: [
    { type: 'c7i.large', availabilityZone: 'us-east-1a' },
    { type: 'c7i.large', availabilityZone: 'us-east-1b' },
    { type: 'c7g.large', availabilityZone: 'us-east-1b' },
  ],
};

function faultsOf(change: Partial<RunSpec>, fleet: Partial<FleetSpec> = {}, facts: Partial<SpecFacts> = {}) {
  return checkSpec(madeSpec({ ...TYPES, ...change }, fleet), { ...FACTS, ...facts }).faults;
}

describe('checking a run request', () => {
  it('finds the architecture of each type, and the subnets that offer it in the order to try', () => {
    const { faults, architectures, subnetsOfType } = checkSpec(madeSpec(TYPES, { moreSubnetIds: ['subnet-2'] }), FACTS);
    expect(faults).toEqual([]);
    expect([...architectures]).toEqual([
      ['c7i.large', 'x86_64'],
      ['c7g.large', 'arm64'],
    ]);
    const places = [...subnetsOfType].map(([type, subnets]) => [type, subnets.map(({ subnetId }) => subnetId)]);
    expect(places).toEqual([
      ['c7i.large', ['subnet-1', 'subnet-2']],
      ['c7g.large', ['subnet-2']],
    ]);
  });

  it('says which types a given image does not fit', () => {
    const image = { imageId: 'ami-1', architecture: 'arm64' };
    expect(faultsOf({ amiId: 'ami-1' }, {}, { image })).toEqual([
      'c7i.large: is i386, x86_64, but image ami-1 is arm64',
    ]);
  });

  it('lists every fault at once', () => {
    const change = {
      instanceTypes: [{ type: 'c7i.lagre', quantity: 1.5 }],
      amiId: 'ami-1',
      durationS: 0,
      tags: { 'ptp-tester:run': 'mine', name: 'x' },
    };
    expect(faultsOf(change, {}, { types: [], subnets: [] })).toEqual([
      'c7i.lagre: the quantity must be a whole number from 1, not 1.5',
      'the duration must be more than 0 s, not 0',
      'these tag names are reserved: ptp-tester:run, name',
      'subnet subnet-1 does not exist in us-east-1',
      'image ami-1 does not exist in us-east-1',
      'instance type c7i.lagre does not exist in us-east-1',
    ]);
  });

  it('refuses a subnet of another region than the one that was given, and takes its local zones', () => {
    expect(faultsOf({ region: 'us-east-2' }, {}, { subnets: FACTS.subnets.slice(1) })).toEqual([
      '--subnet-id subnet-1 lies in us-east-1a, not in --region us-east-2: give --region us-east-1, or leave it out',
    ]);
    const local = { subnetId: 'subnet-1', vpcId: 'vpc-1', availabilityZone: 'us-east-1-bos-1a' };
    expect(faultsOf({}, {}, { subnets: [local] })).toEqual([]);
  });

  it('refuses a run of nothing, and a type that runs no agent of ours', () => {
    expect(faultsOf({ instanceTypes: [] })).toEqual(['no instance type was given']);
    const types = [{ type: 'c7i.large', architectures: ['i386'], phcSupport: null }];
    expect(faultsOf({ instanceTypes: [{ type: 'c7i.large', quantity: 1 }] }, {}, { types })).toEqual([
      'c7i.large: needs x86_64 or arm64, has i386',
    ]);
  });

  it('holds a run to what it may cost', () => {
    expect(faultsOf({}, { maxInstances: 3 })).toEqual(['4 instances are more than --max-instances 3']);
    expect(faultsOf({ durationS: 7200 }, { maxInstanceHours: 7 })).toEqual([
      'the soak alone takes 8.0 instance-hours, more than --max-instance-hours 7',
    ]);
    expect(faultsOf({ durationS: 60 }, { maxLifetimeS: 60 })).toEqual([
      '--max-lifetime (60 s) leaves no time for a soak of 60 s',
    ]);
    const instanceTypes = [{ type: 'm7i.metal-24xl', quantity: 1 }];
    const types = [{ type: 'm7i.metal-24xl', architectures: ['x86_64'], phcSupport: null }];
    expect(faultsOf({ instanceTypes }, {}, { types })).toEqual(['m7i.metal-24xl: bare metal needs --allow-metal']);
    expect(faultsOf({ instanceTypes }, { allowMetal: true }, { types })).toEqual([]);
  });

  it('refuses words that mean nothing', () => {
    const fleet = {
      kernel: '6',
      instanceProfile: 'a b',
      agentUrl: 'ftp://x',
      amiParameter: '/mine',
      keep: [1, 5],
    };
    const image = { imageId: 'ami-1', architecture: 'x86_64' };
    const instanceTypes = [{ type: 'c7i.large', quantity: 4 }];
    expect(faultsOf({ instanceTypes, amiId: 'ami-1' }, fleet, { image })).toEqual([
      '"6" is not a kernel line: default, or for example 6.12',
      '"a b" is neither the name nor the ARN of an instance profile',
      '--agent-url "ftp://x" must begin with https:// or s3://',
      'an image id and an image parameter exclude each other',
      '--keep names instances that the run does not have: 5',
    ]);
    expect(faultsOf({}, { agentUrl: 's3://bucket/agent' })).toEqual([
      '--agent-url on S3 needs an --instance-profile that may read it',
    ]);
  });

  it('wants all subnets in one VPC', () => {
    const subnets = [
      { subnetId: 'subnet-1', vpcId: 'vpc-1', availabilityZone: 'us-east-1a' },
      { subnetId: 'subnet-2', vpcId: 'vpc-2', availabilityZone: 'us-east-1b' },
    ];
    expect(faultsOf({}, { moreSubnetIds: ['subnet-2'] }, { subnets })).toEqual([
      'the subnets are in different VPCs (vpc-1, vpc-2): all must be in one',
    ]);
  });
});
