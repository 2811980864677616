// An instance's record and tags as the facts of its metadata service.
import type { Account } from '../account/account.ts';
import { type InstanceRecord, privateDnsName } from '../account/instance.ts';
import { seenTags } from '../account/tags.ts';
import type { MetadataFacts } from './metadata-tree.ts';

/** The facts as they are now: tags may change while the instance runs. */
export function metadataFacts(account: Account, record: InstanceRecord): MetadataFacts {
  const { metadata, id, ...rest } = record;
  return {
    ...rest,
    instanceId: id,
    region: account.region,
    ownerId: account.ownerId,
    hostName: privateDnsName(record, account.region),
    securityGroupNames: record.securityGroupIds.map((group) => account.securityGroups.get(group)?.GroupName ?? ''),
    tags: metadata.InstanceMetadataTags === 'enabled' ? seenTags(account, id) : undefined,
    isTokenRequired: metadata.HttpTokens !== 'optional',
    isEnabled: metadata.HttpEndpoint !== 'disabled',
  };
}
