// Rules of security groups: authorize and revoke, in and out. The machines are told, and filter if they can.
import { createHash } from 'node:crypto';
import type {
  AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult,
  IpPermission,
  RevokeSecurityGroupEgressRequest,
  RevokeSecurityGroupIngressRequest,
  RevokeSecurityGroupIngressResult,
  SecurityGroup,
  SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { requireSecurityGroup } from './security-groups.ts';

/** One target of one permission: what the API calls a rule. */
interface Rule {
  readonly protocol: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  /** Exactly one of these is set. */
  readonly cidrIpv4?: string;
  readonly cidrIpv6?: string;
  readonly prefixListId?: string;
  readonly groupId?: string;
  readonly description?: string | undefined;
}

const PROTOCOL_NAMES: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
  all: '-1',
};

/** AuthorizeSecurityGroupIngress. */
export function authorizeIngress(
  request: AuthorizeSecurityGroupIngressRequest,
  context: ActionContext,
): AuthorizeSecurityGroupIngressResult {
  return authorize(request, context, 'IpPermissions');
}

/** AuthorizeSecurityGroupEgress. */
export function authorizeEgress(
  request: AuthorizeSecurityGroupEgressRequest,
  context: ActionContext,
): AuthorizeSecurityGroupIngressResult {
  return authorize(request, context, 'IpPermissionsEgress');
}

/** RevokeSecurityGroupIngress. */
export function revokeIngress(
  request: RevokeSecurityGroupIngressRequest,
  context: ActionContext,
): RevokeSecurityGroupIngressResult {
  return revoke(request, context, 'IpPermissions');
}

/** RevokeSecurityGroupEgress. */
export function revokeEgress(
  request: RevokeSecurityGroupEgressRequest,
  context: ActionContext,
): RevokeSecurityGroupIngressResult {
  return revoke(request, context, 'IpPermissionsEgress');
}

type Direction = 'IpPermissions' | 'IpPermissionsEgress';
type RuleRequest = AuthorizeSecurityGroupIngressRequest & { SecurityGroupRuleIds?: string[] | undefined };

function authorize(
  request: RuleRequest,
  context: ActionContext,
  direction: Direction,
): AuthorizeSecurityGroupIngressResult {
  const group = requireSecurityGroup(context.account, request);
  const wanted = wantedRules(request);
  if (wanted.length === 0) {
    throw new ApiError('MissingParameter', 'Either ipPermissions or a CIDR with protocol and ports must be specified');
  }
  for (const rule of wanted)
    if (rule.groupId !== undefined) requireSecurityGroup(context.account, { GroupId: rule.groupId });
  const present = rulesOf(group[direction] ?? []);
  const keys = new Set(present.map(keyOf));
  for (const rule of wanted) {
    if (keys.has(keyOf(rule))) {
      throw new ApiError('InvalidPermission.Duplicate', `the specified rule "${keyOf(rule)}" already exists`);
    }
    keys.add(keyOf(rule));
  }
  refuseDryRun(request);
  group[direction] = permissionsOf([...present, ...wanted]);
  context.machines.securityGroupsChanged();
  return { Return: true, SecurityGroupRules: wanted.map((rule) => ruleView(rule, group, direction)) };
}

function revoke(request: RuleRequest, context: ActionContext, direction: Direction): RevokeSecurityGroupIngressResult {
  const group = requireSecurityGroup(context.account, request);
  const present = rulesOf(group[direction] ?? []);
  const keys = new Set(wantedRules(request).map(keyOf));
  const ids = new Set(request.SecurityGroupRuleIds ?? []);
  const isUnwanted = (rule: Rule) => keys.has(keyOf(rule)) || ids.has(ruleId(rule, group, direction));
  const removed = present.filter(isUnwanted);
  if (removed.length < keys.size + ids.size) {
    throw new ApiError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
  }
  refuseDryRun(request);
  group[direction] = permissionsOf(present.filter((rule) => !isUnwanted(rule)));
  context.machines.securityGroupsChanged();
  return {
    Return: true,
    RevokedSecurityGroupRules: removed.map((rule) => ({
      SecurityGroupRuleId: ruleId(rule, group, direction),
      GroupId: group.GroupId,
      IsEgress: direction === 'IpPermissionsEgress',
      IpProtocol: rule.protocol,
      FromPort: rule.fromPort,
      ToPort: rule.toPort,
      CidrIpv4: rule.cidrIpv4,
      CidrIpv6: rule.cidrIpv6,
      PrefixListId: rule.prefixListId,
      ReferencedGroupId: rule.groupId,
    })),
  };
}

function wantedRules(request: RuleRequest): Rule[] {
  const short: IpPermission[] =
    request.CidrIp === undefined
      ? []
      : [
          {
            IpProtocol: request.IpProtocol,
            FromPort: request.FromPort,
            ToPort: request.ToPort,
            IpRanges: [{ CidrIp: request.CidrIp }],
          },
        ];
  return rulesOf([...(request.IpPermissions ?? []), ...short]);
}

