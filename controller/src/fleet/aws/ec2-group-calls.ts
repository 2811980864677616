/** `Ec2SecurityGroups` and `Ec2PlacementGroups` over the AWS SDK: security and placement groups. */
import type { IpPermission, PlacementGroup, SecurityGroup } from '@aws-sdk/client-ec2';
import type { EgressRule } from '../../runs/run-preparation.ts';
import type {
  Ec2PlacementGroups,
  Ec2SecurityGroups,
  GroupRule,
  PlacementGroupInfo,
  SecurityGroupInfo,
  TagScope,
} from '../ec2.ts';
import { allPages, type Ec2Caller, missing } from './ec2-caller.ts';
import { scopeFilters, tagList, tagsOf } from './ec2-tag-calls.ts';

const PAGE_SIZE = 1000;

function rulesOf(permissions: readonly IpPermission[] | undefined): GroupRule[] {
  return (permissions ?? []).flatMap((permission) => {
    const ports = {
      protocol: permission.IpProtocol ?? '-1',
      fromPort: permission.FromPort ?? null,
      toPort: permission.ToPort ?? null,
    };
    const targets: GroupRule['target'][] = [
      ...(permission.IpRanges ?? []).map((range) => ({ kind: 'ipv4' as const, value: range.CidrIp ?? '' })),
      ...(permission.Ipv6Ranges ?? []).map((range) => ({ kind: 'ipv6' as const, value: range.CidrIpv6 ?? '' })),
      ...(permission.PrefixListIds ?? []).map((list) => ({
        kind: 'prefix_list' as const,
        value: list.PrefixListId ?? '',
      })),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => ({ kind: 'group' as const, value: pair.GroupId ?? '' })),
    ];
    return targets.map((target) => ({ ...ports, target }));
  });
}

function permissionOf({ protocol, fromPort, toPort, target }: GroupRule): IpPermission {
  const ports = {
    IpProtocol: protocol,
    ...(fromPort === null ? {} : { FromPort: fromPort }),
    ...(toPort === null ? {} : { ToPort: toPort }),
  };
  switch (target.kind) {
    case 'ipv4':
      return { ...ports, IpRanges: [{ CidrIp: target.value }] };
    case 'ipv6':
      return { ...ports, Ipv6Ranges: [{ CidrIpv6: target.value }] };
    case 'prefix_list':
      return { ...ports, PrefixListIds: [{ PrefixListId: target.value }] };
    case 'group':
      return { ...ports, UserIdGroupPairs: [{ GroupId: target.value }] };
  }
}

/** With its reason as description, which EC2 limits to 255 characters of a small set. */
function egressPermission({ protocol, fromPort, toPort, cidr, reason }: EgressRule): IpPermission {
  const Description = reason.replaceAll(/[^a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]/g, ' ').slice(0, 255);
  const range = cidr.includes(':')
    ? { Ipv6Ranges: [{ CidrIpv6: cidr, Description }] }
    : { IpRanges: [{ CidrIp: cidr, Description }] };
  return { IpProtocol: protocol, FromPort: fromPort, ToPort: toPort, ...range };
}

export function groupOf(group: SecurityGroup): SecurityGroupInfo {
  return {
    groupId: group.GroupId ?? '',
    name: group.GroupName ?? '',
    vpcId: group.VpcId ?? '',
    ingress: rulesOf(group.IpPermissions),
    egress: rulesOf(group.IpPermissionsEgress),
    tags: tagsOf(group.Tags),
  };
}

export function placementGroupOf(group: PlacementGroup): PlacementGroupInfo {
  return {
    name: group.GroupName ?? '',
    groupId: group.GroupId ?? '',
    strategy: group.Strategy ?? '',
    state: group.State ?? '',
    partitionCount: group.PartitionCount ?? null,
    parentGroupId: group.ParentGroupId ?? null,
    tags: tagsOf(group.Tags),
  };
}

export function securityGroupCalls(caller: Ec2Caller, own: TagScope): Ec2SecurityGroups {
  return {
    securityGroups: (scope = own) =>
      allPages(async (NextToken) => {
        const input = { Filters: scopeFilters(scope), MaxResults: PAGE_SIZE, NextToken };
        const answer = await caller.call('DescribeSecurityGroups', ({ module, client }) =>
          client.send(new module.DescribeSecurityGroupsCommand(input)),
        );
        return { items: (answer.SecurityGroups ?? []).map(groupOf), next: answer.NextToken };
      }),
    createSecurityGroup: async ({ name, vpcId, tags }) => {
      const input = {
        GroupName: name,
        Description: 'ptp-tester: nothing in, only what the agents need out; removed with its run',
        VpcId: vpcId,
        TagSpecifications: [{ ResourceType: 'security-group' as const, Tags: tagList(tags) }],
      };
      const answer = await caller.call('CreateSecurityGroup', ({ module, client }) =>
        client.send(new module.CreateSecurityGroupCommand(input)),
      );
      if (answer.GroupId === undefined) throw missing('CreateSecurityGroup', 'group id');
      return answer.GroupId;
    },
    authorizeEgress: async (GroupId, rules) => {
      const input = { GroupId, IpPermissions: rules.map(egressPermission) };
      await caller.call('AuthorizeSecurityGroupEgress', ({ module, client }) =>
        client.send(new module.AuthorizeSecurityGroupEgressCommand(input)),
      );
    },
    revokeEgress: async (GroupId, rules) => {
      const input = { GroupId, IpPermissions: rules.map(permissionOf) };
      await caller.call('RevokeSecurityGroupEgress', ({ module, client }) =>
        client.send(new module.RevokeSecurityGroupEgressCommand(input)),
      );
    },
    deleteSecurityGroup: async (GroupId) => {
      await caller.call('DeleteSecurityGroup', ({ module, client }) =>
        client.send(new module.DeleteSecurityGroupCommand({ GroupId })),
      );
    },
  };
}

export function placementGroupCalls(caller: Ec2Caller, own: TagScope): Ec2PlacementGroups {
  return {
    placementGroups: async (scope = own) => {
      const answer = await caller.call('DescribePlacementGroups', ({ module, client }) =>
        client.send(new module.DescribePlacementGroupsCommand({ Filters: scopeFilters(scope) })),
      );
      return (answer.PlacementGroups ?? []).map(placementGroupOf);
    },
    createPrecisionTimeGroup: async ({ name, tags }) => {
      const input = {
        GroupName: name,
        Strategy: 'precision-time' as const,
        TagSpecifications: [{ ResourceType: 'placement-group' as const, Tags: tagList(tags) }],
      };
      await caller.call('CreatePlacementGroup', ({ module, client }) =>
        client.send(new module.CreatePlacementGroupCommand(input)),
      );
    },
    deletePlacementGroup: async (GroupName) => {
      await caller.call('DeletePlacementGroup', ({ module, client }) =>
        client.send(new module.DeletePlacementGroupCommand({ GroupName })),
      );
    },
  };
}
