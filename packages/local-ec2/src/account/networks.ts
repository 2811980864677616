// DescribeVpcs, DescribeSubnets, DescribeRegions, DescribeAvailabilityZones.
import type {
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeRegionsRequest,
  DescribeRegionsResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  Subnet,
  Vpc,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { ActionContext } from './account.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { page } from './pages.ts';
import { tagsOf } from './tags.ts';

const VPC_FIELDS: FilterFields<Vpc> = {
  cidr: (vpc) => vpc.CidrBlock,
  'is-default': (vpc) => String(vpc.IsDefault),
  'owner-id': (vpc) => vpc.OwnerId,
  state: (vpc) => vpc.State,
  'vpc-id': (vpc) => vpc.VpcId,
};

/** DescribeVpcs. */
export function describeVpcs(request: DescribeVpcsRequest, { account }: ActionContext): DescribeVpcsResult {
  const unknown = request.VpcIds?.find((id) => id !== account.vpc.VpcId);
  if (unknown !== undefined) throw new ApiError('InvalidVpcID.NotFound', `The vpc ID '${unknown}' does not exist`);
  const vpcs = [{ ...account.vpc, Tags: tagsOf(account, account.vpc.VpcId ?? '') }];
  const { items, ...rest } = page(applyFilters(vpcs, request.Filters, VPC_FIELDS), request, {
    smallest: 5,
    largest: 1000,
  });
  return { Vpcs: items, ...rest };
}

const SUBNET_FIELDS: FilterFields<Subnet> = {
  'availability-zone': (subnet) => subnet.AvailabilityZone,
  'availability-zone-id': (subnet) => subnet.AvailabilityZoneId,
  'cidr-block': (subnet) => subnet.CidrBlock,
  'default-for-az': (subnet) => String(subnet.DefaultForAz),
  'owner-id': (subnet) => subnet.OwnerId,
  state: (subnet) => subnet.State,
  'subnet-id': (subnet) => subnet.SubnetId,
  'vpc-id': (subnet) => subnet.VpcId,
};

/** DescribeSubnets. */
export function describeSubnets(request: DescribeSubnetsRequest, { account }: ActionContext): DescribeSubnetsResult {
  const chosen = request.SubnetIds?.map((id) => {
    const subnet = account.subnets.get(id);
    if (subnet === undefined) throw new ApiError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
    return subnet;
  });
  const subnets = (chosen ?? [...account.subnets.values()]).map((subnet) => ({
    ...subnet,
    Tags: tagsOf(account, subnet.SubnetId ?? ''),
  }));
  const { items, ...rest } = page(applyFilters(subnets, request.Filters, SUBNET_FIELDS), request, {
    smallest: 5,
    largest: 1000,
  });
  return { Subnets: items, ...rest };
}

/** DescribeRegions: the account has the one region of the endpoint. */
export function describeRegions(request: DescribeRegionsRequest, { account }: ActionContext): DescribeRegionsResult {
  const unknown = request.RegionNames?.find((name) => name !== account.region);
  if (unknown !== undefined) {
    throw new ApiError('InvalidParameterValue', `Invalid region names provided: '${unknown}'`);
  }
  const region = {
    RegionName: account.region,
    Endpoint: `ec2.${account.region}.amazonaws.com`,
    OptInStatus: 'opt-in-not-required',
    Tags: [],
  };
  const found = applyFilters([region], request.Filters, {
    'region-name': (item) => item.RegionName,
    endpoint: (item) => item.Endpoint,
    'opt-in-status': (item) => item.OptInStatus,
  });
  return { Regions: found.map(({ Tags: _, ...rest }) => rest) };
}

/** DescribeAvailabilityZones: one for each subnet. */
export function describeAvailabilityZones(
  request: DescribeAvailabilityZonesRequest,
  { account }: ActionContext,
): DescribeAvailabilityZonesResult {
  const zones = [...account.subnets.values()].map((subnet) => ({
    ZoneName: subnet.AvailabilityZone,
    ZoneId: subnet.AvailabilityZoneId,
    ZoneType: 'availability-zone',
    RegionName: account.region,
    State: 'available' as const,
    OptInStatus: 'opt-in-not-required' as const,
    Tags: [],
  }));
  const unknown = request.ZoneNames?.find((name) => !zones.some((zone) => zone.ZoneName === name));
  if (unknown !== undefined) {
    throw new ApiError('InvalidParameterValue', `Invalid availability zone: [${unknown}]`);
  }
  const chosen = zones.filter(({ ZoneName: name = '' }) => request.ZoneNames?.includes(name) ?? true);
  const found = applyFilters(chosen, request.Filters, {
    'zone-name': (zone) => zone.ZoneName,
    'zone-id': (zone) => zone.ZoneId,
    'region-name': (zone) => zone.RegionName,
    state: (zone) => zone.State,
  });
  return { AvailabilityZones: found.map(({ Tags: _, ...rest }) => rest) };
}
