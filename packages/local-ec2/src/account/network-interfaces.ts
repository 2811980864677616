// Network interfaces: made with an instance, gone with it unless DeleteOnTermination is false, described, deleted.
import type {
  DeleteNetworkInterfaceRequest,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  NetworkInterface,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { page } from './pages.ts';
import { tagsOf } from './tags.ts';

/** A network interface as the endpoint keeps it. */
export interface NetworkInterfaceRecord {
  readonly id: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly privateIp: string;
  readonly mac: string;
  readonly description: string;
  readonly securityGroupIds: readonly string[];
  readonly deleteOnTermination: boolean;
  instanceId: string | undefined;
  /** When it goes, in ms since the Unix epoch; set at the end of its instance. */
  goesAt: number | undefined;
}

/** The interfaces that are still there. */
export function listInterfaces(account: Account): NetworkInterfaceRecord[] {
  const now = account.now();
  for (const { id, goesAt } of account.networkInterfaces.values()) {
    if (goesAt !== undefined && goesAt <= now) removeInterface(account, id);
  }
  return [...account.networkInterfaces.values()];
}

/** What becomes of an instance's interface at its end: it may go a while later than the instance. */
export function releaseInterface(account: Account, id: string): void {
  const record = account.networkInterfaces.get(id);
  if (record === undefined) return;
  record.instanceId = undefined;
  if (record.deleteOnTermination) record.goesAt = account.now() + (account.conditions.slow.networkInterfaceMs ?? 0);
}

const FIELDS: FilterFields<NetworkInterface & { Tags?: NetworkInterface['TagSet'] }> = {
  'attachment.instance-id': (item) => item.Attachment?.InstanceId,
  'availability-zone': (item) => item.AvailabilityZone,
  description: (item) => item.Description,
  'group-id': (item) => item.Groups?.map((group) => group.GroupId ?? ''),
  'network-interface-id': (item) => item.NetworkInterfaceId,
  'private-ip-address': (item) => item.PrivateIpAddress,
  status: (item) => item.Status,
  'subnet-id': (item) => item.SubnetId,
  'vpc-id': (item) => item.VpcId,
};

/** DescribeNetworkInterfaces. */
export function describeNetworkInterfaces(
  request: DescribeNetworkInterfacesRequest,
  { account }: ActionContext,
): DescribeNetworkInterfacesResult {
  const present = listInterfaces(account);
  const chosen = request.NetworkInterfaceIds?.map((id) => requireInterface(account, id)) ?? present;
  // Filters work on Tags; this one resource calls them TagSet.
  const views = chosen.map((record) => ({ ...view(account, record), Tags: tagsOf(account, record.id) }));
  const found = applyFilters(views, request.Filters, FIELDS);
  const { items, ...rest } = page(found, request, { smallest: 5, largest: 1000 });
  return { NetworkInterfaces: items.map(({ Tags: _, ...item }) => item), ...rest };
}

/** DeleteNetworkInterface: only of one that no instance has. */
export function deleteNetworkInterface(request: DeleteNetworkInterfaceRequest, { account }: ActionContext): object {
  const record = requireInterface(account, request.NetworkInterfaceId ?? '');
  if (record.instanceId !== undefined) {
    throw new ApiError('InvalidParameterValue', `Network interface '${record.id}' is currently in use.`);
  }
  refuseDryRun(request);
  removeInterface(account, record.id);
  return { Return: true };
}

function removeInterface(account: Account, id: string): void {
  account.networkInterfaces.delete(id);
  account.tags.delete(id);
}

function requireInterface(account: Account, id: string): NetworkInterfaceRecord {
  const record = listInterfaces(account).find((candidate) => candidate.id === id);
  if (record === undefined) {
    throw new ApiError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
  }
  return record;
}

function view(account: Account, record: NetworkInterfaceRecord): NetworkInterface {
  const { id, instanceId } = record;
  return {
    NetworkInterfaceId: id,
    SubnetId: record.subnetId,
    VpcId: record.vpcId,
    AvailabilityZone: record.zone,
    OwnerId: account.ownerId,
    Description: record.description,
    PrivateIpAddress: record.privateIp,
    MacAddress: record.mac,
    InterfaceType: 'interface',
    RequesterManaged: false,
    SourceDestCheck: true,
    Status: instanceId === undefined ? 'available' : 'in-use',
    Groups: record.securityGroupIds.map((group) => ({
      GroupId: group,
      GroupName: account.securityGroups.get(group)?.GroupName ?? '',
    })),
    ...(instanceId === undefined
      ? {}
      : {
          Attachment: {
            DeleteOnTermination: record.deleteOnTermination,
            DeviceIndex: 0,
            InstanceId: instanceId,
            InstanceOwnerId: account.ownerId,
            Status: 'attached' as const,
          },
        }),
    TagSet: tagsOf(account, id),
  };
}
