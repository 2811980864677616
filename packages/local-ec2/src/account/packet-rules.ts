// What the security groups of an instance let through, as rules for packets. Pure.
import type { IpPermission } from '@aws-sdk/client-ec2';
import type { Account } from './account.ts';
import type { InstanceRecord } from './instance.ts';
import { listInterfaces } from './network-interfaces.ts';

/** Packets that may pass; everything that no rule names is dropped. Answers to what passed always may. */
export interface PacketRule {
  readonly direction: 'in' | 'out';
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all. */
  readonly protocol: string;
  /** Of tcp and udp the ports, of icmp type and code (-1: any). */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Addresses or networks of the other side; none: nobody. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** The rules of all groups of an instance: they add up (VPC user guide, "Security group basics"). */
export function packetRules(
  account: Account,
  { securityGroupIds }: Pick<InstanceRecord, 'securityGroupIds'>,
): PacketRule[] {
  const groups = securityGroupIds.flatMap((id) => account.securityGroups.get(id) ?? []);
  return groups.flatMap(({ IpPermissions: ingress = [], IpPermissionsEgress: egress = [] }) => [
    ...ingress.map((permission) => packetRule(account, permission, 'in')),
    ...egress.map((permission) => packetRule(account, permission, 'out')),
  ]);
}

/** Whether a rule of any group names a group: then it changes with every instance that comes or goes. */
export function hasGroupReferences({ securityGroups }: Account): boolean {
  return [...securityGroups.values()].some(({ IpPermissions: ingress = [], IpPermissionsEgress: egress = [] }) =>
    [...ingress, ...egress].some(({ UserIdGroupPairs: pairs = [] }) => pairs.length > 0),
  );
}

function packetRule(account: Account, permission: IpPermission, direction: PacketRule['direction']): PacketRule {
  const named = new Set(permission.UserIdGroupPairs?.map(({ GroupId: id }) => id));
  const members = listInterfaces(account).filter(({ securityGroupIds }) =>
    securityGroupIds.some((id) => named.has(id)),
  );
  return {
    direction,
    protocol: permission.IpProtocol ?? '-1',
    from: permission.FromPort,
    to: permission.ToPort,
    // Prefix lists are those of AWS's own services, none of which is here.
    ipv4: [
      ...(permission.IpRanges ?? []).map(({ CidrIp: range = '' }) => range),
      ...members.map(({ privateIp }) => privateIp),
    ],
    ipv6: (permission.Ipv6Ranges ?? []).map(({ CidrIpv6: range = '' }) => range),
  };
}
