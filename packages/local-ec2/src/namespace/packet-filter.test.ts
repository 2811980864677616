import { expect, test } from 'vitest';
import { imageIdOf, type MadeContext, madeContext } from '../account/made-context.fixture.ts';
import { packetRules } from '../account/packet-rules.ts';
import { runInstances } from '../account/run-instances.ts';
import { authorizeIngress, revokeEgress, revokeIngress } from '../account/security-group-rules.ts';
import { createSecurityGroup } from '../account/security-groups.ts';
import { packetFilter } from './packet-filter.ts';

function launchIn(context: MadeContext, groupId: string) {
  const request = {
    ImageId: imageIdOf(context, 'x86_64'),
    InstanceType: 'm7i.large' as const,
    MinCount: 1,
    MaxCount: 1,
  };
  const { Instances: instances } = runInstances({ ...request, SecurityGroupIds: [groupId] }, context);
  const record = context.account.instances.get(instances?.[0]?.InstanceId ?? '');
  if (record === undefined) throw new Error('not launched');
  return record;
}

/** The lines of a chain that come from rules: those that name an address. */
function linesOf(context: MadeContext, record: ReturnType<typeof launchIn>, chain: string): string[] {
  const filter = packetFilter(packetRules(context.account, record));
  const [, body = ''] = filter.split(`chain ${chain} {`);
  const lines = (body.split('}\n  ')[0] ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => /^ip6? [sd]addr \{/.test(line));
}

test('a new group lets everything out and nothing in; without its egress rule nothing goes out', () => {
  const context = madeContext();
  const groupId = createSecurityGroup({ GroupName: 'g', Description: 'test' }, context).GroupId ?? '';
  const record = launchIn(context, groupId);
  expect(linesOf(context, record, 'inbound')).toEqual([]);
  expect(linesOf(context, record, 'outbound')).toEqual(['ip daddr { 0.0.0.0/0 } accept']);
  const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  revokeEgress({ GroupId: groupId, IpPermissions: [everything] }, context);
  expect(linesOf(context, record, 'outbound')).toEqual([]);
  // The machines hear of a change once it is there, and of nothing else.
  expect(context.told).toEqual([`launch ${record.id}`, 'security groups']);
});

test('ports, ICMP types, protocols by number and IPv6 become what nftables calls them', () => {
  const context = madeContext();
  const groupId = createSecurityGroup({ GroupName: 'g', Description: 'test' }, context).GroupId ?? '';
  const record = launchIn(context, groupId);
  const from = { IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
  const permissions = [
    { IpProtocol: 'udp', FromPort: 319, ToPort: 320, ...from },
    { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, ...from },
    { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, ...from },
    { IpProtocol: '50', ...from },
    { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, Ipv6Ranges: [{ CidrIpv6: 'fd00::/8' }] },
  ];
  authorizeIngress({ GroupId: groupId, IpPermissions: permissions }, context);
  expect(linesOf(context, record, 'inbound')).toEqual([
    'ip saddr { 10.0.0.0/8 } udp dport 319-320 accept',
    'ip saddr { 10.0.0.0/8 } icmp type 8 accept',
    'ip saddr { 10.0.0.0/8 } meta l4proto icmp accept',
    'ip saddr { 10.0.0.0/8 } meta l4proto 50 accept',
    'ip6 saddr { fd00::/8 } tcp dport 22-22 accept',
  ]);
});

test('a rule that names a group means those who are in it now', () => {
  const context = madeContext();
  const group = (name: string) => createSecurityGroup({ GroupName: name, Description: 'test' }, context).GroupId ?? '';
  const [own, others] = [group('own'), group('others')];
  const record = launchIn(context, own);
  const rule = { GroupId: own, IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: others }] }] };
  authorizeIngress(rule, context);
  expect(linesOf(context, record, 'inbound')).toEqual([]);
  const other = launchIn(context, others);
  expect(context.told.at(-1)).toBe('security groups');
  expect(linesOf(context, record, 'inbound')).toEqual([`ip saddr { ${other.privateIp} } accept`]);
  revokeIngress(rule, context);
  launchIn(context, others);
  expect(context.told.at(-1)).toMatch(/^launch/);
});
