// What the instance metadata service answers: one text for each path, listings of the folders between. Pure.
import type { InstanceStatusEvent } from '@aws-sdk/client-ec2';

/** What the metadata of an instance is made of. */
export interface MetadataFacts {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly launchIndex: number;
  readonly reservationId: string;
  readonly region: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly placementGroup: string | undefined;
  readonly privateIp: string;
  readonly mac: string;
  readonly hostName: string;
  readonly ownerId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly networkInterfaceId: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly securityGroupNames: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly launchedAt: number;
  readonly userData: Uint8Array | undefined;
  /** Scheduled maintenance. */
  readonly events: readonly InstanceStatusEvent[];
  readonly instanceProfile: { readonly arn: string; readonly id: string } | undefined;
  /** Undefined unless InstanceMetadataTags is enabled. */
  readonly tags: ReadonlyMap<string, string> | undefined;
  readonly isTokenRequired: boolean;
  readonly isEnabled: boolean;
}

/** Answer for a path below `/latest/`; undefined when there is nothing. */
export function metadataAt(facts: MetadataFacts, path: string): string | Uint8Array | undefined {
  const wanted = path.replace(/\/+/g, '/').replace(/^\/|\/$/g, '');
  if (wanted === 'user-data') return facts.userData;
  if (wanted === 'dynamic/instance-identity/document') return identityDocument(facts);
  const leaves = metadataLeaves(facts);
  return leaves.get(wanted) ?? listing(leaves, wanted);
}

function listing(leaves: ReadonlyMap<string, string>, folder: string): string | undefined {
  const names = new Set<string>();
  const prefix = folder === '' ? '' : `${folder}/`;
  const paths = [...leaves.keys(), 'user-data', 'dynamic/instance-identity/document'];
  for (const path of paths) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...rest] = path.slice(prefix.length).split('/');
    names.add(rest.length > 0 ? `${name}/` : name);
  }
  return names.size === 0 ? undefined : [...names].sort().join('\n');
}

function metadataLeaves(facts: MetadataFacts): Map<string, string> {
  const mac = `network/interfaces/macs/${facts.mac}`;
  const values: Record<string, string | undefined> = {
    'ami-id': facts.imageId,
    'ami-launch-index': String(facts.launchIndex),
    'events/maintenance/scheduled': JSON.stringify(facts.events.map(scheduledEvent)),
    hostname: facts.hostName,
    'iam/info': facts.instanceProfile === undefined ? undefined : profileInfo(facts.instanceProfile),
    'instance-action': 'none',
    'instance-id': facts.instanceId,
    'instance-life-cycle': 'on-demand',
    'instance-type': facts.instanceType,
    'local-hostname': facts.hostName,
    'local-ipv4': facts.privateIp,
    mac: facts.mac,
    'placement/availability-zone': facts.zone,
    'placement/availability-zone-id': facts.zoneId,
    'placement/group-name': facts.placementGroup,
    'placement/region': facts.region,
    'reservation-id': facts.reservationId,
    'security-groups': facts.securityGroupNames.join('\n'),
    'services/domain': 'amazonaws.com',
    'services/partition': 'aws',
    [`${mac}/device-number`]: '0',
    [`${mac}/interface-id`]: facts.networkInterfaceId,
    [`${mac}/local-hostname`]: facts.hostName,
    [`${mac}/local-ipv4s`]: facts.privateIp,
    [`${mac}/mac`]: facts.mac,
    [`${mac}/owner-id`]: facts.ownerId,
    [`${mac}/security-group-ids`]: facts.securityGroupIds.join('\n'),
    [`${mac}/subnet-id`]: facts.subnetId,
    [`${mac}/vpc-id`]: facts.vpcId,
  };
  for (const [key, value] of facts.tags ?? []) values[`tags/instance/${key}`] = value;
  const present = Object.entries(values).flatMap(([path, value]) =>
    value === undefined ? [] : [[`meta-data/${path}`, value] as const],
  );
  return new Map(present);
}

function scheduledEvent(event: InstanceStatusEvent) {
  return {
    NotBefore: event.NotBefore?.toUTCString(),
    Code: event.Code,
    Description: event.Description,
    EventId: event.InstanceEventId,
    NotAfter: event.NotAfter?.toUTCString(),
    State: 'active',
  };
}

function profileInfo({ arn, id }: { arn: string; id: string }): string {
  return JSON.stringify({ Code: 'Success', InstanceProfileArn: arn, InstanceProfileId: id }, null, 2);
}

function identityDocument(facts: MetadataFacts): string {
  const document = {
    accountId: facts.ownerId,
    architecture: facts.architecture,
    availabilityZone: facts.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: facts.imageId,
    instanceId: facts.instanceId,
    instanceType: facts.instanceType,
    kernelId: null,
    pendingTime: new Date(facts.launchedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    privateIp: facts.privateIp,
    ramdiskId: null,
    region: facts.region,
    version: '2017-09-30',
  };
  return JSON.stringify(document, null, 2);
}
