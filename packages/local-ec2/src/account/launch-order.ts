// A RunInstances request after the checks of the real service: everything that a launch needs, resolved.
import type { InstanceMetadataOptionsResponse, RunInstancesRequest, Subnet } from '@aws-sdk/client-ec2';
import { HttpTokensState, InstanceMetadataEndpointState, InstanceMetadataTagsState } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import { isBase64 } from '../protocol/parse-query.ts';
import type { Account, ActionContext } from './account.ts';
import { requireImage } from './images.ts';
import type { InstanceRecord } from './instance.ts';
import { checkCounts, subnetsFor, subnetsWithType } from './launch-place.ts';
import { type PlacementGroupRecord, placementGroupFor } from './placement-groups.ts';
import { requireSecurityGroup } from './security-groups.ts';
import { tagsAtCreation } from './tags.ts';
import { type CatalogueEntry, catalogueEntry } from './type-catalogue.ts';
import { type VolumeOrder, volumeOrders } from './volumes.ts';

/** User data limit in bytes, before Base64. */
const MAX_USER_DATA_BYTES = 16_384;
const MAX_CLIENT_TOKEN_LENGTH = 64;
const MAX_HOP_LIMIT = 64;
const TAGGABLE = ['instance', 'volume', 'network-interface', 'spot-instances-request'] as const;

/** A launch request after its checks. */
export interface LaunchOrder {
  readonly request: RunInstancesRequest;
  readonly entry: CatalogueEntry;
  /** Where it may go, in the order of preference. */
  readonly subnets: readonly Subnet[];
  readonly securityGroupIds: readonly string[];
  readonly placementGroup: PlacementGroupRecord | undefined;
  readonly userData: Uint8Array | undefined;
  readonly metadata: InstanceMetadataOptionsResponse;
  readonly instanceProfile: InstanceRecord['instanceProfile'];
  readonly volumes: readonly VolumeOrder[];
  readonly tags: ReturnType<typeof tagsAtCreation>;
}

/** Checks a request. Capacity and quota come later: a dry run does not look at them. @throws ApiError */
export function checkOrder(request: RunInstancesRequest, context: ActionContext): LaunchOrder {
  const { account } = context;
  checkCounts(request);
  checkToken(request.ClientToken);
  checkKeyPair(request.KeyName, account);
  const entry = checkedType(request, context);
  const subnets = subnetsWithType(account, subnetsFor(request, account), entry);
  const { GroupName: name, GroupId: id } = request.Placement ?? {};
  return {
    request,
    entry,
    subnets,
    securityGroupIds: securityGroupsOf(request, account),
    placementGroup: placementGroupFor(account, { name, id }, entry),
    userData: decodeUserData(request.UserData),
    metadata: metadataOptionsOf(request),
    instanceProfile: instanceProfileOf(request, account),
    volumes: volumeOrders(request.BlockDeviceMappings),
    tags: tagsAtCreation(request.TagSpecifications, TAGGABLE),
  };
}

function checkedType(request: RunInstancesRequest, context: ActionContext): CatalogueEntry {
  if (request.ImageId === undefined) {
    throw new ApiError('MissingParameter', 'The request must contain the parameter ImageId');
  }
  const { image } = requireImage(request.ImageId, context);
  const instanceType = request.InstanceType ?? 'm1.small';
  const entry = catalogueEntry(instanceType);
  if (entry === undefined) {
    throw new ApiError('InvalidParameterValue', `Invalid value '${instanceType}' for InstanceType.`);
  }
  if (entry.architecture !== image.Architecture) {
    throw new ApiError(
      'InvalidParameterValue',
      `The architecture '${entry.architecture}' of the specified instance type does not match the architecture '${image.Architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.`,
    );
  }
  return entry;
}

function checkToken(token: string | undefined): void {
  if (token === undefined) return;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule of the API is "ASCII"
  if (token.length > MAX_CLIENT_TOKEN_LENGTH || !/^[\u0000-\u007f]*$/.test(token)) {
    throw new ApiError(
      'InvalidParameterValue',
      `ClientToken must be at most ${MAX_CLIENT_TOKEN_LENGTH} ASCII characters.`,
    );
  }
}

