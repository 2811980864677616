/** What the fleet asks of EC2: the only view of it that the rest of the controller has. */
import type { RunId } from '../runs/run.ts';
import type { EgressRule } from '../runs/run-preparation.ts';

/** EC2's own words (InstanceStateName). */
export type Ec2State = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export type Tags = Readonly<Record<string, string>>;

/** An instance with our tags, as DescribeInstances shows it now. */
export interface ObservedInstance {
  readonly instanceId: string;
  /** From its tag; null when the tag is missing or not a number. */
  readonly index: number | null;
  readonly state: Ec2State;
  /** For example `Client.InstanceInitiatedShutdown: ...`; null when EC2 gives none. */
  readonly stateReason: string | null;
  /** Ms since 1970 by AWS's clock; null when EC2 gives none. */
  readonly launchedAt: number | null;
  readonly tags: Tags;
  readonly volumeIds: readonly string[];
  readonly networkInterfaceIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly placementGroup: string | null;
}

/** What DescribeInstanceStatus says of an instance. */
export interface InstanceHealth {
  readonly instanceId: string;
  /** `ok`, `impaired`, `initializing`, `insufficient-data`, `not-applicable` */
  readonly systemStatus: string;
  readonly instanceStatus: string;
  readonly scheduledEvents: readonly {
    readonly code: string;
    readonly text: string;
    readonly notBefore: string | null;
  }[];
}

export type Architecture = 'x86_64' | 'arm64';

export interface InstanceTypeInfo {
  readonly type: string;
  /** Empty when the API does not say. */
  readonly architectures: readonly string[];
  /** What the API says of the PHC: a prior, not a verdict; null when it says nothing. */
  readonly phcSupport: string | null;
  readonly bareMetal?: boolean;
  /** With the default threads of each core; null when the API does not say. */
  readonly vcpus?: number | null;
  /** Placement strategies that the type supports; empty when the API does not say. */
  readonly strategies?: readonly string[];
}

export interface SubnetInfo {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly availabilityZoneId?: string | null;
}

export interface ImageInfo {
  readonly imageId: string;
  readonly architecture: string;
  /** For example `/dev/xvda`; null when the API does not say. */
  readonly rootDevice?: string | null;
}

/** One rule of a security group, one target each. */
export interface GroupRule {
  /** `tcp`, `udp`, ..., or `-1` for everything. */
  readonly protocol: string;
  /** Null: every port. */
  readonly fromPort: number | null;
  readonly toPort: number | null;
  readonly target: { readonly kind: 'ipv4' | 'ipv6' | 'prefix_list' | 'group'; readonly value: string };
}

export interface SecurityGroupInfo {
  readonly groupId: string;
  readonly name: string;
  readonly vpcId: string;
  readonly ingress: readonly GroupRule[];
  readonly egress: readonly GroupRule[];
  readonly tags: Tags;
}

export interface PlacementGroupInfo {
  readonly name: string;
  readonly groupId: string;
  /** `cluster`, `partition`, `spread`, `precision-time` */
  readonly strategy: string;
  /** `pending`, `available`, `deleting`, `deleted` */
  readonly state: string;
  readonly partitionCount: number | null;
  /** The precision-time group that a cluster group belongs to. */
  readonly parentGroupId: string | null;
  readonly tags: Tags;
}

/** Which resources are meant, by their tags. Without a run: of every run. Without a controller: of every controller. */
export interface TagScope {
  readonly run?: RunId;
  readonly controller?: string;
}

