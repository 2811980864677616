// One instance: what is known of it, its states, and how the API shows it.
import type {
  Instance,
  InstanceMetadataOptionsResponse,
  InstanceState,
  InstanceStatusEvent,
  StateReason,
} from '@aws-sdk/client-ec2';
import type { Account } from './account.ts';
import { releaseInterface } from './network-interfaces.ts';
import { tagsOf } from './tags.ts';
import { deviceMappings, releaseVolumes } from './volumes.ts';

/** The states of an instance with the codes of the API. */
export const INSTANCE_STATE_CODES = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;
export type InstanceStateName = keyof typeof INSTANCE_STATE_CODES;

/** What can happen to an instance. */
export type InstanceEvent = 'booted' | 'terminate' | 'ended' | 'stop' | 'start';

/**
 * The life of an instance; what is not in the table does not happen. `terminate` is possible in every state.
 *
 *     pending --booted--> running --terminate--> shutting-down --ended--> terminated
 *        ^                   |
 *      start               stop
 *        |                   v
 *     stopped <--ended-- stopping
 */
const TRANSITIONS: Readonly<Record<InstanceStateName, Partial<Record<InstanceEvent, InstanceStateName>>>> = {
  pending: { booted: 'running', terminate: 'shutting-down', stop: 'stopping' },
  running: { terminate: 'shutting-down', stop: 'stopping' },
  'shutting-down': { ended: 'terminated', terminate: 'shutting-down' },
  terminated: { terminate: 'terminated' },
  stopping: { ended: 'stopped', terminate: 'shutting-down', stop: 'stopping' },
  stopped: { start: 'pending', terminate: 'shutting-down', stop: 'stopped' },
};

/** The state after an event, or undefined when the event cannot happen in this state. Pure. */
export function nextState(state: InstanceStateName, event: InstanceEvent): InstanceStateName | undefined {
  return TRANSITIONS[state][event];
}

/** An instance as the endpoint keeps it. */
export interface InstanceRecord {
  readonly id: string;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly imageId: string;
  readonly instanceType: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly placementGroup: string | undefined;
  readonly placementGroupId: string | undefined;
  readonly securityGroupIds: readonly string[];
  readonly privateIp: string;
  readonly mac: string;
  readonly networkInterfaceId: string;
  readonly instanceProfile: { readonly arn: string; readonly id: string } | undefined;
  readonly keyName: string | undefined;
  readonly clientToken: string | undefined;
  /** Decoded user data. */
  readonly userData: Uint8Array | undefined;
  readonly metadata: InstanceMetadataOptionsResponse;
  /** Milliseconds since the Unix epoch. */
  readonly launchedAt: number;
  /** Why it terminates instead of coming up. */
  readonly launchFailure: { readonly code: string; readonly message: string } | undefined;
  /** When it was last running, in ms since the Unix epoch. */
  bootedAt: number | undefined;
  /** Since when its status checks fail, in ms since the Unix epoch. */
  impairedSince: number | undefined;
  /** Scheduled maintenance. */
  events: readonly InstanceStatusEvent[];
  state: InstanceStateName;
  stateReason: StateReason | undefined;
  stateTransitionReason: string;
  shutdownBehavior: 'stop' | 'terminate';
  disableApiTermination: boolean;
}

/** What goes with an instance that is terminated, or stays when it was asked to. */
export function releaseResources(account: Account, record: InstanceRecord): void {
  releaseVolumes(account, record.id);
  releaseInterface(account, record.networkInterfaceId);
}

/** A state as the API shows it. */
export function stateView(state: InstanceStateName): InstanceState {
  return { Code: INSTANCE_STATE_CODES[state], Name: state };
}

/** Private DNS name, which is also the host name. */
export function privateDnsName(record: InstanceRecord, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${record.privateIp.replaceAll('.', '-')}.${domain}`;
}

/** An instance as the API shows it. A terminated one has lost its network and its place. */
export function instanceView(account: Account, record: InstanceRecord): Instance {
  const isGone = record.state === 'terminated';
  return {
    InstanceId: record.id,
    ImageId: record.imageId,
    InstanceType: record.instanceType as NonNullable<Instance['InstanceType']>,
    Architecture: record.architecture,
    AmiLaunchIndex: record.launchIndex,
    ClientToken: record.clientToken ?? '',
    LaunchTime: new Date(record.launchedAt),
    State: stateView(record.state),
    StateReason: record.stateReason,
    StateTransitionReason: record.stateTransitionReason,
    Placement: {
      AvailabilityZone: record.zone,
      AvailabilityZoneId: record.zoneId,
      GroupName: record.placementGroup ?? '',
      ...(record.placementGroupId === undefined ? {} : { GroupId: record.placementGroupId }),
      Tenancy: 'default',
    },
    MetadataOptions: record.metadata,
    Monitoring: { State: 'disabled' },
    KeyName: record.keyName,
    ...(record.instanceProfile === undefined || isGone
      ? {}
      : { IamInstanceProfile: { Arn: record.instanceProfile.arn, Id: record.instanceProfile.id } }),
    EbsOptimized: false,
    EnaSupport: true,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    PlatformDetails: 'Linux/UNIX',
    PublicDnsName: '',
    PrivateDnsName: isGone ? '' : privateDnsName(record, account.region),
    SecurityGroups: isGone ? [] : groupsOf(account, record),
    Tags: tagsOf(account, record.id),
    ...(isGone ? {} : networkView(account, record)),
  };
}

function networkView(account: Account, record: InstanceRecord): Instance {
  return {
    PrivateIpAddress: record.privateIp,
    SubnetId: record.subnetId,
    VpcId: record.vpcId,
    SourceDestCheck: true,
    BlockDeviceMappings: deviceMappings(account, record.id),
    NetworkInterfaces: [
      {
        NetworkInterfaceId: record.networkInterfaceId,
        MacAddress: record.mac,
        OwnerId: account.ownerId,
        PrivateIpAddress: record.privateIp,
        SubnetId: record.subnetId,
        VpcId: record.vpcId,
        Status: 'in-use',
        InterfaceType: 'interface',
        SourceDestCheck: true,
        Groups: groupsOf(account, record),
        Attachment: {
          DeviceIndex: 0,
          NetworkCardIndex: 0,
          Status: 'attached',
          DeleteOnTermination: account.networkInterfaces.get(record.networkInterfaceId)?.deleteOnTermination ?? true,
        },
      },
    ],
  };
}

function groupsOf(account: Account, record: InstanceRecord): { GroupId: string; GroupName: string }[] {
  return record.securityGroupIds.map((id) => ({
    GroupId: id,
    GroupName: account.securityGroups.get(id)?.GroupName ?? '',
  }));
}
