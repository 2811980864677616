/** All instance types of a region, page by page, with what matters for keeping time: for `ptp-tester types`. */
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { allPages, Ec2Caller } from './ec2-caller.ts';
import { type AwsOptions, awsAccess, createEc2Sdk } from './ec2-client.ts';
import type { CallLog } from './logged-call.ts';
import { createSsmCommands } from './ssm-commands.ts';
import { createParameterReader } from './ssm-parameter.ts';

export interface ListedType {
  readonly type: string;
  readonly architectures: readonly string[];
  readonly vcpus: number;
  readonly memoryMib: number;
  /** `supported`, `unsupported`; null when the API does not say. A prior, not a verdict. */
  readonly phcSupport: string | null;
  readonly bareMetal: boolean;
}

export interface TypeQuery {
  /** May hold `*` and `?`; null for every type. */
  readonly name: string | null;
  readonly architecture: string | null;
}

/** `zone`: `us-east-1a`; `zone-id`: `use1-az4`; `subnet`: the zone of that subnet. */
export type Place = { readonly kind: 'zone' | 'zone-id' | 'subnet'; readonly name: string };

export interface TypeListing {
  /** `onPage` hears how many have been read. Throws `FleetError` `call_failed`. */
  types(query: TypeQuery, onPage: (count: number) => void): Promise<readonly ListedType[]>;
  /** Zone ids by type: everywhere, or in one place. Null: there is no such subnet. */
  zoneIds(place: Place | null): Promise<ReadonlyMap<string, readonly string[]> | null>;
}

const TYPES_PER_PAGE = 100;
const OFFERINGS_PER_PAGE = 1000;

function listed(info: InstanceTypeInfo): ListedType {
  return {
    type: info.InstanceType ?? '',
    architectures: info.ProcessorInfo?.SupportedArchitectures ?? [],
    vcpus: info.VCpuInfo?.DefaultVCpus ?? 0,
    memoryMib: info.MemoryInfo?.SizeInMiB ?? 0,
    phcSupport: info.PhcSupport ?? null,
    bareMetal: info.BareMetal ?? false,
  };
}

function listTypes(caller: Ec2Caller, { name, architecture }: TypeQuery, onPage: (count: number) => void) {
  const Filters = [
    ...(name === null ? [] : [{ Name: 'instance-type', Values: [name] }]),
    ...(architecture === null ? [] : [{ Name: 'processor-info.supported-architecture', Values: [architecture] }]),
  ];
  let count = 0;
  return allPages(async (NextToken) => {
    const answer = await caller.call('DescribeInstanceTypes', ({ module, client }) =>
      client.send(new module.DescribeInstanceTypesCommand({ Filters, MaxResults: TYPES_PER_PAGE, NextToken })),
    );
    const items = (answer.InstanceTypes ?? []).map(listed);
    count += items.length;
    onPage(count);
    return { items, next: answer.NextToken };
  });
}

interface OfferingQuery {
  readonly LocationType: 'availability-zone' | 'availability-zone-id';
  /** Null: everywhere. */
  readonly location: string | null;
}

async function listOfferings(caller: Ec2Caller, { LocationType, location }: OfferingQuery) {
  const Filters = location === null ? [] : [{ Name: 'location', Values: [location] }];
  const items = await allPages(async (NextToken) => {
    const answer = await caller.call('DescribeInstanceTypeOfferings', ({ module, client }) =>
      client.send(
        new module.DescribeInstanceTypeOfferingsCommand({
          LocationType,
          Filters,
          MaxResults: OFFERINGS_PER_PAGE,
          NextToken,
        }),
      ),
    );
    return { items: answer.InstanceTypeOfferings ?? [], next: answer.NextToken };
  });
  const zones = new Map<string, string[]>();
  for (const { InstanceType: type, Location = '' } of items) {
    if (type !== undefined) zones.set(type, [...(zones.get(type) ?? []), Location].sort());
  }
  return zones;
}

async function zoneOfSubnet(caller: Ec2Caller, subnetId: string): Promise<string | null> {
  const Filters = [{ Name: 'subnet-id', Values: [subnetId] }];
  const answer = await caller.call('DescribeSubnets', ({ module, client }) =>
    client.send(new module.DescribeSubnetsCommand({ Filters })),
  );
  return answer.Subnets?.[0]?.AvailabilityZoneId ?? null;
}

export function createTypeListing(regionName: string, aws: AwsOptions, callLog: CallLog): TypeListing {
  const access = awsAccess(regionName, aws);
  const sdk = createEc2Sdk(access, () => undefined);
  const commands = createSsmCommands(access);
  const region = { sdk, commands, parameters: createParameterReader(access), clockOffsetMs: null };
  const caller = new Ec2Caller({ region, run: null }, callLog);
  return {
    types: (query, onPage) => listTypes(caller, query, onPage),
    zoneIds: async (place) => {
      const LocationType = place?.kind === 'zone' ? 'availability-zone' : 'availability-zone-id';
      const location = place?.kind === 'subnet' ? await zoneOfSubnet(caller, place.name) : (place?.name ?? null);
      if (location === null && place !== null) return null;
      return listOfferings(caller, { LocationType, location });
    },
  };
}
