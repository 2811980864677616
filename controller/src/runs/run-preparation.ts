/** What was found out and decided before a run was created: enough to launch it later without asking again. Plain data. */

export interface PreparedSubnet {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  /** The same zone has another name in each account; its id is the same for all. */
  readonly availabilityZoneId: string | null;
}

/** What a type is launched with, the same for all its instances. */
export interface PreparedType {
  readonly type: string;
  readonly architecture: string;
  readonly imageId: string;
  /** The image's root device, so that its volume is sure to go with the instance; null when the API does not say. */
  readonly rootDevice: string | null;
  readonly agentSha256: string;
  /** `DescribeInstanceTypes.PhcSupport`: a prior to show beside the verdict; null when the API does not say. */
  readonly phcSupport: string | null;
  /** Where the type is offered, in the order to try. */
  readonly subnetIds: readonly string[];
  /** Whether its instances go into the precision-time placement group. */
  readonly precisionTime: boolean;
  /** Why a verdict "unsupported" would prove little here; null when it would be in scope. */
  readonly scopeWarning: string | null;
}

/** One rule of what the instances may reach. */
export interface EgressRule {
  readonly protocol: 'tcp' | 'udp';
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidr: string;
  /** Why it is needed; becomes the rule's description. */
  readonly reason: string;
}

export type PreparedSecurityGroup =
  | { readonly kind: 'given'; readonly groupId: string }
  | {
      readonly kind: 'temporary';
      readonly name: string;
      readonly vpcId: string;
      readonly egress: readonly EgressRule[];
    };

/** Where instances are placed. `group`: a group that exists; all instances go there. */
export type PreparedPlacement =
  | { readonly kind: 'none' }
  | { readonly kind: 'group'; readonly name: string; readonly strategy: string }
  /** Made for this run, deleted after it, only for the types that need precise time. */
  | { readonly kind: 'temporary_precision_group'; readonly name: string };

export interface RunPreparation {
  readonly subnets: readonly PreparedSubnet[];
  readonly types: readonly PreparedType[];
  readonly securityGroup: PreparedSecurityGroup;
  readonly placement: PreparedPlacement;
  /** AWS's time when the run was created, ms since 1970: expiry is judged by AWS's clock, not by ours. */
  readonly awsNow: number;
  /** For people, shown before anything is launched. */
  readonly warnings: readonly string[];
}
