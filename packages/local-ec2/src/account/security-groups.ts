// Security groups: create, describe, delete. Their rules are in security-group-rules.ts.
import type {
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult,
  DeleteSecurityGroupRequest,
  DeleteSecurityGroupResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  SecurityGroup,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { listInterfaces } from './network-interfaces.ts';
import { page } from './pages.ts';
import { setTags, tagsAtCreation, tagsOf } from './tags.ts';

/** Name and description: up to 255 characters of this set (EC2 API reference, CreateSecurityGroup). */
const TEXT_PATTERN = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

const FIELDS: FilterFields<SecurityGroup> = {
  description: (group) => group.Description,
  'group-id': (group) => group.GroupId,
  'group-name': (group) => group.GroupName,
  'owner-id': (group) => group.OwnerId,
  'vpc-id': (group) => group.VpcId,
};

/** CreateSecurityGroup: a new group lets everything out and nothing in. */
export function createSecurityGroup(
  request: CreateSecurityGroupRequest,
  context: ActionContext,
): CreateSecurityGroupResult {
  const { account } = context;
  const name = request.GroupName ?? '';
  checkText('groupName', name);
  checkText('groupDescription', request.Description ?? '');
  if (name.startsWith('sg-') || name === 'default') {
    throw new ApiError('InvalidParameterValue', `Invalid value '${name}' for groupName.`);
  }
  const vpcId = request.VpcId ?? account.vpc.VpcId ?? '';
  if (vpcId !== account.vpc.VpcId) {
    throw new ApiError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
  }
  if ([...account.securityGroups.values()].some((group) => group.GroupName === name)) {
    throw new ApiError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
  }
  const tags = tagsAtCreation(request.TagSpecifications, ['security-group']);
  refuseDryRun(request);
  const id = context.newId('sg');
  const arn = `arn:aws:ec2:${account.region}:${account.ownerId}:security-group/${id}`;
  account.securityGroups.set(id, {
    GroupId: id,
    SecurityGroupArn: arn,
    GroupName: name,
    Description: request.Description,
    VpcId: vpcId,
    OwnerId: account.ownerId,
    IpPermissions: [],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  setTags(account, id, tags.get('security-group') ?? []);
  return { GroupId: id, SecurityGroupArn: arn, Tags: tagsOf(account, id) };
}

/** DescribeSecurityGroups. */
export function describeSecurityGroups(
  request: DescribeSecurityGroupsRequest,
  { account }: ActionContext,
): DescribeSecurityGroupsResult {
  const named = [
    ...(request.GroupIds ?? []).map((id) => requireSecurityGroup(account, { GroupId: id })),
    ...(request.GroupNames ?? []).map((name) => requireSecurityGroup(account, { GroupName: name })),
  ];
  const isChosen = request.GroupIds !== undefined || request.GroupNames !== undefined;
  const views = (isChosen ? named : [...account.securityGroups.values()]).map((group) => ({
    ...group,
    Tags: tagsOf(account, group.GroupId ?? ''),
  }));
  const { items, ...rest } = page(applyFilters(views, request.Filters, FIELDS), request, {
    smallest: 5,
    largest: 1000,
  });
  return { SecurityGroups: items, ...rest };
}

/** DeleteSecurityGroup: only when no instance has it and no other group's rule names it. */
export function deleteSecurityGroup(
  request: DeleteSecurityGroupRequest,
  { account }: ActionContext,
): DeleteSecurityGroupResult {
  const group = requireSecurityGroup(account, request);
  const id = group.GroupId ?? '';
  if (group.GroupName === 'default') {
    throw new ApiError(
      'OperationNotPermitted',
      `the specified group: "${id}" name: "default" cannot be deleted by a user`,
    );
  }
  if (isUsed(account, id)) throw new ApiError('DependencyViolation', `resource ${id} has a dependent object`);
  refuseDryRun(request);
  account.securityGroups.delete(id);
  account.tags.delete(id);
  return { Return: true, GroupId: id };
}

/** The group with this id or name. @throws ApiError InvalidGroup.NotFound, MissingParameter */
export function requireSecurityGroup(
  account: Account,
  wanted: { GroupId?: string | undefined; GroupName?: string | undefined },
): SecurityGroup {
  const { GroupId: id, GroupName: name } = wanted;
  if (id === undefined && name === undefined) {
    throw new ApiError('MissingParameter', 'The request must contain the parameter groupName or groupId');
  }
  const found = [...account.securityGroups.values()].find((group) =>
    id === undefined ? group.GroupName === name : group.GroupId === id,
  );
  if (found === undefined) {
    throw new ApiError('InvalidGroup.NotFound', `The security group '${id ?? name}' does not exist`);
  }
  return found;
}

function isUsed(account: Account, id: string): boolean {
  // Of an instance that is terminated the interface may still be there.
  const byInterface = listInterfaces(account).some((item) => item.securityGroupIds.includes(id));
  const byRule = [...account.securityGroups.values()].some(
    (group) =>
      group.GroupId !== id &&
      [...(group.IpPermissions ?? []), ...(group.IpPermissionsEgress ?? [])].some((permission) =>
        permission.UserIdGroupPairs?.some((pair) => pair.GroupId === id),
      ),
  );
  return byInterface || byRule;
}

function checkText(name: string, value: string): void {
  if (TEXT_PATTERN.test(value)) return;
  throw new ApiError(
    'InvalidParameterValue',
    `Value (${value}) for parameter ${name} is invalid. Expecting up to 255 characters of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*`,
  );
}
