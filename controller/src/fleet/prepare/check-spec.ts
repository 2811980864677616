/** Whether a run can work as it was asked for, judged from EC2's own facts before anything is launched (pure). */
import { fleetSpecOf, instanceCount, isMetal, subnetIdsOf } from '../../runs/fleet-spec.ts';
import type { RunSpec } from '../../runs/run.ts';
import { estimateInstanceHours } from '../../runs/run-bound.ts';
import { isKernelLine } from '../aws/ssm-parameter.ts';
import type { Architecture, ImageInfo, InstanceTypeInfo, SubnetInfo } from '../ec2.ts';

/** EC2 allows 50 tags on a resource; nine are ours. */
const MAX_OWN_TAGS = 41;
const RESERVED_TAG = /^(aws:|ptp-tester:|Name$)/i;
/** Zones, local zones (`us-west-2-lax-1a`) and wavelength zones all begin with their region. */
const REGION_OF_ZONE = /^[a-z]{2}(-[a-z]+)+-\d+/;
/** IAM: names of instance profiles, and their ARNs. */
const INSTANCE_PROFILE = /^(arn:aws[a-z-]*:iam::\d{12}:instance-profile\/)?[\w+=,.@/-]{1,512}$/;

export interface SpecFacts {
  readonly types: readonly InstanceTypeInfo[];
  /** Those that exist. */
  readonly subnets: readonly SubnetInfo[];
  /** The image that was asked for; null when it does not exist or none was asked for. */
  readonly image: ImageInfo | null;
  /** Where each type is offered. */
  readonly offerings: readonly { readonly type: string; readonly availabilityZone: string }[];
}

/** How each type is launched, or every reason why the run cannot work. */
export interface CheckedSpec {
  readonly faults: readonly string[];
  readonly architectures: ReadonlyMap<string, Architecture>;
  /** By type: the subnets whose zone offers it, in the order to try. */
  readonly subnetsOfType: ReadonlyMap<string, readonly SubnetInfo[]>;
}

function isArchitecture(text: string): text is Architecture {
  return text === 'x86_64' || text === 'arm64';
}

function checkTags(spec: RunSpec): string[] {
  const names = Object.keys(spec.tags);
  const reserved = names.filter((name) => RESERVED_TAG.test(name));
  return [
    ...(names.length > MAX_OWN_TAGS ? [`at most ${MAX_OWN_TAGS} tags, not ${names.length}`] : []),
    ...(reserved.length > 0 ? [`these tag names are reserved: ${reserved.join(', ')}`] : []),
  ];
}

function checkMoney(spec: RunSpec): string[] {
  const { maxInstances, maxInstanceHours, maxLifetimeS, allowMetal } = fleetSpecOf(spec);
  const count = instanceCount(spec);
  const hours = estimateInstanceHours(spec).typical;
  const metal = spec.instanceTypes.map(({ type }) => type).filter(isMetal);
  const faults: string[] = [];
  if (maxInstances !== null && count > maxInstances) {
    faults.push(`${count} instances are more than --max-instances ${maxInstances}`);
  }
  if (maxInstanceHours !== null && hours > maxInstanceHours) {
    faults.push(
      `the soak alone takes ${hours.toFixed(1)} instance-hours, more than --max-instance-hours ${maxInstanceHours}`,
    );
  }
  if (maxLifetimeS !== null && maxLifetimeS <= spec.durationS) {
    faults.push(`--max-lifetime (${maxLifetimeS} s) leaves no time for a soak of ${spec.durationS} s`);
  }
  if (metal.length > 0 && !allowMetal) faults.push(`${metal.join(', ')}: bare metal needs --allow-metal`);
  return faults;
}

function checkWords(spec: RunSpec): string[] {
  const { kernel, instanceProfile, agentUrl, keep, amiParameter } = fleetSpecOf(spec);
  const faults: string[] = [];
  if (!isKernelLine(kernel)) faults.push(`"${kernel}" is not a kernel line: default, or for example 6.12`);
  if (instanceProfile !== null && !INSTANCE_PROFILE.test(instanceProfile)) {
    faults.push(`"${instanceProfile}" is neither the name nor the ARN of an instance profile`);
  }
  if (agentUrl !== null && !/^(https|s3):\/\/\S+$/.test(agentUrl)) {
    faults.push(`--agent-url "${agentUrl}" must begin with https:// or s3://`);
  }
  if (agentUrl?.startsWith('s3://') === true && instanceProfile === null) {
    faults.push('--agent-url on S3 needs an --instance-profile that may read it');
  }
  if (amiParameter !== null && spec.amiId !== null)
    faults.push('an image id and an image parameter exclude each other');
  const listed = typeof keep === 'string' ? [] : keep;
  const outside = listed.filter((index) => !Number.isInteger(index) || index < 1 || index > instanceCount(spec));
  if (outside.length > 0) faults.push(`--keep names instances that the run does not have: ${outside.join(', ')}`);
  return faults;
}

