// RunInstances: the checks of the real service, idempotency by ClientToken, and the new instances.
import { createHash } from 'node:crypto';
import type {
  InstanceMetadataOptionsResponse,
  PlacementGroup,
  Reservation,
  RunInstancesRequest,
  Subnet,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import { isBase64 } from '../protocol/parse-query.ts';
import type { Account, ActionContext, LaunchRecord } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { requireImage } from './images.ts';
import { type InstanceRecord, instanceView } from './instance.ts';
import { requireSecurityGroup } from './security-groups.ts';
import { setTags, tagsAtCreation } from './tags.ts';
import { type CatalogueEntry, catalogueEntry, isOfferedIn } from './type-catalogue.ts';

/** User data limit in bytes, before Base64. */
const MAX_USER_DATA_BYTES = 16_384;
const MAX_CLIENT_TOKEN_LENGTH = 64;
/** More at once would hurt the machine that the endpoint runs on. */
const MAX_COUNT = 1000;
const TAGGABLE = ['instance', 'volume', 'network-interface', 'spot-instances-request'] as const;

/** A launch request after its checks. */
interface LaunchOrder {
  readonly request: RunInstancesRequest;
  readonly entry: CatalogueEntry;
  readonly subnet: Subnet;
  readonly securityGroupIds: readonly string[];
  readonly placementGroup: PlacementGroup | undefined;
  readonly userData: Uint8Array | undefined;
  readonly tags: ReturnType<typeof tagsAtCreation>;
}

/** RunInstances. */
export function runInstances(request: RunInstancesRequest, context: ActionContext): Reservation {
  const { account } = context;
  const token = request.ClientToken;
  const fingerprint = fingerprintOf(request);
  const earlier = token === undefined ? undefined : account.launches.get(token);
  if (earlier !== undefined && request.DryRun !== true) return repeatedLaunch(account, earlier, fingerprint);
  const order = checkOrder(request, context);
  refuseDryRun(request);
  const reservationId = context.newId('r');
  const records = Array.from({ length: request.MaxCount ?? 1 }, (_, index) =>
    newInstance(order, context, { reservationId, index }),
  );
  const instanceIds = records.map(({ id }) => id);
  if (token !== undefined) account.launches.set(token, { fingerprint, reservationId, instanceIds });
  const answer = reservationView(account, reservationId, instanceIds);
  for (const record of records) context.machines.launch(record);
  return answer;
}

/** A reservation with those of its instances that are still listed. */
export function reservationView(account: Account, reservationId: string, ids: readonly string[]): Reservation {
  const records = ids.flatMap((id) => account.instances.get(id) ?? []);
  return {
    ReservationId: reservationId,
    OwnerId: account.ownerId,
    Groups: [],
    Instances: records.map((record) => instanceView(account, record)),
  };
}

function fingerprintOf(request: RunInstancesRequest): string {
  const { DryRun: _, ...rest } = request;
  return createHash('sha256').update(canonicalText(rest)).digest('hex');
}

function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

function repeatedLaunch(account: Account, earlier: LaunchRecord, fingerprint: string): Reservation {
  if (earlier.fingerprint !== fingerprint) {
    throw new ApiError(
      'IdempotentParameterMismatch',
      'The client token you have provided is associated with a resource that is already deleted or with a request of different parameters. Please use a different client token.',
    );
  }
  const live = earlier.instanceIds.filter((id) => (account.instances.get(id)?.state ?? 'terminated') !== 'terminated');
  if (live.length === 0) {
    throw new ApiError(
      'IdempotentInstanceTerminated',
      'The request to launch an instance uses the same client token as a previous request for which the instance has been terminated.',
    );
  }
  return reservationView(account, earlier.reservationId, earlier.instanceIds);
}

function checkOrder(request: RunInstancesRequest, context: ActionContext): LaunchOrder {
  checkCounts(request);
  checkToken(request.ClientToken);
  if (request.ImageId === undefined) {
    throw new ApiError('MissingParameter', 'The request must contain the parameter ImageId');
  }
  const { image } = requireImage(request.ImageId, context);
  const instanceType = request.InstanceType ?? 'm1.small';
  const entry = catalogueEntry(instanceType);
  if (entry === undefined) {
    throw new ApiError('InvalidParameterValue', `Invalid value '${instanceType}' for InstanceType.`);
  }
  if (entry.architecture !== image.Architecture) {
    throw new ApiError(
      'InvalidParameterValue',
      `The architecture '${entry.architecture}' of the specified instance type does not match the architecture '${image.Architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.`,
    );
  }
  const subnet = chooseSubnet(request, context.account);
  checkOffer(entry, subnet);
  return {
    request,
    entry,
    subnet,
    securityGroupIds: securityGroupsOf(request, context, subnet),
    placementGroup: placementGroupOf(request, context.account),
    userData: decodeUserData(request.UserData),
    tags: tagsAtCreation(request.TagSpecifications, TAGGABLE),
  };
}

function checkCounts(request: RunInstancesRequest): void {
  const { MinCount: min = 0, MaxCount: max = 0 } = request;
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

function checkToken(token: string | undefined): void {
  if (token === undefined) return;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule of the API is "ASCII"
  if (token.length > MAX_CLIENT_TOKEN_LENGTH || !/^[\u0000-\u007f]*$/.test(token)) {
    throw new ApiError(
      'InvalidParameterValue',
      `ClientToken must be at most ${MAX_CLIENT_TOKEN_LENGTH} ASCII characters.`,
    );
  }
}

function chooseSubnet(request: RunInstancesRequest, account: Account): Subnet {
  const [networkInterface] = request.NetworkInterfaces ?? [];
  const subnetId = networkInterface?.SubnetId ?? request.SubnetId;
  const zone = request.Placement?.AvailabilityZone;
  if (subnetId === undefined) {
    const found = [...account.subnets.values()].find(
      (subnet) => zone === undefined || subnet.AvailabilityZone === zone,
    );
    if (found !== undefined) return found;
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
  return subnet;
}

function checkOffer(entry: CatalogueEntry, subnet: Subnet): void {
  const zone = subnet.AvailabilityZone ?? '';
  if (isOfferedIn(entry, zone)) return;
  throw new ApiError(
    'Unsupported',
    `Your requested instance type (${entry.name}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing another one.`,
  );
}

function securityGroupsOf(request: RunInstancesRequest, context: ActionContext, subnet: Subnet): string[] {
  const [networkInterface] = request.NetworkInterfaces ?? [];
  if (networkInterface !== undefined && (request.SecurityGroupIds ?? request.SecurityGroups) !== undefined) {
    throw new ApiError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level security groups may not be specified on the same request',
    );
  }
  const ids = networkInterface?.Groups ?? request.SecurityGroupIds ?? [];
  const groups = [
    ...ids.map((id) => requireSecurityGroup(context.account, { GroupId: id })),
    ...(request.SecurityGroups ?? []).map((name) => requireSecurityGroup(context.account, { GroupName: name })),
  ];
  if (groups.length === 0) groups.push(requireSecurityGroup(context.account, { GroupName: 'default' }));
  if (groups.some((group) => group.VpcId !== subnet.VpcId)) {
    throw new ApiError('InvalidParameter', 'Security group and subnet belong to different networks.');
  }
  return groups.map((group) => group.GroupId ?? '');
}

function placementGroupOf(request: RunInstancesRequest, account: Account): PlacementGroup | undefined {
  const { GroupName: name, GroupId: id } = request.Placement ?? {};
  if ((name ?? '') === '' && (id ?? '') === '') return undefined;
  const group = [...account.placementGroups.values()].find((candidate) =>
    id === undefined ? candidate.GroupName === name : candidate.GroupId === id,
  );
  if (group === undefined) {
    throw new ApiError('InvalidPlacementGroup.Unknown', `The placement group '${name ?? id}' is unknown`);
  }
  return group;
}

function decodeUserData(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || text === '') return undefined;
  if (!isBase64(text)) throw new ApiError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  if (bytes.length > MAX_USER_DATA_BYTES) {
    throw new ApiError('InvalidParameterValue', `User data is limited to ${MAX_USER_DATA_BYTES} bytes`);
  }
  return bytes;
}

function newInstance(
  order: LaunchOrder,
  context: ActionContext,
  place: { reservationId: string; index: number },
): InstanceRecord {
  const { request, subnet } = order;
  const { account, newId } = context;
  const id = newId('i');
  const record: InstanceRecord = {
    id,
    reservationId: place.reservationId,
    launchIndex: place.index,
    imageId: request.ImageId ?? '',
    instanceType: order.entry.name,
    architecture: order.entry.architecture,
    subnetId: subnet.SubnetId ?? '',
    vpcId: subnet.VpcId ?? '',
    zone: subnet.AvailabilityZone ?? '',
    zoneId: subnet.AvailabilityZoneId ?? '',
    placementGroup: order.placementGroup?.GroupName,
    securityGroupIds: order.securityGroupIds,
    ...addressesOf(account, subnet),
    volumeId: newId('vol'),
    networkInterfaceId: newId('eni'),
    keyName: request.KeyName,
    clientToken: request.ClientToken,
    userData: order.userData,
    metadata: metadataOptionsOf(request),
    launchedAt: context.now(),
    state: 'pending',
    stateReason: { Code: 'pending', Message: 'pending' },
    stateTransitionReason: '',
    shutdownBehavior: shutdownBehaviorOf(request.InstanceInitiatedShutdownBehavior),
    disableApiTermination: request.DisableApiTermination ?? false,
  };
  account.instances.set(id, record);
  setTags(account, id, order.tags.get('instance') ?? []);
  setTags(account, record.volumeId, order.tags.get('volume') ?? []);
  setTags(account, record.networkInterfaceId, order.tags.get('network-interface') ?? []);
  return record;
}

/** The behaviour of a shutdown from inside. @throws ApiError InvalidParameterValue */
export function shutdownBehaviorOf(value: string | undefined): 'stop' | 'terminate' {
  if (value === undefined || value === 'stop') return 'stop';
  if (value === 'terminate') return 'terminate';
  throw new ApiError(
    'InvalidParameterValue',
    `Value (${value}) for parameter instanceInitiatedShutdownBehavior is invalid. Expecting stop or terminate.`,
  );
}

function metadataOptionsOf(request: RunInstancesRequest): InstanceMetadataOptionsResponse {
  return {
    State: 'applied',
    HttpTokens: request.MetadataOptions?.HttpTokens ?? 'required',
    HttpPutResponseHopLimit: request.MetadataOptions?.HttpPutResponseHopLimit ?? 2,
    HttpEndpoint: request.MetadataOptions?.HttpEndpoint ?? 'enabled',
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: request.MetadataOptions?.InstanceMetadataTags ?? 'disabled',
  };
}

/** The next free addresses of a subnet; AWS keeps the first four of each. */
function addressesOf(account: Account, subnet: Subnet): { privateIp: string; mac: string } {
  const [first, second, third] = (subnet.CidrBlock ?? '').split('.').map(Number);
  const inUse = new Set([...account.instances.values()].map(({ privateIp }) => privateIp));
  for (let host = 4; host < 16 * 256 - 1; host += 1) {
    const privateIp = `${first}.${second}.${(third ?? 0) + (host >> 8)}.${host & 255}`;
    if (inUse.has(privateIp)) continue;
    const tail = privateIp.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
    return { privateIp, mac: `02:00:${tail.join(':')}` };
  }
  throw new ApiError(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnet.SubnetId}' to satisfy the requested number of instances.`,
  );
}
