// Filters of the Describe actions: names with values, values with wildcards.
import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import { wildcardPattern } from '../wildcards.ts';

/** For each filter name that an action knows: the values an item has under it. */
export type FilterFields<Item> = Readonly<Record<string, (item: Item) => string | readonly string[] | undefined>>;

const MAX_FILTERS = 50;
const MAX_VALUES = 200;

/**
 * The items that match every filter; `tag:KEY` and `tag-key` work on every item with Tags.
 * @throws ApiError InvalidParameterValue for a filter that the action does not know
 */
export function applyFilters<Item extends { Tags?: Tag[] | undefined }>(
  items: readonly Item[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<Item>,
): Item[] {
  const tests = checked(filters ?? []).map((filter) => testOf(filter, fields));
  return items.filter((item) => tests.every((test) => test(item)));
}

function checked(filters: readonly Filter[]): readonly Filter[] {
  if (filters.length > MAX_FILTERS) {
    throw new ApiError('InvalidParameterValue', `The number of filters exceeds the maximum of ${MAX_FILTERS}`);
  }
  for (const filter of filters) {
    if (filter.Name === undefined || filter.Name === '') {
      throw new ApiError('InvalidParameterValue', 'The filter name must not be empty');
    }
    if (filter.Values === undefined || filter.Values.length === 0) {
      throw new ApiError('InvalidParameterValue', `The filter '${filter.Name}' must have at least one value`);
    }
    if (filter.Values.length > MAX_VALUES) {
      throw new ApiError('InvalidParameterValue', `The filter '${filter.Name}' has more than ${MAX_VALUES} values`);
    }
  }
  return filters;
}

function testOf<Item extends { Tags?: Tag[] | undefined }>(
  filter: Filter,
  fields: FilterFields<Item>,
): (item: Item) => boolean {
  const name = filter.Name ?? '';
  const patterns = (filter.Values ?? []).map(wildcardPattern);
  const valuesOf = name.startsWith('tag') ? tagValues(name) : undefined;
  const field = valuesOf ?? (Object.hasOwn(fields, name) ? fields[name] : undefined);
  if (field === undefined) throw new ApiError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return (item) => {
    const value = field(item);
    const values = typeof value === 'string' ? [value] : (value ?? []);
    return values.some((candidate) => patterns.some((pattern) => pattern.test(candidate)));
  };
}

function tagValues(name: string): ((item: { Tags?: Tag[] | undefined }) => string[]) | undefined {
  if (name === 'tag-key') return (item) => (item.Tags ?? []).map((tag) => tag.Key ?? '');
  if (!name.startsWith('tag:')) return undefined;
  const key = name.slice('tag:'.length);
  return (item) => (item.Tags ?? []).filter((tag) => tag.Key === key).map((tag) => tag.Value ?? '');
}
