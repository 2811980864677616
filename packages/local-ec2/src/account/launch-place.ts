// Where a launch goes and how many instances it gets there: subnet, zone, type, capacity.
import type { RunInstancesRequest, Subnet } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account } from './account.ts';
import { grantedCount, hasType } from './capacity.ts';
import type { CatalogueEntry } from './type-catalogue.ts';

/** More at once would hurt the machine that the endpoint runs on. */
const MAX_COUNT = 1000;

/** The counts of a launch. @throws ApiError InvalidParameterValue, InvalidParameterCombination */
export function checkCounts({ MinCount: min = 0, MaxCount: max = 0 }: RunInstancesRequest): void {
  for (const [name, value] of [['minCount', min] as const, ['maxCount', max] as const]) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ApiError(
        'InvalidParameterValue',
        `Value (${value}) for parameter ${name} is invalid. Expecting a positive whole number.`,
      );
    }
  }
  if (min > max) {
    throw new ApiError(
      'InvalidParameterCombination',
      `The parameter minCount (${min}) may not exceed maxCount (${max}).`,
    );
  }
  if (max > MAX_COUNT) {
    throw new ApiError('InvalidParameterValue', `Value (${max}) for parameter maxCount exceeds ${MAX_COUNT}.`);
  }
}

/** The subnets that a launch may go to: the one that it names, or all of its zone, or all. */
export function subnetsFor(request: RunInstancesRequest, account: Account): Subnet[] {
  const [networkInterface] = request.NetworkInterfaces ?? [];
  const subnetId = networkInterface?.SubnetId ?? request.SubnetId;
  const zone = request.Placement?.AvailabilityZone;
  if (subnetId === undefined) {
    const found = [...account.subnets.values()].filter(
      (subnet) => zone === undefined || subnet.AvailabilityZone === zone,
    );
    if (found.length > 0) return found;
    throw new ApiError('InvalidParameterValue', `Invalid availability zone: [${zone}]`);
  }
  const subnet = account.subnets.get(subnetId);
  if (subnet === undefined) {
    throw new ApiError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
  }
  if (zone !== undefined && zone !== subnet.AvailabilityZone) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${zone}) for parameter availabilityZone is invalid. Subnet '${subnetId}' is in the availability zone ${subnet.AvailabilityZone}`,
    );
  }
  return [subnet];
}

/** Those that have the type. @throws ApiError Unsupported when none has */
export function subnetsWithType(account: Account, subnets: readonly Subnet[], entry: CatalogueEntry): Subnet[] {
  const offering = subnets.filter((subnet) => hasType(account, entry, subnet.AvailabilityZone ?? ''));
  if (offering.length > 0) return offering;
  const zone = subnets[0]?.AvailabilityZone ?? '';
  throw new ApiError(
    'Unsupported',
    `Your requested instance type (${entry.name}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing another one.`,
  );
}

/**
 * The first subnet in which the launch gets its smallest number, and how many it gets there.
 * @throws ApiError VcpuLimitExceeded, InsufficientInstanceCapacity: those of the first subnet
 */
export function grantedPlace(
  account: Account,
  subnets: readonly Subnet[],
  wanted: { entry: CatalogueEntry; smallest: number; largest: number },
): { subnet: Subnet; count: number } {
  let refusal: unknown;
  for (const subnet of subnets) {
    try {
      return { subnet, count: grantedCount(account, { ...wanted, zone: subnet.AvailabilityZone ?? '' }) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}
