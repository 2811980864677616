// How many instances a launch gets: capacity of the type in the zone, and the account's vCPU quota.
import { ApiError } from '../api-error.ts';
import { matchesWildcards } from '../wildcards.ts';
import type { Account } from './account.ts';
import type { TypeAndZone } from './conditions.ts';
import type { InstanceRecord } from './instance.ts';
import { type CatalogueEntry, catalogueEntry, isOfferedIn } from './type-catalogue.ts';

/** What a launch asks for. */
export interface CapacityRequest {
  readonly entry: CatalogueEntry;
  readonly zone: string;
  readonly smallest: number;
  readonly largest: number;
}

/**
 * How many of the wanted instances there are: as many as possible, as the API does between MinCount and MaxCount.
 * @throws ApiError VcpuLimitExceeded, InsufficientInstanceCapacity (HTTP 500, as observed) when not even the smallest number
 */
export function grantedCount(account: Account, request: CapacityRequest): number {
  const { entry, zone, smallest, largest } = request;
  const withinQuota = Math.floor(freeVcpus(account) / entry.vcpus);
  if (withinQuota < smallest) {
    throw new ApiError(
      'VcpuLimitExceeded',
      `You have requested more vCPU capacity than your current vCPU limit of ${account.conditions.vcpuQuota} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`,
    );
  }
  const free = freeCapacity(account, { instanceType: entry.name, zone });
  if (free < smallest) {
    const elsewhere = zonesWithCapacity(account, entry, smallest);
    const advice = elsewhere.length === 0 ? '' : ` or choosing ${elsewhere.join(', ')}`;
    throw new ApiError(
      'InsufficientInstanceCapacity',
      `We currently do not have sufficient ${entry.name} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity. You can currently get ${entry.name} capacity by not specifying an Availability Zone in your request${advice}.`,
    );
  }
  return Math.min(largest, withinQuota, free);
}

/** How many instances of the type the zone could still start. */
function freeCapacity(account: Account, wanted: { instanceType: string; zone: string }): number {
  const rule = account.conditions.capacity.find((candidate) => isAbout(candidate, wanted));
  if (rule === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, rule.available - living(account).filter((instance) => isAbout(rule, instance)).length);
}

/** Whether a rule is about this type in this zone. Pure. */
export function isAbout(rule: TypeAndZone, { instanceType, zone }: { instanceType: string; zone: string }): boolean {
  return matchesWildcards(rule.instanceType, instanceType) && matchesWildcards(rule.zone, zone);
}

/** Whether the zone has the type at all. */
export function hasType(account: Account, entry: CatalogueEntry, zone: string): boolean {
  const wanted = { instanceType: entry.name, zone };
  return isOfferedIn(entry, zone) && !account.conditions.unsupported.some((rule) => isAbout(rule, wanted));
}

function freeVcpus(account: Account): number {
  const { vcpuQuota } = account.conditions;
  if (vcpuQuota === null) return Number.POSITIVE_INFINITY;
  return living(account).reduce(
    (left, { instanceType }) => left - (catalogueEntry(instanceType)?.vcpus ?? 0),
    vcpuQuota,
  );
}

/** Stopped instances take neither capacity nor quota. */
function living(account: Account): InstanceRecord[] {
  return [...account.instances.values()].filter(({ state }) => state !== 'terminated' && state !== 'stopped');
}

function zonesWithCapacity(account: Account, entry: CatalogueEntry, smallest: number): string[] {
  const zones = [...account.subnets.values()].map((subnet) => subnet.AvailabilityZone ?? '');
  return zones.filter(
    (zone) => hasType(account, entry, zone) && freeCapacity(account, { instanceType: entry.name, zone }) >= smallest,
  );
}
