// Placement groups: create, describe, delete, and which types go into which group.
import type {
  CreatePlacementGroupRequest,
  CreatePlacementGroupResult,
  DeletePlacementGroupRequest,
  DescribePlacementGroupsRequest,
  DescribePlacementGroupsResult,
  PlacementGroup,
  PlacementGroupState,
} from '@aws-sdk/client-ec2';
import { PlacementStrategy } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { setTags, tagsAtCreation, tagsOf } from './tags.ts';
import type { CatalogueEntry } from './type-catalogue.ts';

/** A placement group as the endpoint keeps it. */
export interface PlacementGroupRecord {
  readonly id: string;
  readonly name: string;
  readonly strategy: string;
  readonly partitionCount: number | undefined;
  /** The precision-time group that a cluster group is within. */
  readonly parentId: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly availableAt: number;
  /** When it goes, after DeletePlacementGroup. */
  goesAt: number | undefined;
}

const MAX_NAME_LENGTH = 255;
const MAX_PARTITIONS = 7;
const STRATEGIES: readonly string[] = Object.values(PlacementStrategy);
const PRECISION_TIME = 'precision-time';

const FIELDS: FilterFields<PlacementGroup> = {
  'group-arn': (group) => group.GroupArn,
  'group-id': (group) => group.GroupId,
  'group-name': (group) => group.GroupName,
  state: (group) => group.State,
  strategy: (group) => group.Strategy,
};

/** CreatePlacementGroup. */
export function createPlacementGroup(
  request: CreatePlacementGroupRequest,
  context: ActionContext,
): CreatePlacementGroupResult {
  const { account } = context;
  const name = checkedName(request.GroupName ?? '');
  const strategy = request.Strategy ?? 'cluster';
  if (!STRATEGIES.includes(strategy)) {
    throw new ApiError('InvalidParameterValue', `Value (${strategy}) for parameter strategy is invalid.`);
  }
  if (listGroups(account).some((group) => group.name === name)) {
    throw new ApiError('InvalidPlacementGroup.Duplicate', `The Placement Group '${name}' already exists.`);
  }
  checkParent(account, strategy, request.ParentGroupId);
  const partitionCount = partitionCountOf(strategy, request.PartitionCount);
  const tags = tagsAtCreation(request.TagSpecifications, ['placement-group']);
  refuseDryRun(request);
  const record: PlacementGroupRecord = {
    id: context.newId('pg'),
    name,
    strategy,
    partitionCount,
    parentId: request.ParentGroupId,
    availableAt: account.now() + (account.conditions.slow.placementGroupMs ?? 0),
    goesAt: undefined,
  };
  account.placementGroups.set(name, record);
  setTags(account, record.id, tags.get('placement-group') ?? []);
  return { PlacementGroup: view(account, record) };
}

/** DescribePlacementGroups. */
export function describePlacementGroups(
  request: DescribePlacementGroupsRequest,
  { account }: ActionContext,
): DescribePlacementGroupsResult {
  const groups = listGroups(account);
  for (const name of request.GroupNames ?? []) requireByName(account, name);
  for (const id of request.GroupIds ?? []) {
    if (!groups.some((group) => group.id === id)) throw unknownGroup(id);
  }
  const chosen = groups.filter(
    (group) => (request.GroupNames?.includes(group.name) ?? true) && (request.GroupIds?.includes(group.id) ?? true),
  );
  const views = chosen.map((group) => view(account, group));
  return { PlacementGroups: applyFilters(views, request.Filters, FIELDS) };
}

/** DeletePlacementGroup: only when no instance and (our assumption) no cluster group is in it any more. */
export function deletePlacementGroup(request: DeletePlacementGroupRequest, { account }: ActionContext): object {
  const group = requireByName(account, request.GroupName ?? '');
  const hasInstances = [...account.instances.values()].some(
    (instance) => instance.placementGroup === group.name && instance.state !== 'terminated',
  );
  if (hasInstances || listGroups(account).some(({ parentId }) => parentId === group.id)) {
    throw new ApiError(
      'InvalidPlacementGroup.InUse',
      `The placement group '${group.name}' is in use and may not be deleted.`,
    );
  }
  refuseDryRun(request);
  group.goesAt = account.now() + (account.conditions.slow.placementGroupMs ?? 0);
  return {};
}

/**
 * The group that a launch names.
 * @throws ApiError InvalidPlacementGroup.Unknown; InvalidParameterCombination for a type that cannot be in such a group.
 * What AWS answers to a type without a PHC in a precision-time group is not documented: we assume the answer to a type
 * that cannot be in a cluster group.
 */