/** A resource that carries our tags. */
export interface TaggedResource {
  readonly id: string;
  /** EC2's ResourceType: `instance`, `volume`, `network-interface`, `security-group`, `placement-group`, ... */
  readonly type: string;
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** A RunInstances request in the API's own words; frozen as JSON before it is first sent. */
export interface LaunchRequest {
  readonly ImageId: string;
  readonly InstanceType: string;
  readonly MinCount: 1;
  readonly MaxCount: 1;
  readonly SubnetId: string;
  readonly SecurityGroupIds?: readonly string[];
  readonly KeyName?: string;
  readonly IamInstanceProfile?: { readonly Name: string } | { readonly Arn: string };
  readonly Placement?: { readonly GroupName: string };
  /** Base64. */
  readonly UserData: string;
  readonly ClientToken: string;
  readonly InstanceInitiatedShutdownBehavior: 'terminate';
  readonly BlockDeviceMappings?: readonly {
    readonly DeviceName: string;
    readonly Ebs: { readonly DeleteOnTermination: true };
  }[];
  readonly MetadataOptions: {
    readonly HttpTokens: 'required';
    readonly HttpEndpoint: 'enabled';
    readonly HttpPutResponseHopLimit: 1;
  };
  readonly TagSpecifications: readonly {
    readonly ResourceType: 'instance' | 'volume' | 'network-interface';
    readonly Tags: readonly Tag[];
  }[];
}

export interface DryRun {
  /** Only asks whether the call would be allowed. */
  readonly dryRun: boolean;
}

export interface Ec2Facts {
  /** Those of the types that exist in the region. */
  describeInstanceTypes(types: readonly string[]): Promise<readonly InstanceTypeInfo[]>;
  /** In which of the zones each type is offered. */
  describeOfferings(
    types: readonly string[],
    zones: readonly string[],
  ): Promise<readonly { readonly type: string; readonly availabilityZone: string }[]>;
  /** Those of the subnets that exist. */
  describeSubnets(subnetIds: readonly string[]): Promise<readonly SubnetInfo[]>;
  describeImage(imageId: string): Promise<ImageInfo | null>;
  /** The image that an SSM parameter names. */
  imageByParameter(name: string): Promise<string>;
  describeSecurityGroup(groupId: string): Promise<SecurityGroupInfo | null>;
  describePlacementGroup(name: string): Promise<PlacementGroupInfo | null>;
  /** AWS's time now, ms since 1970, as its last answer told it; our own before the first. */
  serverTime(): number;
}

export interface Ec2Instances {
  /** Sends exactly this request once; the id of its instance, also when it was launched by an earlier try. */
  runInstances(request: LaunchRequest): Promise<string>;
  /** Those that ended lately included. Default scope: this run and this controller. */
  describeInstances(scope?: TagScope): Promise<readonly ObservedInstance[]>;
  describeHealth(instanceIds: readonly string[]): Promise<readonly InstanceHealth[]>;
  terminate(instanceIds: readonly string[]): Promise<void>;
  /** What the instance printed on its console; empty when there is nothing yet. */
  consoleOutput(instanceId: string): Promise<string>;
  /** `stop` or `terminate`. */
  shutdownBehaviour(instanceId: string): Promise<string>;
  /** A shutdown from inside stops the instance from now on. */
  stopOnShutdown(instanceId: string, options: DryRun): Promise<void>;
}

export interface Ec2SecurityGroups {
  securityGroups(scope?: TagScope): Promise<readonly SecurityGroupInfo[]>;
  createSecurityGroup(group: { readonly name: string; readonly vpcId: string; readonly tags: Tags }): Promise<string>;
  authorizeEgress(groupId: string, rules: readonly EgressRule[]): Promise<void>;
  revokeEgress(groupId: string, rules: readonly GroupRule[]): Promise<void>;
  deleteSecurityGroup(groupId: string): Promise<void>;
}

export interface Ec2PlacementGroups {
  placementGroups(scope?: TagScope): Promise<readonly PlacementGroupInfo[]>;
  createPrecisionTimeGroup(group: { readonly name: string; readonly tags: Tags }): Promise<void>;
  deletePlacementGroup(name: string): Promise<void>;
}

export interface Ec2Tags {
  createTags(resourceIds: readonly string[], tags: Tags, options: DryRun): Promise<void>;
  deleteTags(resourceIds: readonly string[], keys: readonly string[], options: DryRun): Promise<void>;
  /** Everything with the run's tag, of whatever kind; what is gone may be listed for a while. */
  taggedResources(scope?: TagScope): Promise<readonly TaggedResource[]>;
  /** Those that are there: volumes and interfaces are looked at, everything else is believed. */
  existing(resources: readonly TaggedResource[]): Promise<readonly TaggedResource[]>;
}

/** How SSM sees an instance. */
export interface ManagedInstance {
  /** `Online`, `ConnectionLost`, `Inactive` */
  readonly pingStatus: string;
}

/** What came of a script that SSM was given. */
export interface ScriptResult {
  /** SSM's word: `Success`, `Failed`, `TimedOut`, `DeliveryTimedOut`, ... */
  readonly status: string;
  /** What it printed, as far as SSM shows it. */
  readonly output: string;
}

/** Scripts of ours on instances that SSM manages; only where the operator allowed it. */
export interface Ec2Scripts {
  /** Null: SSM does not know the instance. */
  managedInstance(instanceId: string): Promise<ManagedInstance | null>;
  /** Runs a shell script as root; the id of the command. */
  sendScript(instanceId: string, script: string): Promise<string>;
  /** Null: it is not known yet, or under way. */
  scriptResult(instanceId: string, commandId: string): Promise<ScriptResult | null>;
}

/** Every method throws `FleetError` `call_failed` when the call fails. Calls are logged, parameters are not. */
export interface Ec2 extends Ec2Facts, Ec2Instances, Ec2SecurityGroups, Ec2PlacementGroups, Ec2Tags, Ec2Scripts {}

/** Tag names: a run's resources are found, and removed, by these alone. */
export const TAGS = {
  run: 'ptp-tester:run',
  index: 'ptp-tester:index',
  controller: 'ptp-tester:controller',
  owner: 'ptp-tester:owner',
  temporary: 'ptp-tester:temporary',
  /** RFC 3339 by AWS's time: nothing has a reason to be there after it. */
  expiresAt: 'ptp-tester:expires-at',
  /** RFC 3339 by AWS's time: when the controller last said that it looks after this. */
  heartbeat: 'ptp-tester:heartbeat',
  /** Its operator keeps it: never touched again. */
  kept: 'ptp-tester:kept',
} as const;
