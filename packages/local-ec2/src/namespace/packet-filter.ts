// Packet rules as a ruleset of nftables for the network of one instance. Pure.
import type { PacketRule } from '../account/packet-rules.ts';

/** Metadata, and what else of a link is AWS's own: security groups do not filter it (VPC user guide, "Security groups"). */
const LINK_LOCAL = '169.254.0.0/16';

/** A whole ruleset that takes the place of the one before it in one step (nft(8): a file is one transaction). */
export function packetFilter(rules: readonly PacketRule[]): string {
  const lines = (direction: PacketRule['direction']) =>
    rules
      .filter((rule) => rule.direction === direction)
      .flatMap(filterLines)
      .map((line) => `    ${line}\n`)
      .join('');
  return `table inet security_group
delete table inet security_group
table inet security_group {
  chain inbound {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
${lines('in')}  }
  chain outbound {
    type filter hook output priority 0; policy drop;
    oif lo accept
    ct state established,related accept
    ip daddr ${LINK_LOCAL} accept
${lines('out')}  }
  chain forwarded {
    type filter hook forward priority 0; policy drop;
  }
}
`;
}

function filterLines(rule: PacketRule): string[] {
  const what = matchOf(rule);
  const side = rule.direction === 'in' ? 'saddr' : 'daddr';
  const line = (family: string, ranges: readonly string[]) =>
    `${family} ${side} { ${[...new Set(ranges)].join(', ')} }${what} accept`;
  return [
    ...(rule.ipv4.length === 0 ? [] : [line('ip', rule.ipv4)]),
    ...(rule.ipv6.length === 0 ? [] : [line('ip6', rule.ipv6)]),
  ];
}

function matchOf({ protocol, from, to }: PacketRule): string {
  switch (protocol) {
    case '-1':
      return '';
    case 'tcp':
    case 'udp':
      return ` ${protocol} dport ${from}-${to}`;
    case 'icmp':
    case 'icmpv6': {
      const type = from === undefined || from < 0 ? '' : ` ${protocol} type ${from}`;
      const code = to === undefined || to < 0 ? '' : ` ${protocol} code ${to}`;
      return `${type}${code}` || ` meta l4proto ${protocol}`;
    }
    default:
      return ` meta l4proto ${protocol}`;
  }
}
