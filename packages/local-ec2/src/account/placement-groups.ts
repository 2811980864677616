// Placement groups: create, describe, delete.
import type {
  CreatePlacementGroupRequest,
  CreatePlacementGroupResult,
  DeletePlacementGroupRequest,
  DescribePlacementGroupsRequest,
  DescribePlacementGroupsResult,
  PlacementGroup,
} from '@aws-sdk/client-ec2';
import { PlacementStrategy } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { setTags, tagsAtCreation, tagsOf } from './tags.ts';

const MAX_NAME_LENGTH = 255;
const STRATEGIES: readonly string[] = Object.values(PlacementStrategy);

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
  const name = request.GroupName ?? '';
  if (name === '') throw new ApiError('MissingParameter', 'The request must contain the parameter GroupName');
  if (name.length > MAX_NAME_LENGTH) {
    throw new ApiError(
      'InvalidParameterValue',
      `The name of a placement group has at most ${MAX_NAME_LENGTH} characters.`,
    );
  }
  const strategy = request.Strategy ?? 'cluster';
  if (!STRATEGIES.includes(strategy)) {
    throw new ApiError('InvalidParameterValue', `Value (${strategy}) for parameter strategy is invalid.`);
  }
  if (account.placementGroups.has(name)) {
    throw new ApiError('InvalidPlacementGroup.Duplicate', `The Placement Group '${name}' already exists.`);
  }
  const tags = tagsAtCreation(request.TagSpecifications, ['placement-group']);
  refuseDryRun(request);
  const id = context.newId('pg');
  const group: PlacementGroup = {
    GroupName: name,
    GroupId: id,
    GroupArn: `arn:aws:ec2:${account.region}:${account.ownerId}:placement-group/${name}`,
    Strategy: strategy,
    State: 'available',
    ...(strategy === 'partition' ? { PartitionCount: request.PartitionCount ?? 7 } : {}),
    ...(request.ParentGroupId === undefined ? {} : { ParentGroupId: request.ParentGroupId }),
  };
  account.placementGroups.set(name, group);
  setTags(account, id, tags.get('placement-group') ?? []);
  return { PlacementGroup: view(account, group) };
}

/** DescribePlacementGroups. */
export function describePlacementGroups(
  request: DescribePlacementGroupsRequest,
  { account }: ActionContext,
): DescribePlacementGroupsResult {
  const groups = [...account.placementGroups.values()];
  for (const name of request.GroupNames ?? []) requireByName(account, name);
  for (const id of request.GroupIds ?? []) {
    if (!groups.some((group) => group.GroupId === id)) throw unknownGroup(id);
  }
  const chosen = groups.filter(
    (group) =>
      (request.GroupNames?.includes(group.GroupName ?? '') ?? true) &&
      (request.GroupIds?.includes(group.GroupId ?? '') ?? true),
  );
  const views = chosen.map((group) => view(account, group));
  return { PlacementGroups: applyFilters(views, request.Filters, FIELDS) };
}

/** DeletePlacementGroup: only when no instance is in it any more. */
export function deletePlacementGroup(request: DeletePlacementGroupRequest, { account }: ActionContext): object {
  const name = request.GroupName ?? '';
  const group = requireByName(account, name);
  const isInUse = [...account.instances.values()].some(
    (instance) => instance.placementGroup === name && instance.state !== 'terminated',
  );
  if (isInUse) {
    throw new ApiError(
      'InvalidPlacementGroup.InUse',
      `The placement group '${name}' is in use and may not be deleted.`,
    );
  }
  refuseDryRun(request);
  account.placementGroups.delete(name);
  account.tags.delete(group.GroupId ?? '');
  return {};
}

function view(account: Account, group: PlacementGroup): PlacementGroup {
  return { ...group, Tags: tagsOf(account, group.GroupId ?? '') };
}

function requireByName(account: Account, name: string): PlacementGroup {
  const group = account.placementGroups.get(name);
  if (group === undefined) throw unknownGroup(name);
  return group;
}

function unknownGroup(name: string): ApiError {
  return new ApiError('InvalidPlacementGroup.Unknown', `The Placement Group '${name}' is unknown.`);
}
