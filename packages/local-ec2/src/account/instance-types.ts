// DescribeInstanceTypes and DescribeInstanceTypeOfferings.
import type {
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  InstanceTypeInfo,
  InstanceTypeOffering,
  LocationType,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { page } from './pages.ts';
import { catalogue, catalogueEntry, instanceTypeInfo, isOfferedIn } from './type-catalogue.ts';

const TYPE_FIELDS: FilterFields<InstanceTypeInfo & { Tags?: never }> = {
  'bare-metal': (info) => String(info.BareMetal),
  'current-generation': (info) => String(info.CurrentGeneration),
  hypervisor: (info) => info.Hypervisor,
  'instance-type': (info) => info.InstanceType,
  'memory-info.size-in-mib': (info) => String(info.MemoryInfo?.SizeInMiB),
  'network-info.ena-srd-supported': (info) => String(info.NetworkInfo?.EnaSrdSupported),
  'network-info.ena-support': (info) => info.NetworkInfo?.EnaSupport,
  'processor-info.supported-architecture': (info) => info.ProcessorInfo?.SupportedArchitectures,
  'vcpu-info.default-vcpus': (info) => String(info.VCpuInfo?.DefaultVCpus),
};

/** DescribeInstanceTypes. */
export function describeInstanceTypes(request: DescribeInstanceTypesRequest): DescribeInstanceTypesResult {
  const names = request.InstanceTypes ?? [];
  const unknown = names.filter((name) => catalogueEntry(name) === undefined);
  if (unknown.length > 0) {
    throw new ApiError(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  }
  const chosen = names.length > 0 ? names.flatMap((name) => catalogueEntry(name) ?? []) : catalogue();
  const found = applyFilters(chosen.map(instanceTypeInfo), request.Filters, TYPE_FIELDS);
  const { items, ...rest } = page(found, request, { smallest: 5, largest: 100 });
  return { InstanceTypes: items, ...rest };
}

const OFFERING_FIELDS: FilterFields<InstanceTypeOffering & { Tags?: never }> = {
  'instance-type': (offering) => offering.InstanceType,
  location: (offering) => offering.Location,
};

/** DescribeInstanceTypeOfferings. */
export function describeInstanceTypeOfferings(
  request: DescribeInstanceTypeOfferingsRequest,
  context: ActionContext,
): DescribeInstanceTypeOfferingsResult {
  const locationType = request.LocationType ?? 'region';
  const found = applyFilters(offeringsOf(locationType, context.account), request.Filters, OFFERING_FIELDS);
  const { items, ...rest } = page(found, request, { smallest: 5, largest: 1000 });
  return { InstanceTypeOfferings: items, ...rest };
}

function offeringsOf(locationType: string, account: Account): InstanceTypeOffering[] {
  return catalogue().flatMap((entry) =>
    locationsOf(locationType, account)
      .filter(({ zone }) => zone === undefined || isOfferedIn(entry, zone))
      .map(({ location }) => ({
        InstanceType: entry.name as NonNullable<InstanceTypeOffering['InstanceType']>,
        LocationType: locationType as LocationType,
        Location: location,
      })),
  );
}

function locationsOf(locationType: string, account: Account): { location: string; zone?: string }[] {
  const zones = [...account.subnets.values()].map((subnet) => ({
    zone: subnet.AvailabilityZone ?? '',
    zoneId: subnet.AvailabilityZoneId ?? '',
  }));
  switch (locationType) {
    case 'region':
      return [{ location: account.region }];
    case 'availability-zone':
      return zones.map(({ zone }) => ({ location: zone, zone }));
    case 'availability-zone-id':
      return zones.map(({ zone, zoneId }) => ({ location: zoneId, zone }));
    default:
      throw new ApiError('InvalidParameterValue', `Value (${locationType}) for parameter locationType is invalid.`);
  }
}