function rulesOf(permissions: readonly IpPermission[]): Rule[] {
  return permissions.flatMap((permission) => {
    const base = baseOf(permission);
    return [
      ...(permission.IpRanges ?? []).map((range) => ({
        ...base,
        cidrIpv4: checkedIpv4(range.CidrIp ?? ''),
        description: range.Description,
      })),
      ...(permission.Ipv6Ranges ?? []).map((range) => ({
        ...base,
        cidrIpv6: range.CidrIpv6 ?? '',
        description: range.Description,
      })),
      ...(permission.PrefixListIds ?? []).map((list) => ({
        ...base,
        prefixListId: list.PrefixListId ?? '',
        description: list.Description,
      })),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => ({
        ...base,
        groupId: pair.GroupId ?? '',
        description: pair.Description,
      })),
    ];
  });
}

function baseOf(permission: IpPermission): Pick<Rule, 'protocol' | 'fromPort' | 'toPort'> {
  const given = permission.IpProtocol?.toLowerCase();
  if (given === undefined) {
    throw new ApiError('MissingParameter', 'The request must contain the parameter ipProtocol');
  }
  const protocol = PROTOCOL_NAMES[given] ?? given;
  // Ports mean nothing when every protocol is allowed; the service drops them.
  if (protocol === '-1') return { protocol, fromPort: undefined, toPort: undefined };
  const { FromPort: fromPort, ToPort: toPort } = permission;
  if ((protocol === 'tcp' || protocol === 'udp') && !isPortRange(fromPort, toPort)) {
    throw new ApiError('InvalidParameterValue', `Invalid value for portRange: ${fromPort}-${toPort}.`);
  }
  return { protocol, fromPort, toPort };
}

function isPortRange(from: number | undefined, to: number | undefined): boolean {
  return from !== undefined && to !== undefined && from >= 0 && from <= to && to <= 65_535;
}

function checkedIpv4(cidr: string): string {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const [prefix = 99, ...octets] = (match ?? []).slice(1).map(Number).reverse();
  if (match === null || octets.some((octet) => octet > 255) || prefix > 32) {
    throw new ApiError('InvalidParameterValue', `CIDR block ${cidr} is malformed`);
  }
  return cidr;
}

function permissionsOf(rules: readonly Rule[]): IpPermission[] {
  const groups = Map.groupBy(rules, ({ protocol, fromPort, toPort }) => `${protocol}/${fromPort}/${toPort}`);
  return [...groups.values()].map((members) => permissionOf(members));
}

function permissionOf(rules: readonly Rule[]): IpPermission {
  const described = (rule: Rule) => (rule.description === undefined ? {} : { Description: rule.description });
  return {
    IpProtocol: rules[0]?.protocol,
    FromPort: rules[0]?.fromPort,
    ToPort: rules[0]?.toPort,
    IpRanges: rules.flatMap((rule) =>
      rule.cidrIpv4 === undefined ? [] : [{ CidrIp: rule.cidrIpv4, ...described(rule) }],
    ),
    Ipv6Ranges: rules.flatMap((rule) =>
      rule.cidrIpv6 === undefined ? [] : [{ CidrIpv6: rule.cidrIpv6, ...described(rule) }],
    ),
    PrefixListIds: rules.flatMap((rule) =>
      rule.prefixListId === undefined ? [] : [{ PrefixListId: rule.prefixListId, ...described(rule) }],
    ),
    UserIdGroupPairs: rules.flatMap((rule) =>
      rule.groupId === undefined ? [] : [{ GroupId: rule.groupId, ...described(rule) }],
    ),
  };
}

function ruleView(rule: Rule, group: SecurityGroup, direction: Direction): SecurityGroupRule {
  return {
    SecurityGroupRuleId: ruleId(rule, group, direction),
    GroupId: group.GroupId,
    GroupOwnerId: group.OwnerId,
    IsEgress: direction === 'IpPermissionsEgress',
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    CidrIpv4: rule.cidrIpv4,
    CidrIpv6: rule.cidrIpv6,
    PrefixListId: rule.prefixListId,
    ReferencedGroupInfo: rule.groupId === undefined ? undefined : { GroupId: rule.groupId },
    Description: rule.description,
  };
}

function keyOf(rule: Rule): string {
  const target = rule.cidrIpv4 ?? rule.cidrIpv6 ?? rule.prefixListId ?? rule.groupId;
  return `${rule.protocol}, ${rule.fromPort ?? 'all'}-${rule.toPort ?? 'all'}, ${target}`;
}

/** Derived, so that a rule has the same id whenever it is shown. */
function ruleId(rule: Rule, group: SecurityGroup, direction: Direction): string {
  const text = `${group.GroupId} ${direction} ${keyOf(rule)}`;
  return `sgr-${createHash('sha256').update(text).digest('hex').slice(0, 17)}`;
}
