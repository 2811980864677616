/** Whether a run can work as it was asked for, judged from EC2's own facts before anything is launched (pure). */
import type { RunSpec } from '../runs/run.ts';
import type { Architecture, ImageInfo, InstanceTypeInfo, SubnetInfo } from './ec2.ts';

/** EC2 allows 50 tags on a resource; six are ours. */
const MAX_OWN_TAGS = 44;
const RESERVED_TAG = /^(aws:|ptp-tester:|Name$)/i;

export interface SpecFacts {
  readonly types: readonly InstanceTypeInfo[];
  readonly subnet: SubnetInfo | null;
  /** The image that was asked for; null when it does not exist or none was asked for. */
  readonly image: ImageInfo | null;
}

/** Which architecture each type is launched with, or every reason why the run cannot work. */
export interface CheckedSpec {
  readonly faults: readonly string[];
  readonly architectures: ReadonlyMap<string, Architecture>;
}

function isArchitecture(text: string): text is Architecture {
  return text === 'x86_64' || text === 'arm64';
}

function checkAlone(spec: RunSpec): string[] {
  const faults = spec.instanceTypes
    .filter(({ quantity }) => !Number.isInteger(quantity) || quantity < 1)
    .map(({ type, quantity }) => `${type}: the quantity must be a whole number from 1, not ${quantity}`);
  if (spec.instanceTypes.length === 0) faults.push('no instance type was given');
  if (!(spec.durationS > 0)) faults.push(`the duration must be more than 0 s, not ${spec.durationS}`);
  const names = Object.keys(spec.tags);
  if (names.length > MAX_OWN_TAGS) faults.push(`at most ${MAX_OWN_TAGS} tags, not ${names.length}`);
  const reserved = names.filter((name) => RESERVED_TAG.test(name));
  if (reserved.length > 0) faults.push(`these tag names are reserved: ${reserved.join(', ')}`);
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

/** Judges a run request. `architectures` is complete when `faults` is empty. */
export function checkSpec(spec: RunSpec, { types, subnet, image }: SpecFacts): CheckedSpec {
  const faults = checkAlone(spec);
  if (subnet === null) faults.push(`subnet ${spec.subnetId} does not exist in ${spec.region}`);
  if (spec.amiId !== null && image === null) faults.push(`image ${spec.amiId} does not exist in ${spec.region}`);
  const known = new Map(types.map((info) => [info.type, info]));
  const architectures = new Map<string, Architecture>();
  for (const type of new Set(spec.instanceTypes.map((wanted) => wanted.type))) {
    const info = known.get(type);
    if (info === undefined) {
      faults.push(`instance type ${type} does not exist in ${spec.region}`);
      continue;
    }
    const choice = chooseArchitecture(info, image);
    if (isArchitecture(choice)) architectures.set(type, choice);
    else faults.push(choice);
  }
  return { faults, architectures };
}
