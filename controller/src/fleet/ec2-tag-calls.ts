/** `Ec2Tags` over the AWS SDK, and the tag filters that every listing of ours uses. */
import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { type Ec2Tags, TAGS, type TagScope, type Tags } from './ec2.ts';
import { allPages, type Ec2Caller } from './ec2-caller.ts';

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
  if (ids.length === 0) return [];
  const Filters = [{ Name: 'volume-id', Values: [...ids] }];
  const answer = await caller.call('DescribeVolumes', ({ module, client }) =>
    client.send(new module.DescribeVolumesCommand({ Filters })),
  );
  return (answer.Volumes ?? []).flatMap(({ VolumeId, State }) => (State === 'deleted' ? [] : (VolumeId ?? [])));
}

async function presentInterfaces(caller: Ec2Caller, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const Filters = [{ Name: 'network-interface-id', Values: [...ids] }];
  const answer = await caller.call('DescribeNetworkInterfaces', ({ module, client }) =>
    client.send(new module.DescribeNetworkInterfacesCommand({ Filters })),
  );
  return (answer.NetworkInterfaces ?? []).flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []);
}

export function tagCalls(caller: Ec2Caller, own: TagScope): Ec2Tags {
  return {
    createTags: async (resourceIds, tags, { dryRun }) => {
      const input = { Resources: [...resourceIds], Tags: tagList(tags), ...(dryRun ? { DryRun: true } : {}) };
      const way = dryRun ? 'dryRun' : 'call';
      await caller[way]('CreateTags', ({ module, client }) => client.send(new module.CreateTagsCommand(input)));
    },
    deleteTags: async (resourceIds, keys, { dryRun }) => {
      const Keys = keys.map((Key) => ({ Key }));
      const input = { Resources: [...resourceIds], Tags: Keys, ...(dryRun ? { DryRun: true } : {}) };
      const way = dryRun ? 'dryRun' : 'call';
      await caller[way]('DeleteTags', ({ module, client }) => client.send(new module.DeleteTagsCommand(input)));
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
