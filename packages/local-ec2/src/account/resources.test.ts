import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { changedConditions } from './conditions.ts';
import { releaseResources } from './instance.ts';
import { codeOf, imageIdOf, type MadeContext, madeContext } from './made-context.fixture.ts';
import { deleteNetworkInterface, describeNetworkInterfaces } from './network-interfaces.ts';
import { describeNetworkAcls, describeRouteTables, describeVpcEndpoints } from './network-paths.ts';
import { runInstances } from './run-instances.ts';
import { createSecurityGroup, deleteSecurityGroup } from './security-groups.ts';
import { deleteVolume, describeVolumes } from './volumes.ts';

const RUN_TAG = [{ Key: 'run', Value: 'r1' }];
const BY_RUN = [{ Name: 'tag:run', Values: ['r1'] }];

function launch(context: MadeContext, more: Partial<RunInstancesRequest> = {}): string {
  const request: RunInstancesRequest = {
    ImageId: imageIdOf(context, 'x86_64'),
    InstanceType: 'm7i.large',
    MinCount: 1,
    MaxCount: 1,
    TagSpecifications: [
      { ResourceType: 'volume', Tags: RUN_TAG },
      { ResourceType: 'network-interface', Tags: RUN_TAG },
    ],
    ...more,
  };
  return runInstances(request, context).Instances?.[0]?.InstanceId ?? '';
}

/** The end of an instance, as the machine side reports it. */
function end(context: MadeContext, id: string): void {
  const record = context.account.instances.get(id);
  if (record !== undefined) releaseResources(context.account, record);
}

function volumes(context: MadeContext) {
  return describeVolumes({ Filters: BY_RUN }, context).Volumes ?? [];
}

function interfaces(context: MadeContext) {
  return describeNetworkInterfaces({ Filters: BY_RUN }, context).NetworkInterfaces ?? [];
}

describe('volumes and network interfaces', () => {
  test('come with an instance and go with it', () => {
    const context = madeContext();
    const id = launch(context);
    expect(volumes(context)).toMatchObject([{ State: 'in-use', Size: 8, Attachments: [{ InstanceId: id }] }]);
    expect(interfaces(context)).toMatchObject([{ Status: 'in-use', Attachment: { InstanceId: id } }]);
    end(context, id);
    expect([volumes(context), interfaces(context)]).toEqual([[], []]);
  });

  test('stay when they are not deleted with it, until they are deleted', () => {
    const context = madeContext();
    const id = launch(context, {
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } },
        { DeviceName: '/dev/xvdb', Ebs: { VolumeSize: 20, VolumeType: 'gp2' } },
      ],
      NetworkInterfaces: [{ DeviceIndex: 0, DeleteOnTermination: false }],
    });
    expect(volumes(context)).toHaveLength(2);
    const [used] = volumes(context);
    expect(codeOf(() => deleteVolume({ VolumeId: used?.VolumeId }, context))).toBe('VolumeInUse');
    end(context, id);
    const [volume] = volumes(context);
    const [networkInterface] = interfaces(context);
    expect(volumes(context)).toMatchObject([{ State: 'available', Size: 8, Attachments: [] }]);
    expect(networkInterface).toMatchObject({ Status: 'available' });
    deleteVolume({ VolumeId: volume?.VolumeId }, context);
    deleteNetworkInterface({ NetworkInterfaceId: networkInterface?.NetworkInterfaceId }, context);
    expect([volumes(context), interfaces(context)]).toEqual([[], []]);
    expect(codeOf(() => deleteVolume({ VolumeId: volume?.VolumeId }, context))).toBe('InvalidVolume.NotFound');
  });

  test('an interface that goes late keeps its security group from being deleted until then', () => {
    const context = madeContext();
    context.account.conditions = changedConditions(context.account.conditions, { slow: { networkInterfaceMs: 400 } });
    const group = createSecurityGroup({ GroupName: 'g', Description: 'd' }, context).GroupId ?? '';
    const id = launch(context, { SecurityGroupIds: [group] });
    end(context, id);
    expect(codeOf(() => deleteSecurityGroup({ GroupId: group }, context))).toBe('DependencyViolation');
    context.nowMs += 400;
    expect(codeOf(() => deleteSecurityGroup({ GroupId: group }, context))).toBe('accepted');
  });

  test.each<[string, RunInstancesRequest['BlockDeviceMappings']]>([
    ['InvalidBlockDeviceMapping', [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 4 } }]],
    ['InvalidBlockDeviceMapping', [{ DeviceName: '/dev/xvdb', Ebs: {} }]],
    ['InvalidParameterValue', [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp9' as 'gp3' } }]],
    ['MissingParameter', [{ Ebs: { VolumeSize: 9 } }]],
  ])('%s is the answer to %o', (code, mappings) => {
    expect(codeOf(() => launch(madeContext(), { BlockDeviceMappings: mappings }))).toBe(code);
  });
});

describe('the ways out of a subnet', () => {
  test('lead to an internet gateway unless the conditions say otherwise', () => {
    const context = madeContext();
    const targets = () => {
      const [table] =
        describeRouteTables({ Filters: [{ Name: 'association.main', Values: ['true'] }] }, context).RouteTables ?? [];
      return table?.Routes?.map(({ GatewayId, NatGatewayId }) => (GatewayId ?? NatGatewayId)?.split('-')[0]);
    };
    expect(targets()).toEqual(['local', 'igw']);
    context.account.conditions = changedConditions(context.account.conditions, { network: { internet: 'nat' } });
    expect(targets()).toEqual(['local', 'nat']);
    context.account.conditions = changedConditions(context.account.conditions, { network: { internet: 'none' } });
    expect(targets()).toEqual(['local']);
  });

  test('VPC endpoints are those of the conditions; the network ACL lets everything pass', () => {
    const context = madeContext();
    context.account.conditions = changedConditions(context.account.conditions, {
      network: { endpoints: ['s3', 'ssm'] },
    });
    const { VpcEndpoints: endpoints = [] } = describeVpcEndpoints({}, context);
    expect(endpoints.map(({ ServiceName, VpcEndpointType }) => [ServiceName, VpcEndpointType])).toEqual([
      ['com.amazonaws.us-east-1.s3', 'Gateway'],
      ['com.amazonaws.us-east-1.ssm', 'Interface'],
    ]);
    const [subnet = ''] = context.account.subnets.keys();
    const found = describeNetworkAcls({ Filters: [{ Name: 'association.subnet-id', Values: [subnet] }] }, context);
    expect(found.NetworkAcls?.[0]?.Entries?.filter(({ RuleAction }) => RuleAction === 'allow')).toHaveLength(2);
  });
});