function checkKeyPair(name: string | undefined, account: Account): void {
  if (name === undefined || (account.conditions.keyPairs?.includes(name) ?? true)) return;
  throw new ApiError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
}

function securityGroupsOf(request: RunInstancesRequest, account: Account): string[] {
  const [networkInterface] = request.NetworkInterfaces ?? [];
  if (networkInterface !== undefined && (request.SecurityGroupIds ?? request.SecurityGroups) !== undefined) {
    throw new ApiError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level security groups may not be specified on the same request',
    );
  }
  const ids = networkInterface?.Groups ?? request.SecurityGroupIds ?? [];
  const groups = [
    ...ids.map((id) => requireSecurityGroup(account, { GroupId: id })),
    ...(request.SecurityGroups ?? []).map((name) => requireSecurityGroup(account, { GroupName: name })),
  ];
  if (groups.length === 0) groups.push(requireSecurityGroup(account, { GroupName: 'default' }));
  if (groups.some((group) => group.VpcId !== account.vpc.VpcId)) {
    throw new ApiError('InvalidParameter', 'Security group and subnet belong to different networks.');
  }
  return groups.map((group) => group.GroupId ?? '');
}

function decodeUserData(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || text === '') return undefined;
  if (!isBase64(text)) throw new ApiError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  if (bytes.length > MAX_USER_DATA_BYTES) {
    throw new ApiError('InvalidParameterValue', `User data is limited to ${MAX_USER_DATA_BYTES} bytes`);
  }
  return bytes;
}

function metadataOptionsOf({ MetadataOptions: options = {} }: RunInstancesRequest): InstanceMetadataOptionsResponse {
  const tokens = options.HttpTokens ?? 'required';
  const endpoint = options.HttpEndpoint ?? 'enabled';
  const tags = options.InstanceMetadataTags ?? 'disabled';
  const hopLimit = options.HttpPutResponseHopLimit ?? 2;
  requireOneOf('HttpTokens', tokens, Object.values(HttpTokensState));
  requireOneOf('HttpEndpoint', endpoint, Object.values(InstanceMetadataEndpointState));
  requireOneOf('InstanceMetadataTags', tags, Object.values(InstanceMetadataTagsState));
  if (!(Number.isInteger(hopLimit) && hopLimit >= 1 && hopLimit <= MAX_HOP_LIMIT)) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${hopLimit}) for parameter httpPutResponseHopLimit is invalid. Expecting 1 to ${MAX_HOP_LIMIT}.`,
    );
  }
  return {
    State: 'applied',
    HttpTokens: tokens,
    HttpPutResponseHopLimit: hopLimit,
    HttpEndpoint: endpoint,
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: tags,
  };
}

function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new ApiError(
    'InvalidParameterValue',
    `Value (${value}) for parameter ${name} is invalid. Expecting ${allowed.join(' or ')}.`,
  );
}

function instanceProfileOf(request: RunInstancesRequest, account: Account): InstanceRecord['instanceProfile'] {
  const { Arn: arn, Name: given } = request.IamInstanceProfile ?? {};
  if (arn !== undefined && given !== undefined) {
    throw new ApiError(
      'InvalidParameterCombination',
      'The parameters iamInstanceProfile.name and .arn exclude each other',
    );
  }
  const name = given ?? arn?.split('/').at(-1);
  if (name === undefined) return undefined;
  if (!(account.conditions.instanceProfiles?.includes(name) ?? true)) {
    const parameter = given === undefined ? 'arn' : 'name';
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${given ?? arn}) for parameter iamInstanceProfile.${parameter} is invalid. Invalid IAM Instance Profile ${parameter}`,
    );
  }
  return {
    arn: arn ?? `arn:aws:iam::${account.ownerId}:instance-profile/${name}`,
    id: `AIPA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, '0').slice(0, 17)}`,
  };
}
