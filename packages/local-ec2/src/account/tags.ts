// Tags of resources: limits, tags at creation, CreateTags, DescribeTags.
import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  DescribeTagsResult,
  ResourceType,
  Tag,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { isHidden } from './late-instances.ts';
import { page } from './pages.ts';

/** Limits of the EC2 user guide, "Tag your Amazon EC2 resources". */
const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;

const TYPE_OF_PREFIX: Readonly<Record<string, ResourceType>> = {
  i: 'instance',
  vol: 'volume',
  eni: 'network-interface',
  sg: 'security-group',
  pg: 'placement-group',
  subnet: 'subnet',
  vpc: 'vpc',
  ami: 'image',
};

/** What is seen of a resource's tags until a change shows. */
export interface LateTags {
  readonly seen: ReadonlyMap<string, string>;
  /** In ms since the Unix epoch. */
  readonly until: number;
}

const NO_TAGS: ReadonlyMap<string, string> = new Map();

/** A resource's tags as they are seen: a change may be late. */
export function seenTags(account: Account, resourceId: string): ReadonlyMap<string, string> {
  const late = account.lateTags.get(resourceId);
  if (late !== undefined && account.now() < late.until) return late.seen;
  account.lateTags.delete(resourceId);
  return account.tags.get(resourceId) ?? NO_TAGS;
}

/** A resource's tags as the API shows them. */
export function tagsOf(account: Account, resourceId: string): Tag[] {
  return [...seenTags(account, resourceId)].map(([Key, Value]) => ({ Key, Value }));
}

/**
 * The tags that a creating action gives to each type of resource.
 * @throws ApiError InvalidParameterValue for a type that the action does not create, and for bad tags
 */
export function tagsAtCreation(
  specifications: readonly TagSpecification[] | undefined,
  allowed: readonly ResourceType[],
): Map<ResourceType, readonly Tag[]> {
  const result = new Map<ResourceType, readonly Tag[]>();
  for (const { ResourceType: type, Tags: tags } of specifications ?? []) {
    if (type === undefined || !allowed.includes(type)) {
      throw new ApiError(
        'InvalidParameterValue',
        `'${type ?? ''}' is not a valid taggable resource type for this operation.`,
      );
    }
    if (result.has(type)) {
      throw new ApiError('InvalidParameterValue', `Resource type '${type}' is specified more than once.`);
    }
    checkTags(tags ?? []);
    result.set(type, tags ?? []);
  }
  return result;
}

/** Adds tags to a resource, replacing values of keys it has. @throws ApiError TagLimitExceeded */
export function setTags(account: Account, resourceId: string, tags: readonly Tag[]): void {
  if (tags.length === 0) return;
  changeTags(account, resourceId, mergedTags(account, resourceId, tags));
}

function changeTags(account: Account, resourceId: string, tags: Map<string, string>): void {
  const { tagsMs } = account.conditions.late;
  if (tagsMs !== undefined) {
    account.lateTags.set(resourceId, { seen: seenTags(account, resourceId), until: account.now() + tagsMs });
  }
  account.tags.set(resourceId, tags);
}

/** CreateTags. All resources are checked before any is changed. */
export function createTags(request: CreateTagsRequest, context: ActionContext): object {
  const { account } = context;
  const tags = request.Tags ?? [];
  const resources = request.Resources ?? [];
  checkTags(tags);
  for (const id of resources) requireTaggable(account, id);
  const merged = resources.map((id) => [id, mergedTags(account, id, tags)] as const);
  refuseDryRun(request);
  for (const [id, value] of merged) changeTags(account, id, value);
  return {};
}

/** DeleteTags: by key, or by key and value when a value is given; without tags, all of them. */
export function deleteTags(request: DeleteTagsRequest, context: ActionContext): object {
  const resources = request.Resources ?? [];
  for (const id of resources) requireTaggable(context.account, id);
  refuseDryRun(request);
  for (const id of resources) {
    const left = new Map(context.account.tags.get(id));
    const unwanted = request.Tags ?? [...left.keys()].map((Key) => ({ Key, Value: undefined }));
    for (const { Key: key = '', Value: value } of unwanted) {
      if (value === undefined || left.get(key) === value) left.delete(key);
    }
    changeTags(context.account, id, left);
  }
  return {};
}

