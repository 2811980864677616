/** Whether each type can be launched in the subnets' zones, with which image, and what the API says of its PHC (pure). */
import type { RunSpec } from '../../runs/run.ts';
import type { SubnetDetails } from '../aws/ec2-network-calls.ts';
import type { ImageInfo, InstanceTypeInfo } from '../ec2.ts';
import { checkSpec } from '../prepare/check-spec.ts';
import { type Asked, type Check, checksOf, unanswered } from './check.ts';
import { zoneText } from './judge-subnets.ts';

export interface TypeFacts {
  readonly types: Asked<readonly InstanceTypeInfo[]>;
  readonly offerings: Asked<readonly { readonly type: string; readonly availabilityZone: string }[]>;
  readonly subnets: readonly SubnetDetails[];
  readonly image: ImageInfo | null;
}

const PHC_WORDS: Readonly<Record<string, string>> = {
  supported: 'the API says that it has a PHC',
  unsupported: 'the API says that it has no PHC',
};

export function judgeTypes(spec: RunSpec, { types, offerings, subnets, image }: TypeFacts): readonly Check[] {
  const names = [...new Set(spec.instanceTypes.map(({ type }) => type))];
  if (!types.answered) return [unanswered(checksOf('instance type', names.join(', ')), types)];
  return names.map((name) => {
    const found = checksOf('instance type', name);
    const info = types.value.find(({ type }) => type === name);
    if (info === undefined) {
      return found.failed(`does not exist in ${spec.region}`, 'ptp-tester types lists those that do');
    }
    const alone = { ...spec, instanceTypes: [{ type: name, quantity: 1 }] };
    const offered = offerings.answered ? offerings.value : [];
    const checked = checkSpec(alone, { types: types.value, subnets, image, offerings: offered });
    const misfit = checked.faults.find((fault) => fault.startsWith(`${name}: `));
    if (misfit !== undefined)
      return found.failed(misfit.slice(name.length + 2), 'choose an image of that architecture');
    if (!offerings.answered) return unanswered(found, offerings);
    const zones = subnets.filter(({ subnetId }) =>
      checked.subnetsOfType.get(name)?.some((one) => one.subnetId === subnetId),
    );
    return judgeOffer(info, { zones, subnets });
  });
}

function judgeOffer(
  { type, phcSupport }: InstanceTypeInfo,
  { zones, subnets }: { readonly zones: readonly SubnetDetails[]; readonly subnets: readonly SubnetDetails[] },
): Check {
  const found = checksOf('instance type', type);
  const phc = PHC_WORDS[phcSupport ?? ''] ?? 'the API does not say whether it has a PHC';
  if (subnets.length === 0) return found.skipped(`${phc}; whether it is offered depends on the subnet`);
  if (zones.length === 0) {
    return found.failed(
      `not offered in ${subnets.map(zoneText).join(', ')}; ${phc}`,
      `name a subnet of another zone; ptp-tester types ${type} --zones shows where it is`,
    );
  }
  const where = `offered in ${zones.map(zoneText).join(', ')}; ${phc}`;
  if (phcSupport !== 'unsupported') return found.ok(where);
  return found.warning(where, 'it will be tested all the same; a PHC found there would be worth a note to AWS');
}

/** By architecture: what its parameter, or the user, names. */
export interface ImageAnswer {
  readonly architecture: string;
  /** The parameter's name, or null when the user gave the id. */
  readonly parameter: string | null;
  readonly image: Asked<ImageInfo | null>;
}

export function judgeImages(spec: RunSpec, images: readonly ImageAnswer[]): readonly Check[] {
  return images.map(({ architecture, parameter, image }) => {
    const found = checksOf('image', parameter === null ? spec.amiId : architecture);
    if (!image.answered) return unanswered(found, image);
    const from = parameter === null ? 'as given' : (parameter.split('/').at(-1) ?? '');
    if (image.value === null)
      return found.failed(`does not exist in ${spec.region} (${from})`, 'image ids differ by region');
    const { imageId, rootDevice } = image.value;
    const words = `${imageId}, ${image.value.architecture}, root ${rootDevice ?? 'not stated'} (${from})`;
    if (image.value.architecture === architecture) return found.ok(words);
    return found.failed(words, `it must be ${architecture}`);
  });
}
