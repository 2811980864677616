/** What the fleet asks of EC2, for one run: the only view of it that the rest of the controller has. */

/** EC2's own words (InstanceStateName). */
export type Ec2State = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** An instance with the run's tag, as DescribeInstances shows it now. */
export interface ObservedInstance {
  readonly instanceId: string;
  /** From its tag; null when the tag is missing or not a number. */
  readonly index: number | null;
  readonly state: Ec2State;
  /** For example `Client.InstanceInitiatedShutdown: ...`; null when EC2 gives none. */
  readonly stateReason: string | null;
}

export type Architecture = 'x86_64' | 'arm64';

export interface InstanceTypeInfo {
  readonly type: string;
  /** Empty when the API does not say. */
  readonly architectures: readonly string[];
  /** What the API says of the PHC: a prior, not a verdict; null when it says nothing. */
  readonly phcSupport: string | null;
}

export interface SubnetInfo {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
}

export interface ImageInfo {
  readonly imageId: string;
  readonly architecture: string;
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
  readonly Placement?: { readonly GroupName: string };
  /** Base64. */
  readonly UserData: string;
  readonly ClientToken: string;
  readonly InstanceInitiatedShutdownBehavior: 'terminate';
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

/** Every method throws `FleetError` `call_failed` when the call fails. Calls are logged, parameters are not. */
export interface Ec2 {
  /** Sends exactly this request once; the id of its instance, also when it was launched by an earlier try. */
  runInstances(request: LaunchRequest): Promise<string>;
  /** All instances with this run's and this controller's tags, those that ended lately included. */
  describeRun(): Promise<readonly ObservedInstance[]>;
  terminate(instanceIds: readonly string[]): Promise<void>;
  /** What the instance printed on its console; empty when there is nothing yet. */
  consoleOutput(instanceId: string): Promise<string>;
  /** Those of the types that exist in the region. */
  describeInstanceTypes(types: readonly string[]): Promise<readonly InstanceTypeInfo[]>;
  describeSubnet(subnetId: string): Promise<SubnetInfo | null>;
  describeImage(imageId: string): Promise<ImageInfo | null>;
  /** The newest Amazon Linux 2023 image, by its public SSM parameter. */
  newestImage(architecture: Architecture): Promise<string>;
}

/** Tag names: a run's resources are found, and terminated, by these alone. */
export const TAGS = {
  run: 'ptp-tester:run',
  index: 'ptp-tester:index',
  controller: 'ptp-tester:controller',
  temporary: 'ptp-tester:temporary',
  expiresAt: 'ptp-tester:expires-at',
} as const;
