// What lies between a subnet and the outside: route tables, VPC endpoints, network ACLs. One of each for the whole VPC.
import type {
  DescribeNetworkAclsRequest,
  DescribeNetworkAclsResult,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult,
  DescribeVpcEndpointsRequest,
  DescribeVpcEndpointsResult,
  NetworkAcl,
  Route,
  RouteTable,
  VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { page } from './pages.ts';
import { tagsOf } from './tags.ts';

const LIMITS = { smallest: 5, largest: 1000 };
/** Services whose endpoint is an entry in the route table rather than an interface. */
const GATEWAY_SERVICES = ['s3', 'dynamodb'];

const ROUTE_TABLE_FIELDS: FilterFields<RouteTable> = {
  'association.main': (table) => table.Associations?.map(({ Main }) => String(Main)),
  'association.subnet-id': (table) => table.Associations?.flatMap(({ SubnetId }) => SubnetId ?? []),
  'route-table-id': (table) => table.RouteTableId,
  'route.destination-cidr-block': (table) => table.Routes?.flatMap((route) => route.DestinationCidrBlock ?? []),
  'route.gateway-id': (table) => table.Routes?.flatMap((route) => route.GatewayId ?? []),
  'route.nat-gateway-id': (table) => table.Routes?.flatMap((route) => route.NatGatewayId ?? []),
  'vpc-id': (table) => table.VpcId,
};

/** DescribeRouteTables: the main route table of the VPC, which all subnets have by default. */
export function describeRouteTables(
  request: DescribeRouteTablesRequest,
  { account }: ActionContext,
): DescribeRouteTablesResult {
  const table = routeTable(account);
  const unknown = request.RouteTableIds?.find((id) => id !== table.RouteTableId);
  if (unknown !== undefined) {
    throw new ApiError('InvalidRouteTableID.NotFound', `The routeTable ID '${unknown}' does not exist`);
  }
  const { items, ...rest } = page(applyFilters([table], request.Filters, ROUTE_TABLE_FIELDS), request, LIMITS);
  return { RouteTables: items, ...rest };
}

const ENDPOINT_FIELDS: FilterFields<VpcEndpoint> = {
  'service-name': (endpoint) => endpoint.ServiceName,
  'vpc-endpoint-id': (endpoint) => endpoint.VpcEndpointId,
  'vpc-endpoint-state': (endpoint) => endpoint.State,
  'vpc-endpoint-type': (endpoint) => endpoint.VpcEndpointType,
  'vpc-id': (endpoint) => endpoint.VpcId,
};

/** DescribeVpcEndpoints: those that the conditions of the account name. */
export function describeVpcEndpoints(
  request: DescribeVpcEndpointsRequest,
  { account }: ActionContext,
): DescribeVpcEndpointsResult {
  const all = endpointsOf(account);
  const unknown = request.VpcEndpointIds?.find((id) => !all.some((endpoint) => endpoint.VpcEndpointId === id));
  if (unknown !== undefined) {
    throw new ApiError('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${unknown}' does not exist`);
  }
  const chosen = all.filter(({ VpcEndpointId: id = '' }) => request.VpcEndpointIds?.includes(id) ?? true);
  const { items, ...rest } = page(applyFilters(chosen, request.Filters, ENDPOINT_FIELDS), request, LIMITS);
  return { VpcEndpoints: items, ...rest };
}

const ACL_FIELDS: FilterFields<NetworkAcl> = {
  'association.subnet-id': (acl) => acl.Associations?.flatMap(({ SubnetId }) => SubnetId ?? []),
  default: (acl) => String(acl.IsDefault),
  'network-acl-id': (acl) => acl.NetworkAclId,
  'vpc-id': (acl) => acl.VpcId,
};

/** DescribeNetworkAcls: the default one, which lets everything pass. */
export function describeNetworkAcls(
  request: DescribeNetworkAclsRequest,
  { account }: ActionContext,
): DescribeNetworkAclsResult {
  const acl = defaultAcl(account);
  const unknown = request.NetworkAclIds?.find((id) => id !== acl.NetworkAclId);
  if (unknown !== undefined) {
    throw new ApiError('InvalidNetworkAclID.NotFound', `The networkAcl ID '${unknown}' does not exist`);
  }
  const { items, ...rest } = page(applyFilters([acl], request.Filters, ACL_FIELDS), request, LIMITS);
  return { NetworkAcls: items, ...rest };
}

function routeTable(account: Account): RouteTable {
  const id = idOf('rtb', account);
  const { VpcId: vpcId, CidrBlock: cidr } = account.vpc;
  return {
    RouteTableId: id,
    VpcId: vpcId,
    OwnerId: account.ownerId,
    Routes: [
      { DestinationCidrBlock: cidr, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
      ...defaultRoutes(account),
    ],
    Associations: [
      {
        Main: true,
        RouteTableId: id,
        RouteTableAssociationId: idOf('rtbassoc', account),
        AssociationState: { State: 'associated' },
      },
    ],
    PropagatingVgws: [],
    Tags: tagsOf(account, id),
  };
}

function defaultRoutes(account: Account): Route[] {
  const route = { DestinationCidrBlock: '0.0.0.0/0', Origin: 'CreateRoute', State: 'active' } as const;
  switch (account.conditions.network.internet ?? 'gateway') {
    case 'gateway':
      return [{ ...route, GatewayId: idOf('igw', account) }];
    case 'nat':
      return [{ ...route, NatGatewayId: idOf('nat', account) }];
    case 'none':
      return [];
  }
}

function endpointsOf(account: Account): VpcEndpoint[] {
  return (account.conditions.network.endpoints ?? []).map((service, index) => {
    const isGateway = GATEWAY_SERVICES.includes(service);
    return {
      VpcEndpointId: idOf('vpce', account, index),
      VpcEndpointType: isGateway ? 'Gateway' : 'Interface',
      VpcId: account.vpc.VpcId,
      ServiceName: `com.amazonaws.${account.region}.${service}`,
      // As AWS writes it; the SDK's type has capitals.
      State: 'available' as 'Available',
      OwnerId: account.ownerId,
      PrivateDnsEnabled: !isGateway,
      RouteTableIds: isGateway ? [idOf('rtb', account)] : [],
      SubnetIds: isGateway ? [] : [...account.subnets.keys()],
      Groups: [],
      Tags: [],
    };
  });
}

function defaultAcl(account: Account): NetworkAcl {
  const id = idOf('acl', account);
  const rules = [false, true].flatMap((isEgress) => [
    { CidrBlock: '0.0.0.0/0', Egress: isEgress, Protocol: '-1', RuleAction: 'allow' as const, RuleNumber: 100 },
    { CidrBlock: '0.0.0.0/0', Egress: isEgress, Protocol: '-1', RuleAction: 'deny' as const, RuleNumber: 32_767 },
  ]);
  return {
    NetworkAclId: id,
    VpcId: account.vpc.VpcId,
    OwnerId: account.ownerId,
    IsDefault: true,
    Entries: rules,
    Associations: [...account.subnets.keys()].map((subnetId, index) => ({
      NetworkAclAssociationId: idOf('aclassoc', account, index),
      NetworkAclId: id,
      SubnetId: subnetId,
    })),
    Tags: tagsOf(account, id),
  };
}

/** The same id at every call: these resources are not kept, they follow from the VPC. */
function idOf(prefix: string, account: Account, index = 0): string {
  const tail = (account.vpc.VpcId ?? '').replace(/^vpc-/, '');
  return `${prefix}-${index.toString(16).padStart(2, '0')}${tail.slice(2)}`;
}