export function placementGroupFor(
  account: Account,
  wanted: { name: string | undefined; id: string | undefined },
  entry: CatalogueEntry,
): PlacementGroupRecord | undefined {
  const name = wanted.name ?? '';
  const id = wanted.id ?? '';
  if (name === '' && id === '') return undefined;
  const group = listGroups(account).find((candidate) => (id === '' ? candidate.name === name : candidate.id === id));
  if (group === undefined || group.goesAt !== undefined) {
    throw new ApiError('InvalidPlacementGroup.Unknown', `The placement group '${id === '' ? name : id}' is unknown`);
  }
  const reason = incompatibility(group.strategy, entry);
  if (reason !== undefined) {
    throw new ApiError(
      'InvalidParameterCombination',
      `${reason} placement groups are not supported by the '${entry.name}' instance type. Specify a supported instance type or change the placement group strategy, and try your request again.`,
    );
  }
  return group;
}

function incompatibility(strategy: string, entry: CatalogueEntry): string | undefined {
  if (strategy === 'cluster' && entry.isBurstable === true) return 'Cluster';
  if (strategy === PRECISION_TIME && entry.phc === 'unsupported') return 'Precision time';
  return undefined;
}

function checkedName(name: string): string {
  if (name === '') throw new ApiError('MissingParameter', 'The request must contain the parameter GroupName');
  if (name.length > MAX_NAME_LENGTH) {
    throw new ApiError(
      'InvalidParameterValue',
      `The name of a placement group has at most ${MAX_NAME_LENGTH} characters.`,
    );
  }
  return name;
}

/** "ParentGroupId: the ID of a precision time placement group", for cluster groups only (EC2 API reference). */
function checkParent(account: Account, strategy: string, parentId: string | undefined): void {
  if (parentId === undefined) return;
  if (strategy !== 'cluster') {
    throw new ApiError(
      'InvalidParameterCombination',
      'The parameter ParentGroupId can only be used with the strategy cluster.',
    );
  }
  const parent = listGroups(account).find((group) => group.id === parentId);
  if (parent === undefined) throw unknownGroup(parentId);
  if (parent.strategy !== PRECISION_TIME) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${parentId}) for parameter ParentGroupId is invalid. It is not a precision time placement group.`,
    );
  }
}

function partitionCountOf(strategy: string, count: number | undefined): number | undefined {
  if (strategy !== 'partition') {
    if (count === undefined) return undefined;
    throw new ApiError('InvalidParameterCombination', 'PartitionCount can only be used with the strategy partition.');
  }
  if (count !== undefined && !(count >= 1 && count <= MAX_PARTITIONS)) {
    throw new ApiError('InvalidParameterValue', `Value (${count}) for parameter partitionCount is invalid.`);
  }
  return count ?? MAX_PARTITIONS;
}

/** The groups that are still there. */
function listGroups(account: Account): PlacementGroupRecord[] {
  const now = account.now();
  for (const { id, name, goesAt } of account.placementGroups.values()) {
    if (goesAt === undefined || goesAt > now) continue;
    account.placementGroups.delete(name);
    account.tags.delete(id);
  }
  return [...account.placementGroups.values()];
}

function stateOf(account: Account, group: PlacementGroupRecord): PlacementGroupState {
  if (group.goesAt !== undefined) return 'deleting';
  return account.now() < group.availableAt ? 'pending' : 'available';
}

function view(account: Account, group: PlacementGroupRecord): PlacementGroup {
  const { id, name, strategy, partitionCount, parentId } = group;
  return {
    GroupName: name,
    GroupId: id,
    GroupArn: `arn:aws:ec2:${account.region}:${account.ownerId}:placement-group/${name}`,
    Strategy: strategy as NonNullable<PlacementGroup['Strategy']>,
    State: stateOf(account, group),
    ...(partitionCount === undefined ? {} : { PartitionCount: partitionCount }),
    ...(parentId === undefined ? {} : { ParentGroupId: parentId }),
    Tags: tagsOf(account, id),
  };
}

function requireByName(account: Account, name: string): PlacementGroupRecord {
  const group = listGroups(account).find((candidate) => candidate.name === name);
  if (group === undefined) throw unknownGroup(name);
  return group;
}

function unknownGroup(name: string): ApiError {
  return new ApiError('InvalidPlacementGroup.Unknown', `The Placement Group '${name}' is unknown.`);
}
