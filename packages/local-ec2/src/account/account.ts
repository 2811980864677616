// Everything the endpoint knows about its one account: networks, images, groups, instances, tags. Plain data.
import type { SecurityGroup, Subnet, Vpc } from '@aws-sdk/client-ec2';
import type { CommandRecord } from './commands.ts';
import { type Conditions, NO_CONDITIONS } from './conditions.ts';
import { type ImageRecord, publicImages } from './images.ts';
import type { InstanceRecord } from './instance.ts';
import type { NetworkInterfaceRecord } from './network-interfaces.ts';
import type { PlacementGroupRecord } from './placement-groups.ts';
import type { LateTags } from './tags.ts';
import type { VolumeRecord } from './volumes.ts';

/** A remembered RunInstances request: the same ClientToken again gets the same answer. */
export interface LaunchRecord {
  /** The whole request as canonical text, to tell a repeated request from a different one. */
  readonly fingerprint: string;
  readonly reservationId: string;
  readonly instanceIds: readonly string[];
}

/** State of the account; actions read and change it. */
export interface Account {
  readonly ownerId: string;
  readonly region: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** What is short, forbidden, late or slow in this account. */
  conditions: Conditions;
  readonly vpc: Vpc;
  readonly subnets: Map<string, Subnet>;
  readonly images: Map<string, ImageRecord>;
  readonly instances: Map<string, InstanceRecord>;
  readonly securityGroups: Map<string, SecurityGroup>;
  /** By name: names of placement groups are unique in a region. */
  readonly placementGroups: Map<string, PlacementGroupRecord>;
  readonly volumes: Map<string, VolumeRecord>;
  readonly networkInterfaces: Map<string, NetworkInterfaceRecord>;
  /** Scripts sent through SSM, by their id. */
  readonly commands: Map<string, CommandRecord>;
  /** By ClientToken. */
  readonly launches: Map<string, LaunchRecord>;
  /** Tags of every kind of resource by its id. */
  readonly tags: Map<string, Map<string, string>>;
  /** What is still seen of a resource's tags when a change is late. */
  readonly lateTags: Map<string, LateTags>;
}

/** What the machine side of an endpoint does for the API side. */
export interface Machines {
  /** Why instances of an architecture cannot be run on this machine; undefined when they can. */
  reasonAgainst(architecture: InstanceRecord['architecture']): string | undefined;
  /** Lets a pending instance come up. */
  launch(instance: InstanceRecord): void;
  /** Ends an instance; it is shutting-down already. */
  terminate(instance: InstanceRecord): void;
  /** Stops an instance; it is stopping already. */
  stop(instance: InstanceRecord): void;
  /** Starts a stopped instance; it is pending already. */
  start(instance: InstanceRecord): void;
  /** Reboots a running instance. */
  reboot(instance: InstanceRecord): void;
  /** Everything in it ends at once; its state stays, as when a kernel hangs. */
  crash(instance: InstanceRecord): void;
  /** The rules of a group, or who is in it, have changed. */
  securityGroupsChanged(): void;
  /** The last part of what the instance wrote to its console, and when it last wrote. */
  console(instanceId: string): Promise<{ text: string; writtenAt: Date }>;
  /** Whether scripts can be run in it from outside, as by SSM's agent. */
  canRunScripts(instanceId: string): boolean;
  runScript(instanceId: string, order: ScriptOrder): Promise<ScriptEnd>;
}

/** A script for an instance. */
export interface ScriptOrder {
  readonly script: string;
  readonly timeoutMs: number;
}

/** What came of it; `exitCode` is null when it took too long. */
export interface ScriptEnd {
  readonly output: string;
  readonly exitCode: number | null;
}

/** What an action works with. */
export interface ActionContext {
  readonly account: Account;
  readonly machines: Machines;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** A new id such as `i-0123456789abcdef0` for the prefix `i`. */
  readonly newId: (prefix: string) => string;
  /** A new random UUID. */
  readonly newUuid: () => string;
}

/** One API action: a validated request to its answer; throws ApiError. */
export type Action<Request, Answer> = (request: Request, context: ActionContext) => Answer | Promise<Answer>;

/** Example account id of the AWS documentation. */
const OWNER_ID = '123456789012';
const ZONE_LETTERS = ['a', 'b', 'c'];

/** How to make an account. */
export interface AccountOptions {
  readonly region: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly newId: (prefix: string) => string;
  /** First two numbers of the VPC's addresses; 172.31, that of AWS's default VPCs, when absent. */
  readonly addressPrefix?: string;
}

/** An account as AWS hands it out: a default VPC with a subnet per zone and a default security group, nothing else. */
export function createAccount(options: AccountOptions): Account {
  const { region, newId, addressPrefix = '172.31' } = options;
  const vpcId = newId('vpc');
  const subnets = ZONE_LETTERS.map((letter, index) =>
    subnetOf({ region, vpcId, letter, index, addressPrefix, id: newId('subnet') }),
  );
  const defaultGroup: SecurityGroup = {
    GroupId: newId('sg'),
    GroupName: 'default',
    Description: 'default VPC security group',
    VpcId: vpcId,
    OwnerId: OWNER_ID,
    IpPermissions: [],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  };
  return {
    ownerId: OWNER_ID,
    region,
    now: options.now,
    conditions: NO_CONDITIONS,
    vpc: {
      VpcId: vpcId,
      OwnerId: OWNER_ID,
      CidrBlock: `${addressPrefix}.0.0/16`,
      IsDefault: true,
      State: 'available',
      InstanceTenancy: 'default',
      DhcpOptionsId: newId('dopt'),
    },
    subnets: new Map(subnets.map((subnet) => [subnet.SubnetId ?? '', subnet])),
    images: new Map(publicImages(options.now()).map((image) => [image.image.ImageId ?? '', image])),
    instances: new Map(),
    securityGroups: new Map([[defaultGroup.GroupId ?? '', defaultGroup]]),
    placementGroups: new Map(),
    volumes: new Map(),
    networkInterfaces: new Map(),
    commands: new Map(),
    launches: new Map(),
    tags: new Map(),
    lateTags: new Map(),
  };
}

function subnetOf(options: {
  region: string;
  vpcId: string;
  letter: string;
  index: number;
  addressPrefix: string;
  id: string;
}): Subnet {
  const { region, vpcId, letter, index, addressPrefix, id } = options;
  return {
    SubnetId: id,
    SubnetArn: `arn:aws:ec2:${region}:${OWNER_ID}:subnet/${id}`,
    VpcId: vpcId,
    OwnerId: OWNER_ID,
    AvailabilityZone: `${region}${letter}`,
    AvailabilityZoneId: `${zoneIdPrefix(region)}-az${index + 1}`,
    State: 'available',
    CidrBlock: `${addressPrefix}.${index * 16}.0/20`,
    AvailableIpAddressCount: 4091,
    DefaultForAz: true,
    MapPublicIpOnLaunch: true,
  };
}

/** `us-east-1` is `use1` in zone ids; compound directions take both initials (`ap-northeast-1`: `apne1`). */
function zoneIdPrefix(region: string): string {
  const [area = '', direction = '', number = ''] = region.split('-');
  const initials = direction.replace(/^(north|south)(east|west)$/, '$1 $2').split(' ');
  return `${area}${initials.map((word) => word.charAt(0)).join('')}${number}`;
}
