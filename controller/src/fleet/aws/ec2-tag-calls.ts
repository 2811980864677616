/** `Ec2Tags` over the AWS SDK, and the tag filters that every listing of ours uses. */
import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { type Ec2Tags, TAGS, type TagScope, type Tags } from '../ec2.ts';
import { allPages, chunks, type Ec2Caller, RESOURCES_PER_CALL, VALUES_PER_FILTER } from './ec2-caller.ts';

const PAGE_SIZE = 1000;

/** Filters of Describe... for this scope; always at least our run tag. */
export function scopeFilters(scope: TagScope): Filter[] {
  const run =
    scope.run === undefined
      ? { Name: 'tag-key', Values: [TAGS.run] }
      : { Name: `tag:${TAGS.run}`, Values: [scope.run] };
  if (scope.controller === undefined) return [run];
  return [run, { Name: `tag:${TAGS.controller}`, Values: [scope.controller] }];
}

export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** A filter leaves out what is gone; naming it as VolumeIds would fail the whole call. */
async function presentVolumes(caller: Ec2Caller, ids: readonly string[]): Promise<string[]> {
  const present: string[] = [];
  for (const Values of chunks(ids, VALUES_PER_FILTER)) {
    const Filters = [{ Name: 'volume-id', Values }];
    const answer = await caller.call('DescribeVolumes', ({ module, client }) =>
      client.send(new module.DescribeVolumesCommand({ Filters })),
    );
    for (const { VolumeId, State } of answer.Volumes ?? []) if (State !== 'deleted') present.push(VolumeId ?? '');
  }
  return present;
}

async function presentInterfaces(caller: Ec2Caller, ids: readonly string[]): Promise<string[]> {
  const present: string[] = [];
  for (const Values of chunks(ids, VALUES_PER_FILTER)) {
    const Filters = [{ Name: 'network-interface-id', Values }];
    const answer = await caller.call('DescribeNetworkInterfaces', ({ module, client }) =>
      client.send(new module.DescribeNetworkInterfacesCommand({ Filters })),
    );
    for (const { NetworkInterfaceId } of answer.NetworkInterfaces ?? []) present.push(NetworkInterfaceId ?? '');
  }
  return present;
}

export function tagCalls(caller: Ec2Caller, own: TagScope): Ec2Tags {
  return {
    createTags: async (resourceIds, tags, { dryRun }) => {
      const way = dryRun ? 'dryRun' : 'call';
      for (const Resources of chunks(resourceIds, RESOURCES_PER_CALL)) {
        const input = { Resources, Tags: tagList(tags), ...(dryRun ? { DryRun: true } : {}) };
        await caller[way]('CreateTags', ({ module, client }) => client.send(new module.CreateTagsCommand(input)));
      }
    },
    deleteTags: async (resourceIds, keys, { dryRun }) => {
      const Keys = keys.map((Key) => ({ Key }));
      const way = dryRun ? 'dryRun' : 'call';
      for (const Resources of chunks(resourceIds, RESOURCES_PER_CALL)) {
        const input = { Resources, Tags: Keys, ...(dryRun ? { DryRun: true } : {}) };
        await caller[way]('DeleteTags', ({ module, client }) => client.send(new module.DeleteTagsCommand(input)));
      }
    },
    taggedResources: async (scope = own) => {
      const Filters = [
        { Name: 'key', Values: [TAGS.run] },
        ...(scope.run === undefined ? [] : [{ Name: 'value', Values: [scope.run] }]),
      ];
      const tags = await allPages(async (NextToken) => {
        const answer = await caller.call('DescribeTags', ({ module, client }) =>
          client.send(new module.DescribeTagsCommand({ Filters, MaxResults: PAGE_SIZE, NextToken })),
        );
        return { items: answer.Tags ?? [], next: answer.NextToken };
      });
      return tags.map((tag) => ({ id: tag.ResourceId ?? '', type: tag.ResourceType ?? '' }));
    },
    existing: async (resources) => {
      const idsOf = (type: string) => resources.filter((one) => one.type === type).map(({ id }) => id);
      const [volumes, interfaces] = await Promise.all([
        presentVolumes(caller, idsOf('volume')),
        presentInterfaces(caller, idsOf('network-interface')),
      ]);
      const present = new Set([...volumes, ...interfaces]);
      return resources.filter(({ id, type }) => present.has(id) || (type !== 'volume' && type !== 'network-interface'));
    },
  };
}
