import { describe, expect, it } from 'vitest';
import type { GroupRule, SecurityGroupInfo } from '../ec2.ts';
import { egressChanges, judgeGivenGroup, neededEgress } from './egress-rules.ts';

function rule(protocol: string, ports: readonly [number, number] | null, value: string): GroupRule {
  const address = value.includes(':') ? ('ipv6' as const) : ('ipv4' as const);
  const kind = value.startsWith('pl-') ? 'prefix_list' : address;
  return { protocol, fromPort: ports?.[0] ?? null, toPort: ports?.[1] ?? null, target: { kind, value } };
}

function group(egress: readonly GroupRule[], ingress: readonly GroupRule[] = []): SecurityGroupInfo {
  return { groupId: 'sg-1', name: 'mine', vpcId: 'vpc-1', ingress, egress, tags: {} };
}

const short = (url: string, agentUrl: string | null = null, ssmDiagnostics = false) =>
  neededEgress(url, { agentUrl, ssmDiagnostics }).map(
    ({ protocol, fromPort, cidr }) => `${protocol} ${fromPort} ${cidr}`,
  );

describe('what instances may reach', () => {
  it('is the controller alone where its address is known', () => {
    expect(short('https://10.0.0.5:7600')).toEqual(['tcp 7600 10.0.0.5/32']);
    expect(short('https://[2001:db8::1]:7600')).toEqual(['tcp 7600 2001:db8::1/128']);
    expect(short('http://127.0.0.1')).toEqual(['tcp 80 127.0.0.1/32']);
  });

  it('includes a resolver for names, and https for an agent file from elsewhere', () => {
    const dns = ['udp 53 0.0.0.0/0', 'udp 53 ::/0', 'tcp 53 0.0.0.0/0', 'tcp 53 ::/0'];
    expect(short('https://controller.example')).toEqual(['tcp 443 0.0.0.0/0', 'tcp 443 ::/0', ...dns]);
    expect(short('https://10.0.0.5:7600', 's3://bucket/agent')).toEqual([
      'tcp 7600 10.0.0.5/32',
      'tcp 443 0.0.0.0/0',
      'tcp 443 ::/0',
      ...dns,
    ]);
    expect(short('https://controller.example', 'https://files.example/agent')).toHaveLength(6);
    expect(short('https://10.0.0.5:7600', null, true)).toEqual(short('https://10.0.0.5:7600', 's3://bucket/agent'));
  });

  it('has a reason for each rule', () => {
    for (const { reason } of neededEgress('https://controller.example', {
      agentUrl: 's3://bucket/agent',
      ssmDiagnostics: true,
    })) {
      expect(reason).toMatch(/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{5,255}$/);
    }
  });

  it('takes away what a new group allows beyond that, and adds what it lacks', () => {
    const wanted = neededEgress('https://10.0.0.5:7600', { agentUrl: null, ssmDiagnostics: false });
    const everything = rule('-1', null, '0.0.0.0/0');
    expect(egressChanges([everything], wanted)).toEqual({ add: wanted, remove: [everything] });
    expect(egressChanges([rule('tcp', [7600, 7600], '10.0.0.5/32')], wanted)).toEqual({ add: [], remove: [] });
  });
});

describe('a given security group', () => {
  const url = 'https://10.0.0.5:7600';

  it('is fine when it lets the agents out to the controller', () => {
    const good = [
      rule('-1', null, '0.0.0.0/0'),
      rule('tcp', [7000, 8000], '10.0.0.0/16'),
      rule('tcp', [7600, 7600], '10.0.0.5/32'),
    ];
    for (const one of good) expect(judgeGivenGroup(group([one]), url)).toEqual({ faults: [], warnings: [] });
  });

  it('is a fault when they could not report', () => {
    const bad = [
      rule('tcp', [443, 443], '0.0.0.0/0'),
      rule('udp', [7600, 7600], '0.0.0.0/0'),
      rule('tcp', [7600, 7600], '10.1.0.0/16'),
      rule('-1', null, '::/0'),
    ];
    const fault = 'security group sg-1 has no egress rule for tcp 7600 to 10.0.0.5: the agents could not report';
    expect(judgeGivenGroup(group(bad), url).faults).toEqual([fault]);
    expect(judgeGivenGroup(group([]), url).faults).toEqual([fault]);
  });

  it('is doubtful where its rules do not tell', () => {
    expect(judgeGivenGroup(group([rule('tcp', [7600, 7600], 'pl-1')]), url).warnings).toEqual([
      'whether security group sg-1 lets tcp 7600 to 10.0.0.5 out cannot be told from its rules',
    ]);
    const named = judgeGivenGroup(group([rule('tcp', [443, 443], '10.0.0.0/8')]), 'https://controller.example');
    expect([named.faults.length, named.warnings.length]).toEqual([0, 1]);
  });

  it('is warned about when it lets the world in', () => {
    const ingress = [rule('tcp', [22, 22], '0.0.0.0/0'), rule('-1', null, '::/0'), rule('tcp', [22, 22], '10.0.0.0/8')];
    expect(judgeGivenGroup(group([rule('-1', null, '0.0.0.0/0')], ingress), url).warnings).toEqual([
      'security group sg-1 lets tcp 22 in from everywhere; the agents need nothing in',
      'security group sg-1 lets everything in from everywhere; the agents need nothing in',
    ]);
  });
});
