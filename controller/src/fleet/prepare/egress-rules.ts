/** What the instances must be able to reach, as security group rules, and whether a given group allows it (pure). */
import { isIPv4, isIPv6 } from 'node:net';
import type { FleetSpec } from '../../runs/fleet-spec.ts';
import type { EgressRule } from '../../runs/run-preparation.ts';
import type { GroupRule, SecurityGroupInfo } from '../ec2.ts';

const ANYWHERE = ['0.0.0.0/0', '::/0'] as const;
const HTTPS = 443;
const DNS = 53;

export interface Target {
  /** Null when it is a name: it may mean another address inside the VPC. */
  readonly address: string | null;
  readonly port: number;
}

/** Host and port of an http(s) address. */
function targetOf(url: string): Target {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const fallback = protocol === 'http:' ? 80 : HTTPS;
  const isAddress = isIPv4(host) || isIPv6(host);
  return { address: isAddress ? host : null, port: port === '' ? fallback : Number(port) };
}

function cidrsOf({ address }: Target): readonly string[] {
  if (address === null) return ANYWHERE;
  return [isIPv4(address) ? `${address}/32` : `${address}/128`];
}

/** What else the instances are to reach. */
export type EgressNeeds = Pick<FleetSpec, 'agentUrl' | 'ssmDiagnostics'>;

/**
 * The whole egress of a temporary group. NTP (169.254.169.123), instance metadata, DHCP and Amazon's own resolver need no
 * rule: security groups do not filter them (VPC user guide, "Security groups"). A VPC's own resolver does.
 */
export function neededEgress(publicUrl: string, { agentUrl, ssmDiagnostics }: EgressNeeds): readonly EgressRule[] {
  const controller = targetOf(publicUrl);
  const tcp = (port: number, cidrs: readonly string[], reason: string): EgressRule[] =>
    cidrs.map((cidr) => ({ protocol: 'tcp', fromPort: port, toPort: port, cidr, reason }));
  const rules = tcp(controller.port, cidrsOf(controller), 'agents report to the controller');
  if ((agentUrl !== null || ssmDiagnostics) && !(controller.address === null && controller.port === HTTPS)) {
    const why = agentUrl === null ? "SSM's agent reaches SSM" : 'the agent file is fetched over https';
    rules.push(...tcp(HTTPS, ANYWHERE, why));
  }
  if (controller.address === null || agentUrl !== null || ssmDiagnostics) {
    const reason = 'names are resolved, if not by the resolver of Amazon';
    const udp = ANYWHERE.map((cidr): EgressRule => ({ protocol: 'udp', fromPort: DNS, toPort: DNS, cidr, reason }));
    rules.push(...udp, ...tcp(DNS, ANYWHERE, reason));
  }
  return rules;
}

function sameRule(rule: GroupRule, wanted: EgressRule): boolean {
  return (
    rule.protocol === wanted.protocol &&
    rule.fromPort === wanted.fromPort &&
    rule.toPort === wanted.toPort &&
    rule.target.value === wanted.cidr
  );
}

/** What to add to and take from a group so that its egress is exactly what is wanted. */
export function egressChanges(
  present: readonly GroupRule[],
  wanted: readonly EgressRule[],
): { readonly add: readonly EgressRule[]; readonly remove: readonly GroupRule[] } {
  return {
    add: wanted.filter((rule) => !present.some((one) => sameRule(one, rule))),
    remove: present.filter((one) => !wanted.some((rule) => sameRule(one, rule))),
  };
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Null: cannot be told. */
function coversAddress({ target }: GroupRule, address: string | null): boolean | null {
  if (target.kind === 'prefix_list' || target.kind === 'group') return null;
  if (address === null) return (ANYWHERE as readonly string[]).includes(target.value) ? true : null;
  if (isIPv4(address) !== (target.kind === 'ipv4')) return false;
  const [network = '', bits = '0'] = target.value.split('/');
  if (target.kind === 'ipv6') return bits === '0' || (network === address && bits === '128') ? true : null;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(ipv4Number(network) / size) === Math.floor(ipv4Number(address) / size);
}

function coversPort({ protocol, fromPort, toPort }: GroupRule, port: number): boolean {
  if (protocol === '-1') return true;
  return protocol === 'tcp' && (fromPort ?? 0) <= port && port <= (toPort ?? 65_535);
}

function isOpenToAll({ target }: GroupRule): boolean {
  return (ANYWHERE as readonly string[]).includes(target.value);
}

function describePorts({ protocol, fromPort, toPort }: GroupRule): string {
  if (protocol === '-1' || fromPort === null) return 'everything';
  return `${protocol} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
}

export interface GroupJudgement {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** A group of the user is only looked at: open ingress is a warning, an unreachable controller a fault. */
export function judgeGivenGroup(group: SecurityGroupInfo, publicUrl: string): GroupJudgement {
  const open = group.ingress.filter(isOpenToAll);
  const warnings = open.map(
    (rule) =>
      `security group ${group.groupId} lets ${describePorts(rule)} in from everywhere; the agents need nothing in`,
  );
  const { address, port } = targetOf(publicUrl);
  const answers = group.egress.filter((rule) => coversPort(rule, port)).map((rule) => coversAddress(rule, address));
  if (answers.includes(true)) return { faults: [], warnings };
  const goal = `tcp ${port} to ${address ?? 'the controller'}`;
  if (answers.includes(null)) {
    const unclear = `whether security group ${group.groupId} lets ${goal} out cannot be told from its rules`;
    return { faults: [], warnings: [...warnings, unclear] };
  }
  return {
    faults: [`security group ${group.groupId} has no egress rule for ${goal}: the agents could not report`],
    warnings,
  };
}
