import { describe, expect, test } from 'vitest';
import { releaseResources } from './instance.ts';
import { codeOf, imageIdOf, type MadeContext, madeContext } from './made-context.fixture.ts';
import { createPlacementGroup, deletePlacementGroup, describePlacementGroups } from './placement-groups.ts';
import { runInstances } from './run-instances.ts';
import { authorizeEgress, authorizeIngress, revokeEgress, revokeIngress } from './security-group-rules.ts';
import { createSecurityGroup, deleteSecurityGroup, describeSecurityGroups } from './security-groups.ts';
import { createTags, deleteTags, describeTags } from './tags.ts';

function newGroup(context: MadeContext, name: string): string {
  return createSecurityGroup({ GroupName: name, Description: 'test' }, context).GroupId ?? '';
}

describe('security groups', () => {
  test('are unique by name, and their names have rules', () => {
    const context = madeContext();
    newGroup(context, 'g');
    expect(codeOf(() => newGroup(context, 'g'))).toBe('InvalidGroup.Duplicate');
    expect(codeOf(() => newGroup(context, 'sg-x'))).toBe('InvalidParameterValue');
    expect(codeOf(() => newGroup(context, 'ä'))).toBe('InvalidParameterValue');
    expect(codeOf(() => createSecurityGroup({ GroupName: 'h', Description: 'd', VpcId: 'vpc-1' }, context))).toBe(
      'InvalidVpcID.NotFound',
    );
  });

  test('cannot be deleted while an instance or a rule of another group needs them', () => {
    const context = madeContext();
    const [a, b] = [newGroup(context, 'a'), newGroup(context, 'b')];
    const { Instances: instances } = runInstances(
      {
        ImageId: imageIdOf(context, 'x86_64'),
        InstanceType: 'm7i.large',
        MinCount: 1,
        MaxCount: 1,
        SecurityGroupIds: [a],
      },
      context,
    );
    const rule = { GroupId: a, IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: b }] }] };
    authorizeIngress(rule, context);
    expect(codeOf(() => deleteSecurityGroup({ GroupId: a }, context))).toBe('DependencyViolation');
    expect(codeOf(() => deleteSecurityGroup({ GroupId: b }, context))).toBe('DependencyViolation');
    const record = context.account.instances.get(instances?.[0]?.InstanceId ?? '');
    if (record !== undefined) releaseResources(context.account, record);
    revokeIngress(rule, context);
    expect(deleteSecurityGroup({ GroupId: a }, context)).toEqual({ Return: true, GroupId: a });
    expect(codeOf(() => deleteSecurityGroup({ GroupId: b }, context))).toBe('accepted');
    expect(codeOf(() => describeSecurityGroups({ GroupIds: [a] }, context))).toBe('InvalidGroup.NotFound');
  });

  test('keep their rules: no duplicates, no removal of what is not there', () => {
    const context = madeContext();
    const id = newGroup(context, 'g');
    const udp = (cidr: string) => ({
      GroupId: id,
      IpPermissions: [{ IpProtocol: 'udp', FromPort: 319, ToPort: 320, IpRanges: [{ CidrIp: cidr }] }],
    });
    expect(authorizeIngress(udp('10.0.0.0/8'), context).SecurityGroupRules).toHaveLength(1);
    expect(codeOf(() => authorizeIngress(udp('10.0.0.0/8'), context))).toBe('InvalidPermission.Duplicate');
    expect(codeOf(() => authorizeIngress(udp('10.0.0.0/99'), context))).toBe('InvalidParameterValue');
    expect(codeOf(() => revokeIngress(udp('11.0.0.0/8'), context))).toBe('InvalidPermission.NotFound');
    authorizeIngress(udp('11.0.0.0/8'), context);
    const group = () => describeSecurityGroups({ GroupIds: [id] }, context).SecurityGroups?.[0];
    expect(group()?.IpPermissions?.[0]?.IpRanges).toEqual([{ CidrIp: '10.0.0.0/8' }, { CidrIp: '11.0.0.0/8' }]);
    revokeIngress(udp('10.0.0.0/8'), context);
    expect(group()?.IpPermissions?.[0]?.IpRanges).toEqual([{ CidrIp: '11.0.0.0/8' }]);
  });

  test('let everything out until the rule for that is revoked, by permission or by rule id', () => {
    const context = madeContext();
    const id = newGroup(context, 'g');
    const everything = { GroupId: id, IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] };
    expect(revokeEgress(everything, context).RevokedSecurityGroupRules).toHaveLength(1);
    const [rule] = authorizeEgress(everything, context).SecurityGroupRules ?? [];
    revokeEgress({ GroupId: id, SecurityGroupRuleIds: [rule?.SecurityGroupRuleId ?? ''] }, context);
    expect(describeSecurityGroups({ GroupIds: [id] }, context).SecurityGroups?.[0]?.IpPermissionsEgress).toEqual([]);
  });
});