/** What is wrong with a request whatever EC2 says. */
export function checkAlone(spec: RunSpec): string[] {
  const faults = spec.instanceTypes
    .filter(({ quantity }) => !Number.isInteger(quantity) || quantity < 1)
    .map(({ type, quantity }) => `${type}: the quantity must be a whole number from 1, not ${quantity}`);
  if (spec.instanceTypes.length === 0) faults.push('no instance type was given');
  if (!(spec.durationS > 0)) faults.push(`the duration must be more than 0 s, not ${spec.durationS}`);
  return [...faults, ...checkMoney(spec), ...checkWords(spec), ...checkTags(spec)];
}

function checkSubnets(spec: RunSpec, subnets: readonly SubnetInfo[]): string[] {
  const known = new Set(subnets.map(({ subnetId }) => subnetId));
  const faults = subnetIdsOf(spec)
    .filter((id) => !known.has(id))
    .map((id) => `subnet ${id} does not exist in ${spec.region}`);
  const vpcs = new Set(subnets.map(({ vpcId }) => vpcId));
  for (const { subnetId, availabilityZone } of subnets) {
    const [region = spec.region] = REGION_OF_ZONE.exec(availabilityZone) ?? [];
    if (region !== spec.region)
      faults.push(
        `--subnet-id ${subnetId} lies in ${availabilityZone}, not in --region ${spec.region}: give --region ${region}, or leave it out`,
      );
  }
  if (vpcs.size > 1) faults.push(`the subnets are in different VPCs (${[...vpcs].join(', ')}): all must be in one`);
  return faults;
}

/** The image decides where one was given; otherwise the first that we have an agent for. */
function chooseArchitecture(info: InstanceTypeInfo, image: ImageInfo | null): Architecture | string {
  const offered = info.architectures.filter(isArchitecture);
  if (image === null) return offered[0] ?? `${info.type}: needs x86_64 or arm64, has ${info.architectures.join(', ')}`;
  const match = offered.find((architecture) => architecture === image.architecture);
  return (
    match ?? `${info.type}: is ${info.architectures.join(', ')}, but image ${image.imageId} is ${image.architecture}`
  );
}

function orderedSubnets(spec: RunSpec, subnets: readonly SubnetInfo[]): readonly SubnetInfo[] {
  const known = new Map(subnets.map((subnet) => [subnet.subnetId, subnet]));
  return subnetIdsOf(spec).flatMap((id) => known.get(id) ?? []);
}

/** Judges a run request. The maps are complete when `faults` is empty. */
export function checkSpec(spec: RunSpec, { types, subnets, image, offerings }: SpecFacts): CheckedSpec {
  const faults = [...checkAlone(spec), ...checkSubnets(spec, subnets)];
  if (spec.amiId !== null && image === null) faults.push(`image ${spec.amiId} does not exist in ${spec.region}`);
  const known = new Map(types.map((info) => [info.type, info]));
  const architectures = new Map<string, Architecture>();
  const subnetsOfType = new Map<string, readonly SubnetInfo[]>();
  for (const type of new Set(spec.instanceTypes.map((wanted) => wanted.type))) {
    const info = known.get(type);
    if (info === undefined) {
      faults.push(`instance type ${type} does not exist in ${spec.region}`);
      continue;
    }
    const choice = chooseArchitecture(info, image);
    if (isArchitecture(choice)) architectures.set(type, choice);
    else faults.push(choice);
    const zones = new Set(offerings.filter((offer) => offer.type === type).map((offer) => offer.availabilityZone));
    const places = orderedSubnets(spec, subnets).filter(({ availabilityZone }) => zones.has(availabilityZone));
    subnetsOfType.set(type, places);
  }
  return { faults, architectures, subnetsOfType };
}
