/** How a run's instances are launched, bounded, kept and paid for: the part of a run's spec that a run of an older version lacks. */
import type { RunSpec } from './run.ts';

/** `ask`: the operator decides at the end; a list: these indexes of the run, if they turn out to work. */
export type KeepPolicy = 'ask' | 'all' | 'none' | readonly number[];

export interface FleetSpec {
  /** Tried after `subnetId`, in order, where capacity lacks or a type is not offered. All in one VPC. */
  readonly moreSubnetIds: readonly string[];
  /** Which kernel line of Amazon Linux 2023: `default`, or for example `6.12`. */
  readonly kernel: string;
  /** An SSM parameter that names the image, with `{arch}` where x86_64 or arm64 goes; null: Amazon Linux 2023 with `kernel`. */
  readonly amiParameter: string | null;
  /** `auto`: a precision-time placement group where region and type need one; `off`; or the name of one that exists. */
  readonly precisionTime: string;
  /** Name or ARN of the instance profile that the instances get; null for none. */
  readonly instanceProfile: string | null;
  readonly keep: KeepPolicy;
  /** No instance lives longer than this, whatever happens; null: as long as every phase at its time-out. */
  readonly maxLifetimeS: number | null;
  /** The soak can be extended by so much later: the dead-man's switches are armed for it at launch. */
  readonly extendRoomS: number;
  readonly maxInstances: number | null;
  readonly maxInstanceHours: number | null;
  /** Bare metal costs many times as much: it needs consent. */
  readonly allowMetal: boolean;
  /** One instance end to end before the others are launched; null: for fleets above `CANARY_ABOVE`. */
  readonly canary: boolean | null;
  /** Where the agent file is fetched from instead of the controller: `https://...` or `s3://bucket/key`, `{arch}` is filled in. */
  readonly agentUrl: string | null;
  /** Where no agent came or the setup failed: collect journal, chrony and device state through SSM, if SSM manages the instance. */
  readonly ssmDiagnostics: boolean;
  /** Who answers for the machines; goes into a tag. */
  readonly owner: string | null;
  /** Launch and agent time-out of bare metal, which boots in 9 to 20 minutes. */
  readonly metalS: number;
  /** Nothing heard of an agent for this long is an event. */
  readonly silentS: number;
  /** Nothing heard of an agent for this long is a failure; null: the orphan time-out, when it has powered itself off. */
  readonly goneS: number | null;
  /** How long a decision about keeping is waited for. */
  readonly keepDecisionS: number;
  /** From the decision to an instance verified as kept. */
  readonly keepS: number;
}

/** Fleets above this many instances begin with a canary unless told otherwise. */
const CANARY_ABOVE = 10;

/** For what a spec does not say. An older run kept nothing, so that is what its spec means. */
export const FLEET_DEFAULTS: FleetSpec = {
  moreSubnetIds: [],
  kernel: 'default',
  amiParameter: null,
  precisionTime: 'auto',
  instanceProfile: null,
  keep: 'none',
  maxLifetimeS: null,
  extendRoomS: 0,
  maxInstances: null,
  maxInstanceHours: null,
  allowMetal: false,
  canary: null,
  agentUrl: null,
  ssmDiagnostics: false,
  owner: null,
  metalS: 1200,
  silentS: 300,
  goneS: null,
  keepDecisionS: 3600,
  keepS: 300,
};

export function fleetSpecOf(spec: Pick<RunSpec, 'fleet'>): FleetSpec {
  return { ...FLEET_DEFAULTS, ...spec.fleet };
}

/** All subnets of a run in the order in which they are tried. */
export function subnetIdsOf(spec: Pick<RunSpec, 'fleet' | 'subnetId'>): readonly string[] {
  return [...new Set([spec.subnetId, ...fleetSpecOf(spec).moreSubnetIds])];
}

/** `m7i.metal-24xl`, `c7g.metal`: AWS names bare metal so. */
export function isMetal(instanceType: string): boolean {
  return /\.metal(-|$)/.test(instanceType);
}

export function instanceCount(spec: Pick<RunSpec, 'instanceTypes'>): number {
  return spec.instanceTypes.reduce((sum, { quantity }) => sum + quantity, 0);
}

export function hasCanary(spec: Pick<RunSpec, 'fleet' | 'instanceTypes'>): boolean {
  return instanceCount(spec) > 1 && (fleetSpecOf(spec).canary ?? instanceCount(spec) > CANARY_ABOVE);
}
