import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { codeOf, imageIdOf, type MadeContext, madeContext } from './made-context.fixture.ts';
import { createPlacementGroup } from './placement-groups.ts';
import { runInstances } from './run-instances.ts';

function request(context: MadeContext, more: Partial<RunInstancesRequest> = {}): RunInstancesRequest {
  return { ImageId: imageIdOf(context, 'x86_64'), InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1, ...more };
}

function launchCode(more: Partial<RunInstancesRequest>, context = madeContext()): string {
  return codeOf(() => runInstances(request(context, more), context));
}

function base64(bytes: number): string {
  return Buffer.alloc(bytes, 'x').toString('base64');
}

describe('RunInstances', () => {
  test('makes pending instances with addresses of their own and tells the machines', () => {
    const context = madeContext();
    const { Instances: instances = [] } = runInstances(request(context, { MaxCount: 3 }), context);
    expect(instances.map(({ State }) => State?.Name)).toEqual(['pending', 'pending', 'pending']);
    expect(new Set(instances.map(({ PrivateIpAddress }) => PrivateIpAddress)).size).toBe(3);
    expect(instances.map(({ AmiLaunchIndex }) => AmiLaunchIndex)).toEqual([0, 1, 2]);
    expect(context.told).toEqual(instances.map(({ InstanceId }) => `launch ${InstanceId}`));
  });

  test.each<[string, Partial<RunInstancesRequest>]>([
    ['InvalidParameterCombination', { MinCount: 2, MaxCount: 1 }],
    ['InvalidParameterValue', { MinCount: 0, MaxCount: 1 }],
    ['InvalidParameterValue', { MinCount: 1.5, MaxCount: 2 }],
    ['MissingParameter', { ImageId: undefined }],
    ['InvalidAMIID.Malformed', { ImageId: 'ami-x' }],
    ['InvalidAMIID.NotFound', { ImageId: 'ami-0123456789abcdef0' }],
    ['InvalidParameterValue', { InstanceType: 'm99.large' as 'm7i.large' }],
    ['InvalidParameterValue', { InstanceType: 'm7g.large' }],
    ['InvalidSubnetID.NotFound', { SubnetId: 'subnet-1' }],
    ['InvalidGroup.NotFound', { SecurityGroupIds: ['sg-1'] }],
    ['InvalidPlacementGroup.Unknown', { Placement: { GroupName: 'none' } }],
    ['InvalidUserData.Malformed', { UserData: 'not base64' }],
    ['InvalidParameterValue', { UserData: base64(16_385) }],
    ['InvalidParameterValue', { ClientToken: 'x'.repeat(65) }],
    ['InvalidParameterValue', { InstanceInitiatedShutdownBehavior: 'explode' as 'stop' }],
    ['InvalidParameterValue', { TagSpecifications: [{ ResourceType: 'vpc', Tags: [] }] }],
    [
      'InvalidParameterValue',
      { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'aws:x', Value: '' }] }] },
    ],
    ['DryRunOperation', { DryRun: true }],
    ['accepted', { UserData: base64(16_384) }],
  ])('answers %s to %o', (code, more) => {
    const context = madeContext();
    expect(launchCode(more, context)).toBe(code);
    expect(context.told).toHaveLength(code === 'accepted' ? 1 : 0);
  });

  test('a type that a zone does not have is Unsupported there', () => {
    const context = madeContext();
    const arm = { ImageId: imageIdOf(context, 'arm64'), InstanceType: 'x8g.large' } as const;
    expect(launchCode({ ...arm, Placement: { AvailabilityZone: 'us-east-1a' } }, context)).toBe('Unsupported');
    expect(launchCode({ ...arm, Placement: { AvailabilityZone: 'us-east-1b' } }, context)).toBe('accepted');
  });

  test('an architecture that this machine cannot run is Unsupported, and a dry run does not look at it', () => {
    const context = madeContext();
    const reasonAgainst = (architecture: string) => (architecture === 'arm64' ? 'no QEMU' : undefined);
    const poor = { ...context, machines: { ...context.machines, reasonAgainst } };
    const arm = { ImageId: imageIdOf(context, 'arm64'), InstanceType: 'm7g.large' } as const;
    expect(() => runInstances(request(context, arm), poor)).toThrow('local-ec2: no QEMU');
    expect(launchCode(arm, poor)).toBe('Unsupported');
    expect(launchCode({ ...arm, DryRun: true }, poor)).toBe('DryRunOperation');
    expect(launchCode({}, poor)).toBe('accepted');
  });

  test('the same token gives the same instances, and other parameters with it are refused', () => {
    const context = madeContext();
    const first = runInstances(request(context, { ClientToken: 't' }), context);
    const again = runInstances(request(context, { ClientToken: 't' }), context);
    expect(again.Instances?.[0]?.InstanceId).toBe(first.Instances?.[0]?.InstanceId);
    expect(context.told).toHaveLength(1);
    expect(launchCode({ ClientToken: 't', InstanceType: 'm7i.xlarge' }, context)).toBe('IdempotentParameterMismatch');
  });

  test('the token of terminated instances is refused', () => {
    const context = madeContext();
    const { Instances: instances } = runInstances(request(context, { ClientToken: 't' }), context);
    const record = context.account.instances.get(instances?.[0]?.InstanceId ?? '');
    if (record !== undefined) record.state = 'terminated';
    expect(launchCode({ ClientToken: 't' }, context)).toBe('IdempotentInstanceTerminated');
  });

  test('tags go to the resources that they are for', () => {
    const context = madeContext();
    const tags = (value: string) => [{ Key: 'run', Value: value }];
    const { Instances: instances } = runInstances(
      request(context, {
        TagSpecifications: [
          { ResourceType: 'instance', Tags: tags('i') },
          { ResourceType: 'volume', Tags: tags('v') },
        ],
      }),
      context,
    );
    const volumeId = instances?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? '';
    expect(instances?.[0]?.Tags).toEqual(tags('i'));
    expect(Object.fromEntries(context.account.tags.get(volumeId) ?? [])).toEqual({ run: 'v' });
  });

  test('a placement group can be named by its id', () => {
    const context = madeContext();
    const { PlacementGroup: group } = createPlacementGroup({ GroupName: 'g', Strategy: 'precision-time' }, context);
    const { Instances: instances } = runInstances(
      request(context, { Placement: { GroupId: group?.GroupId } }),
      context,
    );
    expect(instances?.[0]?.Placement?.GroupName).toBe('g');
  });
});
