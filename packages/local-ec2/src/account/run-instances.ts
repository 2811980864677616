// RunInstances: idempotency by ClientToken, and the new instances with their volume, interface, addresses and tags.
import { createHash } from 'node:crypto';
import type { Reservation, RunInstancesRequest, Subnet } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext, LaunchRecord } from './account.ts';
import { isAbout } from './capacity.ts';
import { changedConditions, type FailedLaunchRule } from './conditions.ts';
import { refuseDryRun } from './dry-run.ts';
import { type InstanceRecord, instanceView } from './instance.ts';
import { checkOrder, type LaunchOrder } from './launch-order.ts';
import { grantedPlace } from './launch-place.ts';
import { listInterfaces } from './network-interfaces.ts';
import { hasGroupReferences } from './packet-rules.ts';
import { shutdownBehaviorOf } from './shutdown-behavior.ts';
import { setTags } from './tags.ts';

/** RunInstances: as many as there are, between MinCount and MaxCount. */
export function runInstances(request: RunInstancesRequest, context: ActionContext): Reservation {
  const { account } = context;
  const token = request.ClientToken;
  const fingerprint = fingerprintOf(request);
  const earlier = token === undefined ? undefined : account.launches.get(token);
  if (earlier !== undefined && request.DryRun !== true) return repeatedLaunch(account, earlier, fingerprint);
  const order = checkOrder(request, context);
  refuseDryRun(request);
  refuseForeign(order, context);
  const { MinCount: smallest = 1, MaxCount: largest = 1 } = request;
  const { subnet, count } = grantedPlace(account, order.subnets, { entry: order.entry, smallest, largest });
  const reservationId = context.newId('r');
  const records = Array.from({ length: count }, (_, index) =>
    newInstance(order, context, { subnet, reservationId, index }),
  );
  const instanceIds = records.map(({ id }) => id);
  if (token !== undefined) account.launches.set(token, { fingerprint, reservationId, instanceIds });
  const answer = reservationView(account, reservationId, instanceIds);
  for (const instance of answer.Instances ?? []) instance.Tags = [...(order.tags.get('instance') ?? [])];
  for (const record of records) context.machines.launch(record);
  if (hasGroupReferences(account)) context.machines.securityGroupsChanged();
  return answer;
}

/** What this machine cannot run is refused before anything of it exists. */
function refuseForeign({ entry }: LaunchOrder, { machines }: ActionContext): void {
  const reason = machines.reasonAgainst(entry.architecture);
  if (reason === undefined) return;
  throw new ApiError('Unsupported', `The requested configuration is currently not supported: local-ec2: ${reason}`);
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

function newInstance(
  order: LaunchOrder,
  context: ActionContext,
  place: { subnet: Subnet; reservationId: string; index: number },
): InstanceRecord {
  const { request, entry } = order;
  const { account, newId } = context;
  const { subnet } = place;
  const record: InstanceRecord = {
    id: newId('i'),
    reservationId: place.reservationId,
    launchIndex: place.index,
    imageId: request.ImageId ?? '',
    instanceType: entry.name,
    architecture: entry.architecture,
    subnetId: subnet.SubnetId ?? '',
    vpcId: subnet.VpcId ?? '',
    zone: subnet.AvailabilityZone ?? '',
    zoneId: subnet.AvailabilityZoneId ?? '',
    placementGroup: order.placementGroup?.name,
    placementGroupId: order.placementGroup?.id,
    securityGroupIds: order.securityGroupIds,
    ...addressesOf(account, subnet),
    networkInterfaceId: newId('eni'),
    instanceProfile: order.instanceProfile,
    keyName: request.KeyName,
    clientToken: request.ClientToken,
    userData: order.userData,
    metadata: order.metadata,
    launchedAt: context.now(),
    launchFailure: takeLaunchFailure(account, order, subnet.AvailabilityZone ?? ''),
    bootedAt: undefined,
    impairedSince: undefined,
    events: [],
    state: 'pending',
    stateReason: { Code: 'pending', Message: 'pending' },
    stateTransitionReason: '',
    shutdownBehavior: shutdownBehaviorOf(request.InstanceInitiatedShutdownBehavior),
    disableApiTermination: request.DisableApiTermination ?? false,
  };
  account.instances.set(record.id, record);
  setTags(account, record.id, order.tags.get('instance') ?? []);
  attachResources(record, order, context);
  return record;
}

/** The volumes and the interface that come with an instance. */
function attachResources(record: InstanceRecord, order: LaunchOrder, { account, newId }: ActionContext): void {
  const { id: instanceId, zone, networkInterfaceId, privateIp, mac, subnetId, vpcId, securityGroupIds } = record;
  for (const wanted of order.volumes) {
    const id = newId('vol');
    account.volumes.set(id, { ...wanted, id, zone, createdAt: record.launchedAt, instanceId });
    setTags(account, id, order.tags.get('volume') ?? []);
  }
  const [wanted] = order.request.NetworkInterfaces ?? [];
  account.networkInterfaces.set(networkInterfaceId, {
    id: networkInterfaceId,
    ...{ subnetId, vpcId, zone, privateIp, mac, securityGroupIds, instanceId },
    description: wanted?.Description ?? '',
    deleteOnTermination: wanted?.DeleteOnTermination ?? true,
    goesAt: undefined,
  });
  setTags(account, networkInterfaceId, order.tags.get('network-interface') ?? []);
}

/** How this instance is to fail at its start, if a condition says so; a rule with a number is used up by that. */
function takeLaunchFailure(account: Account, order: LaunchOrder, zone: string): InstanceRecord['launchFailure'] {
  const { failedLaunches } = account.conditions;
  const isEncrypted = order.volumes.some(({ encrypted }) => encrypted);
  const isMeant = (rule: FailedLaunchRule) =>
    isAbout(rule, { instanceType: order.entry.name, zone }) &&
    rule.times !== 0 &&
    (isEncrypted || rule.encrypted !== true);
  const rule = failedLaunches.find(isMeant);
  if (rule === undefined) return undefined;
  const { code = 'Client.InternalError', message = 'Client error on launch', times } = rule;
  if (times !== undefined) {
    const used = { ...rule, times: times - 1 };
    const left = failedLaunches.map((candidate) => (candidate === rule ? used : candidate));
    account.conditions = changedConditions(account.conditions, { failedLaunches: left });
  }
  return { code, message };
}

/** The next free addresses of a subnet; AWS keeps the first four of each. */
function addressesOf(account: Account, subnet: Subnet): { privateIp: string; mac: string } {
  const [first, second, third] = (subnet.CidrBlock ?? '').split('.').map(Number);
  const inUse = new Set([
    ...listInterfaces(account).map(({ privateIp }) => privateIp),
    ...[...account.instances.values()].map(({ privateIp }) => privateIp),
  ]);
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