describe('placement groups', () => {
  test('are unique, known strategies only, and stay while an instance is in them', () => {
    const context = madeContext();
    const create = () => createPlacementGroup({ GroupName: 'g', Strategy: 'precision-time' }, context);
    create();
    expect(codeOf(create)).toBe('InvalidPlacementGroup.Duplicate');
    expect(codeOf(() => createPlacementGroup({ GroupName: 'h', Strategy: 'near' as 'cluster' }, context))).toBe(
      'InvalidParameterValue',
    );
    const { Instances: instances } = runInstances(
      {
        ImageId: imageIdOf(context, 'x86_64'),
        InstanceType: 'm7i.large',
        MinCount: 1,
        MaxCount: 1,
        Placement: { GroupName: 'g' },
      },
      context,
    );
    expect(codeOf(() => deletePlacementGroup({ GroupName: 'g' }, context))).toBe('InvalidPlacementGroup.InUse');
    const record = context.account.instances.get(instances?.[0]?.InstanceId ?? '');
    if (record !== undefined) record.state = 'terminated';
    deletePlacementGroup({ GroupName: 'g' }, context);
    expect(codeOf(() => describePlacementGroups({ GroupNames: ['g'] }, context))).toBe('InvalidPlacementGroup.Unknown');
  });
});

describe('tags', () => {
  test('are limited in number, length and name', () => {
    const context = madeContext();
    const id = newGroup(context, 'g');
    const create = (...tags: { Key: string; Value: string }[]) =>
      codeOf(() => createTags({ Resources: [id], Tags: tags }, context));
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    expect(create(...many)).toBe('accepted');
    expect(create({ Key: 'one more', Value: '' })).toBe('TagLimitExceeded');
    expect(create({ Key: 'k1', Value: 'changed' })).toBe('accepted');
    expect(create({ Key: 'x'.repeat(129), Value: '' })).toBe('InvalidParameterValue');
    expect(create({ Key: 'k1', Value: 'x'.repeat(257) })).toBe('InvalidParameterValue');
    expect(create({ Key: 'AWS:k', Value: '' })).toBe('InvalidParameterValue');
    expect(create({ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' })).toBe('InvalidParameterValue');
  });

  test('are set on all named resources or on none', () => {
    const context = madeContext();
    const id = newGroup(context, 'g');
    const tags = [{ Key: 'k', Value: 'v' }];
    expect(codeOf(() => createTags({ Resources: [id, 'i-0123456789abcdef0'], Tags: tags }, context))).toBe(
      'InvalidInstanceID.NotFound',
    );
    expect(codeOf(() => createTags({ Resources: ['thing-1'], Tags: tags }, context))).toBe('InvalidID');
    expect(describeTags({}, context).Tags).toEqual([]);
  });

  test('can be described by resource and removed by value', () => {
    const context = madeContext();
    const id = newGroup(context, 'g');
    createTags(
      {
        Resources: [id],
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      },
      context,
    );
    deleteTags({ Resources: [id], Tags: [{ Key: 'a', Value: 'other' }, { Key: 'b' }] }, context);
    expect(describeTags({ Filters: [{ Name: 'resource-id', Values: [id] }] }, context).Tags).toEqual([
      { Key: 'a', Value: '1', ResourceId: id, ResourceType: 'security-group' },
    ]);
  });
});
