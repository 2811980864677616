/** Whether packets of the instances have a way to where they must go, by route tables and endpoints alone (pure). */
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { RouteInfo, RouteTableInfo, SubnetDetails, VpcEndpointInfo } from '../aws/ec2-network-calls.ts';
import { type Check, checksOf } from './check.ts';

/** Somewhere the instances must reach. */
export interface Destination {
  /** For people: `the controller`. */
  readonly name: string;
  readonly host: string;
  /** Null: the name cannot be resolved from here. */
  readonly addresses: readonly string[] | null;
}

export interface NetworkFacts {
  readonly region: string;
  readonly routeTables: readonly RouteTableInfo[];
  readonly endpoints: readonly VpcEndpointInfo[];
}

const NO_WAY =
  'add a route: an internet gateway (with public addresses), a NAT gateway, or a way into the other network';

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

function covers(cidr: string, address: string): boolean {
  const [network = '', bits = ''] = cidr.split('/');
  if (isIP(network) === 0 || isIP(network) !== isIP(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), familyOf(network));
  return list.check(address, familyOf(address));
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

function isPrivateAddress(address: string): boolean {
  return PRIVATE.some((cidr) => covers(cidr, address));
}

/** The table that names the subnet, else the main one. */
export function tableOf(subnetId: string, tables: readonly RouteTableInfo[]): RouteTableInfo | null {
  return tables.find(({ subnetIds }) => subnetIds.includes(subnetId)) ?? tables.find(({ isMain }) => isMain) ?? null;
}

/** The longest prefix wins, as in the VPC user guide ("Route priority"). Prefix lists cannot be looked into from here. */
export function routeTo(address: string, routes: readonly RouteInfo[]): RouteInfo | null {
  const length = ({ destination }: RouteInfo) => Number(destination.split('/')[1]);
  const matching = routes.filter(({ destination }) => covers(destination, address));
  return [...matching].sort((a, b) => length(b) - length(a))[0] ?? null;
}

/** One check for each subnet and destination. */
export function judgeRoutes(
  subnets: readonly SubnetDetails[],
  destinations: readonly Destination[],
  facts: NetworkFacts,
): readonly Check[] {
  return subnets.flatMap((subnet) => destinations.map((destination) => judgeWay(subnet, destination, facts)));
}

function judgeWay(subnet: SubnetDetails, { name, host, addresses }: Destination, { routeTables }: NetworkFacts): Check {
  const found = checksOf('route', `${subnet.subnetId} to ${name}`);
  const table = tableOf(subnet.subnetId, routeTables);
  if (table === null) return found.skipped('no route table of this subnet is shown');
  const [address] = addresses ?? [];
  if (address === undefined) {
    const hasDefault = table.routes.some(({ destination }) => destination === '0.0.0.0/0' || destination === '::/0');
    const beyond = hasDefault ? 'a default route exists' : 'only what is in the VPC can be reached';
    return found.warning(
      `${host} cannot be resolved from here; ${beyond} (${table.routeTableId})`,
      'make sure that it resolves inside the VPC',
    );
  }
  const route = routeTo(address, table.routes);
  if (route === null) return found.failed(`${table.routeTableId} has no route to ${address}`, NO_WAY);
  if (route.isBlackhole) {
    return found.failed(`the route of ${table.routeTableId} to ${address} is a blackhole (${route.target})`, NO_WAY);
  }
  return judgeTarget(found, { subnet, address, route });
}

type Makers = ReturnType<typeof checksOf>;

interface Way {
  readonly subnet: SubnetDetails;
  readonly address: string;
  readonly route: RouteInfo;
}

function judgeTarget(found: Makers, { subnet, address, route: { target, destination } }: Way): Check {
  const way = `${address} by ${destination} to ${target}`;
  if (target === 'local') return found.ok(`${way}: inside the VPC`);
  if (target.startsWith('igw-')) return judgeGateway(found, { subnet, address, way });
  if (target.startsWith('nat-') || target.startsWith('eigw-')) {
    if (!isPrivateAddress(address)) return found.ok(way);
    return found.failed(`${way}: a private address is not reached through it`, NO_WAY);
  }
  return found.ok(`${way}; what lies behind cannot be told from here`);
}

function judgeGateway(
  found: Makers,
  { subnet, address, way }: { subnet: SubnetDetails; address: string; way: string },
): Check {
  const { subnetId, givesPublicAddresses } = subnet;
  if (isPrivateAddress(address)) {
    return found.failed(`${way}: a private address is not reached through an internet gateway`, NO_WAY);
  }
  if (givesPublicAddresses || !isIPv4(address)) return found.ok(way);
  return found.failed(
    `${way}: instances get no public address in ${subnetId}, so no answer comes back`,
    'let the subnet assign public IPv4 addresses, or route through a NAT gateway',
  );
}

/** An endpoint for S3 is best: no gateway, no traffic costs; otherwise the way out of the VPC does. */
export function judgeS3(subnet: SubnetDetails, { region, routeTables, endpoints }: NetworkFacts): Check {
  const found = checksOf('route', `${subnet.subnetId} to S3`);
  const table = tableOf(subnet.subnetId, routeTables);
  const usable = endpoints.find(
    ({ service, state, routeTableIds, kind }) =>
      service === `com.amazonaws.${region}.s3` &&
      state === 'available' &&
      (kind === 'Interface' || routeTableIds.includes(table?.routeTableId ?? '')),
  );
  if (usable !== undefined) return found.ok(`${usable.kind.toLowerCase()} endpoint ${usable.endpointId}`);
  const route = table?.routes.find(({ destination }) => destination === '0.0.0.0/0');
  const isOut = route !== undefined && !route.isBlackhole && !/^(igw|local)/.test(route.target);
  if (isOut) return found.ok(`no endpoint of S3, but the default route to ${route.target}`);
  if (route?.target.startsWith('igw-') === true && subnet.givesPublicAddresses) {
    return found.ok(`no endpoint of S3, but the internet gateway ${route.target} and public addresses`);
  }
  return found.failed(
    'neither an endpoint of S3 nor a way out of the VPC: the agent file cannot be fetched',
    `add a gateway endpoint for com.amazonaws.${region}.s3 to ${table?.routeTableId ?? 'the route table'} (it is free)`,
  );
}
