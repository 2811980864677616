/** What lies between a subnet and the outside, asked of EC2: subnets in detail, route tables, VPC endpoints; and key pairs. */
import type { Route } from '@aws-sdk/client-ec2';
import type { SubnetInfo } from '../ec2.ts';
import { allPages, type Ec2Caller, orNullIfUnknown } from './ec2-caller.ts';

export interface SubnetDetails extends SubnetInfo {
  /** `available`, `pending`, `unavailable`, ... */
  readonly state: string;
  readonly freeAddresses: number;
  /** Instances get a public IPv4 address. */
  readonly givesPublicAddresses: boolean;
}

/** Where packets go: `local`, `igw-...`, `nat-...`, `vpce-...`, `tgw-...`, ... */
export interface RouteInfo {
  /** A CIDR, or a prefix list (`pl-...`). */
  readonly destination: string;
  readonly target: string;
  /** Its target is gone. */
  readonly isBlackhole: boolean;
}

export interface RouteTableInfo {
  readonly routeTableId: string;
  readonly vpcId: string;
  /** For the subnets that no table names. */
  readonly isMain: boolean;
  readonly subnetIds: readonly string[];
  readonly routes: readonly RouteInfo[];
}

export interface VpcEndpointInfo {
  readonly endpointId: string;
  /** For example `com.amazonaws.eu-north-1.s3`. */
  readonly service: string;
  readonly kind: string;
  readonly state: string;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
}

export interface Ec2Network {
  /** Those of the subnets that exist. */
  subnetDetails(subnetIds: readonly string[]): Promise<readonly SubnetDetails[]>;
  routeTables(vpcId: string): Promise<readonly RouteTableInfo[]>;
  vpcEndpoints(vpcId: string): Promise<readonly VpcEndpointInfo[]>;
  hasKeyPair(name: string): Promise<boolean>;
}

const PAGE_SIZE = 100;

function routeOf(route: Route): RouteInfo {
  const destination =
    route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? '';
  const target =
    route.GatewayId ??
    route.NatGatewayId ??
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.EgressOnlyInternetGatewayId ??
    route.NetworkInterfaceId ??
    route.LocalGatewayId ??
    route.CarrierGatewayId ??
    route.CoreNetworkArn ??
    '';
  return { destination, target, isBlackhole: route.State === 'blackhole' };
}

async function readSubnets(caller: Ec2Caller, ids: readonly string[]): Promise<readonly SubnetDetails[]> {
  const Filters = [{ Name: 'subnet-id', Values: [...ids] }];
  const answer = await caller.call('DescribeSubnets', ({ module, client }) =>
    client.send(new module.DescribeSubnetsCommand({ Filters })),
  );
  return (answer.Subnets ?? []).map((subnet) => ({
    subnetId: subnet.SubnetId ?? '',
    vpcId: subnet.VpcId ?? '',
    availabilityZone: subnet.AvailabilityZone ?? '',
    availabilityZoneId: subnet.AvailabilityZoneId ?? null,
    state: subnet.State ?? '',
    freeAddresses: subnet.AvailableIpAddressCount ?? 0,
    givesPublicAddresses: subnet.MapPublicIpOnLaunch ?? false,
  }));
}

async function readRouteTables(caller: Ec2Caller, vpcId: string): Promise<readonly RouteTableInfo[]> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const tables = await allPages(async (NextToken) => {
    const answer = await caller.call('DescribeRouteTables', ({ module, client }) =>
      client.send(new module.DescribeRouteTablesCommand({ Filters, MaxResults: PAGE_SIZE, NextToken })),
    );
    return { items: answer.RouteTables ?? [], next: answer.NextToken };
  });
  return tables.map((table) => ({
    routeTableId: table.RouteTableId ?? '',
    vpcId: table.VpcId ?? '',
    isMain: (table.Associations ?? []).some(({ Main }) => Main === true),
    subnetIds: (table.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
    routes: (table.Routes ?? []).map(routeOf),
  }));
}

async function readVpcEndpoints(caller: Ec2Caller, vpcId: string): Promise<readonly VpcEndpointInfo[]> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const endpoints = await allPages(async (NextToken) => {
    const answer = await caller.call('DescribeVpcEndpoints', ({ module, client }) =>
      client.send(new module.DescribeVpcEndpointsCommand({ Filters, MaxResults: PAGE_SIZE, NextToken })),
    );
    return { items: answer.VpcEndpoints ?? [], next: answer.NextToken };
  });
  return endpoints.map((endpoint) => ({
    endpointId: endpoint.VpcEndpointId ?? '',
    service: endpoint.ServiceName ?? '',
    kind: endpoint.VpcEndpointType ?? '',
    state: (endpoint.State ?? '').toLowerCase(),
    routeTableIds: endpoint.RouteTableIds ?? [],
    subnetIds: endpoint.SubnetIds ?? [],
  }));
}

export function networkCalls(caller: Ec2Caller): Ec2Network {
  return {
    subnetDetails: (ids) => readSubnets(caller, ids),
    routeTables: (vpcId) => readRouteTables(caller, vpcId),
    vpcEndpoints: (vpcId) => readVpcEndpoints(caller, vpcId),
    hasKeyPair: async (name) => {
      const found = await orNullIfUnknown(() =>
        caller.call('DescribeKeyPairs', ({ module, client }) =>
          client.send(new module.DescribeKeyPairsCommand({ KeyNames: [name] })),
        ),
      );
      return found !== null;
    },
  };
}
