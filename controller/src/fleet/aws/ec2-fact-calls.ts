/** `Ec2Facts` over the AWS SDK: what exists in the region. */
import type { Ec2Facts, InstanceTypeInfo } from '../ec2.ts';
import { allPages, chunks, type Ec2Caller, missing, orNullIfUnknown } from './ec2-caller.ts';
import { groupOf, placementGroupOf } from './ec2-group-calls.ts';

/** DescribeInstanceTypes and DescribeInstanceTypeOfferings: at most so many values of one filter, and so many in a page. */
const TYPES_PER_CALL = 100;
const PAGE_SIZE = 1000;

async function describeTypes(caller: Ec2Caller, types: readonly string[]): Promise<readonly InstanceTypeInfo[]> {
  const found: InstanceTypeInfo[] = [];
  for (const names of chunks(types, TYPES_PER_CALL)) {
    // A filter leaves unknown names out; naming them as InstanceTypes would fail the whole call at the first.
    const Filters = [{ Name: 'instance-type', Values: names }];
    const answer = await caller.call('DescribeInstanceTypes', ({ module, client }) =>
      client.send(new module.DescribeInstanceTypesCommand({ Filters, MaxResults: TYPES_PER_CALL })),
    );
    for (const info of answer.InstanceTypes ?? []) {
      found.push({
        type: info.InstanceType ?? '',
        architectures: info.ProcessorInfo?.SupportedArchitectures ?? [],
        phcSupport: info.PhcSupport ?? null,
        bareMetal: info.BareMetal ?? false,
        vcpus: info.VCpuInfo?.DefaultVCpus ?? null,
        strategies: info.PlacementGroupInfo?.SupportedStrategies ?? [],
      });
    }
  }
  return found;
}

async function describeOfferings(caller: Ec2Caller, types: readonly string[], zones: readonly string[]) {
  const found: { type: string; availabilityZone: string }[] = [];
  for (const names of chunks(types, TYPES_PER_CALL)) {
    const Filters = [
      { Name: 'instance-type', Values: names },
      { Name: 'location', Values: [...zones] },
    ];
    const items = await allPages(async (NextToken) => {
      const answer = await caller.call('DescribeInstanceTypeOfferings', ({ module, client }) =>
        client.send(
          new module.DescribeInstanceTypeOfferingsCommand({
            LocationType: 'availability-zone',
            Filters,
            MaxResults: PAGE_SIZE,
            NextToken,
          }),
        ),
      );
      return { items: answer.InstanceTypeOfferings ?? [], next: answer.NextToken };
    });
    found.push(...items.map((offer) => ({ type: offer.InstanceType ?? '', availabilityZone: offer.Location ?? '' })));
  }
  return found;
}

export function factCalls(caller: Ec2Caller): Ec2Facts {
  return {
    describeInstanceTypes: (types) => describeTypes(caller, types),
    describeOfferings: (types, zones) => describeOfferings(caller, types, zones),
    describeSubnets: async (subnetIds) => {
      const Filters = [{ Name: 'subnet-id', Values: [...subnetIds] }];
      const answer = await caller.call('DescribeSubnets', ({ module, client }) =>
        client.send(new module.DescribeSubnetsCommand({ Filters })),
      );
      return (answer.Subnets ?? []).map((subnet) => ({
        subnetId: subnet.SubnetId ?? '',
        vpcId: subnet.VpcId ?? '',
        availabilityZone: subnet.AvailabilityZone ?? '',
        availabilityZoneId: subnet.AvailabilityZoneId ?? null,
      }));
    },
    describeImage: (imageId) =>
      orNullIfUnknown(async () => {
        const answer = await caller.call('DescribeImages', ({ module, client }) =>
          client.send(new module.DescribeImagesCommand({ ImageIds: [imageId] })),
        );
        const image = answer.Images?.[0];
        if (image === undefined) throw missing('DescribeImages', 'image');
        return { imageId, architecture: image.Architecture ?? '', rootDevice: image.RootDeviceName ?? null };
      }),
    imageByParameter: async (name) => {
      const answer = await caller.parameter(name);
      const imageId = answer.Parameter?.Value;
      if (imageId === undefined || imageId === '') throw missing('ssm:GetParameter', `value of ${name}`);
      return imageId;
    },
    describeSecurityGroup: (groupId) =>
      orNullIfUnknown(async () => {
        const answer = await caller.call('DescribeSecurityGroups', ({ module, client }) =>
          client.send(new module.DescribeSecurityGroupsCommand({ GroupIds: [groupId] })),
        );
        const group = answer.SecurityGroups?.[0];
        if (group === undefined) throw missing('DescribeSecurityGroups', 'security group');
        return groupOf(group);
      }),
    describePlacementGroup: (name) =>
      orNullIfUnknown(async () => {
        const answer = await caller.call('DescribePlacementGroups', ({ module, client }) =>
          client.send(new module.DescribePlacementGroupsCommand({ GroupNames: [name] })),
        );
        const group = answer.PlacementGroups?.[0];
        if (group === undefined) throw missing('DescribePlacementGroups', 'placement group');
        return placementGroupOf(group);
      }),
    serverTime: () => caller.serverTime(),
  };
}