type TagRow = { key: string; value: string; id: string; type: ResourceType };

const FIELDS: FilterFields<TagRow & { Tags: Tag[] }> = {
  key: (row) => row.key,
  'resource-id': (row) => row.id,
  'resource-type': (row) => row.type,
  value: (row) => row.value,
};

/** DescribeTags. */
export function describeTags(request: DescribeTagsRequest, context: ActionContext): DescribeTagsResult {
  const { account } = context;
  const rows = [...account.tags.keys()].flatMap((id) =>
    [...seenTags(account, id)].map(([key, value]) => ({
      key,
      value,
      id,
      type: typeOf(id),
      Tags: [{ Key: key, Value: value }],
    })),
  );
  const found = applyFilters(rows, request.Filters, FIELDS);
  const { items, ...rest } = page(found, request, { smallest: 5, largest: 1000 });
  return {
    Tags: items.map(({ key, value, id, type }) => ({ Key: key, Value: value, ResourceId: id, ResourceType: type })),
    ...rest,
  };
}

function mergedTags(account: Account, resourceId: string, tags: readonly Tag[]): Map<string, string> {
  const merged = new Map(account.tags.get(resourceId));
  for (const { Key: key = '', Value: value = '' } of tags) merged.set(key, value);
  if (merged.size > MAX_TAGS) {
    throw new ApiError('TagLimitExceeded', `The maximum number of Tags for a resource has been reached: ${MAX_TAGS}.`);
  }
  return merged;
}

function checkTags(tags: readonly Tag[]): void {
  const keys = new Set<string>();
  for (const { Key: key = '', Value: value = '' } of tags) {
    const fault = tagFault(key, value) ?? (keys.has(key) ? `Duplicate tag key '${key}' specified.` : undefined);
    if (fault !== undefined) throw new ApiError('InvalidParameterValue', fault);
    keys.add(key);
  }
  if (keys.size > MAX_TAGS) {
    throw new ApiError('TagLimitExceeded', `The maximum number of Tags for a resource has been reached: ${MAX_TAGS}.`);
  }
}

function tagFault(key: string, value: string): string | undefined {
  if (key === '') return 'Tag keys must not be empty.';
  if (key.length > MAX_KEY_LENGTH) return `Tag key exceeds the maximum length of ${MAX_KEY_LENGTH} characters`;
  if (value.length > MAX_VALUE_LENGTH) return `Tag value exceeds the maximum length of ${MAX_VALUE_LENGTH} characters`;
  if (key.toLowerCase().startsWith('aws:')) return "Tag keys starting with 'aws:' are reserved for internal use";
  return undefined;
}

function requireTaggable(account: Account, id: string): void {
  const type = TYPE_OF_PREFIX[id.split('-')[0] ?? ''];
  if (type === undefined) throw new ApiError('InvalidID', `The ID '${id}' is not valid`);
  const exists = existenceOf(account, id)[type];
  if (exists === true) return;
  switch (type) {
    case 'instance':
      throw new ApiError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    case 'security-group':
      throw new ApiError('InvalidGroup.NotFound', `The security group ID '${id}' does not exist`);
    default:
      throw new ApiError('InvalidID', `The ID '${id}' is not valid`);
  }
}

function existenceOf(account: Account, id: string): Partial<Record<ResourceType, boolean>> {
  const instance = account.instances.get(id);
  return {
    instance: instance !== undefined && !isHidden(account, instance),
    volume: account.volumes.has(id),
    'network-interface': account.networkInterfaces.has(id),
    'security-group': account.securityGroups.has(id),
    'placement-group': [...account.placementGroups.values()].some((group) => group.id === id),
    subnet: account.subnets.has(id),
    vpc: account.vpc.VpcId === id,
    image: account.images.has(id),
  };
}

function typeOf(id: string): ResourceType {
  return TYPE_OF_PREFIX[id.split('-')[0] ?? ''] ?? 'instance';
}
