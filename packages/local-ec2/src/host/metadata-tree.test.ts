import { describe, expect, test } from 'vitest';
import { type MetadataFacts, metadataAt } from './metadata-tree.ts';

const FACTS: MetadataFacts = {
  instanceId: 'i-1',
  instanceType: 'm7i.large',
  imageId: 'ami-1',
  launchIndex: 0,
  reservationId: 'r-1',
  region: 'us-east-1',
  zone: 'us-east-1a',
  zoneId: 'use1-az1',
  placementGroup: undefined,
  privateIp: '172.31.0.4',
  mac: '02:00:ac:1f:00:04',
  hostName: 'ip-172-31-0-4.ec2.internal',
  ownerId: '123456789012',
  subnetId: 'subnet-1',
  vpcId: 'vpc-1',
  networkInterfaceId: 'eni-1',
  architecture: 'x86_64',
  securityGroupNames: ['a', 'b'],
  securityGroupIds: ['sg-1', 'sg-2'],
  events: [],
  instanceProfile: undefined,
  launchedAt: 0,
  userData: Buffer.from('#!'),
  tags: undefined,
  isTokenRequired: true,
  isEnabled: true,
};

describe('the metadata of an instance', () => {
  test.each([
    ['/meta-data/instance-id', 'i-1'],
    ['/meta-data/placement/availability-zone-id', 'use1-az1'],
    ['/meta-data/placement/', 'availability-zone\navailability-zone-id\nregion'],
    ['/meta-data/network/interfaces/macs/', '02:00:ac:1f:00:04/'],
    ['/meta-data/network/interfaces/macs/02:00:ac:1f:00:04/security-group-ids', 'sg-1\nsg-2'],
    ['/', 'dynamic/\nmeta-data/\nuser-data'],
    ['/dynamic/instance-identity', 'document'],
    ['/meta-data/placement/group-name', undefined],
    ['/meta-data/tags/instance/', undefined],
    ['/meta-data/instance', undefined],
    ['/meta-data/__proto__', undefined],
  ])('at %s is %j', (path, expected) => {
    expect(metadataAt(FACTS, path)).toBe(expected);
  });

  test('has tags only when they are switched on', () => {
    const facts = { ...FACTS, tags: new Map([['run', 'r1']]) };
    expect(metadataAt(facts, '/meta-data/tags/instance/')).toBe('run');
    expect(metadataAt(facts, '/meta-data/tags/instance/run')).toBe('r1');
  });

  test('has no user data when none was given', () => {
    expect(metadataAt({ ...FACTS, userData: undefined }, '/user-data')).toBeUndefined();
  });

  test('has an identity document', () => {
    expect(JSON.parse(String(metadataAt(FACTS, '/dynamic/instance-identity/document')))).toMatchObject({
      instanceId: 'i-1',
      pendingTime: '1970-01-01T00:00:00Z',
      region: 'us-east-1',
    });
  });
});
