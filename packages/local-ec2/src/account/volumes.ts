// Volumes: made with an instance, gone with it unless DeleteOnTermination is false, described, deleted.
import type {
  BlockDeviceMapping,
  DeleteVolumeRequest,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  InstanceBlockDeviceMapping,
  Volume,
} from '@aws-sdk/client-ec2';
import { VolumeType } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { page } from './pages.ts';
import { tagsOf } from './tags.ts';

/** A volume as the endpoint keeps it. */
export interface VolumeRecord {
  readonly id: string;
  readonly zone: string;
  readonly deviceName: string;
  readonly sizeGib: number;
  readonly type: string;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  deleteOnTermination: boolean;
  /** The instance that it is attached to. */
  instanceId: string | undefined;
}

/** A volume that a launch asks for. */
export type VolumeOrder = Pick<
  VolumeRecord,
  'deviceName' | 'sizeGib' | 'type' | 'encrypted' | 'kmsKeyId' | 'deleteOnTermination'
>;

const ROOT_DEVICE = '/dev/xvda';
/** Size of the public images' snapshot. */
const ROOT_SIZE_GIB = 8;
const MAX_SIZE_GIB = 65_536;
const TYPES: readonly string[] = Object.values(VolumeType);

/** The volumes of a launch: the root and what the mappings add. @throws ApiError InvalidBlockDeviceMapping, MissingParameter */
export function volumeOrders(mappings: readonly BlockDeviceMapping[] | undefined): VolumeOrder[] {
  const byName = new Map<string, BlockDeviceMapping>([[ROOT_DEVICE, { DeviceName: ROOT_DEVICE, Ebs: {} }]]);
  for (const mapping of mappings ?? []) {
    const name = mapping.DeviceName ?? '';
    if (name === '') throw new ApiError('MissingParameter', 'The request must contain the parameter deviceName');
    if (mapping.NoDevice !== undefined || mapping.Ebs === undefined) byName.delete(name);
    else byName.set(name, mapping);
  }
  return [...byName.values()].map(volumeOrder);
}

function volumeOrder({ DeviceName: deviceName = '', Ebs: ebs = {} }: BlockDeviceMapping): VolumeOrder {
  const isRoot = deviceName === ROOT_DEVICE;
  const sizeGib = ebs.VolumeSize ?? (isRoot ? ROOT_SIZE_GIB : 0);
  if (isRoot && sizeGib < ROOT_SIZE_GIB) {
    throw new ApiError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${sizeGib}GB is smaller than snapshot 'snap-00000000000000000', expect size >= ${ROOT_SIZE_GIB}GB`,
    );
  }
  if (!Number.isInteger(sizeGib) || sizeGib < 1 || sizeGib > MAX_SIZE_GIB) {
    throw new ApiError('InvalidBlockDeviceMapping', `The volume size ${sizeGib} of ${deviceName} is not valid`);
  }
  const type = ebs.VolumeType ?? 'gp3';
  if (!TYPES.includes(type)) {
    throw new ApiError('InvalidParameterValue', `Value (${type}) for parameter volumeType is invalid.`);
  }
  return {
    deviceName,
    sizeGib,
    type,
    encrypted: ebs.Encrypted ?? false,
    kmsKeyId: ebs.KmsKeyId,
    deleteOnTermination: ebs.DeleteOnTermination ?? true,
  };
}

/** An instance's volumes as DescribeInstances shows them. */
export function deviceMappings(account: Account, instanceId: string): InstanceBlockDeviceMapping[] {
  return volumesOf(account, instanceId).map((volume) => ({
    DeviceName: volume.deviceName,
    Ebs: {
      VolumeId: volume.id,
      Status: 'attached',
      DeleteOnTermination: volume.deleteOnTermination,
      AttachTime: new Date(volume.createdAt),
    },
  }));
}

/** The volumes attached to an instance. */
function volumesOf(account: Account, instanceId: string): VolumeRecord[] {
  return [...account.volumes.values()].filter((volume) => volume.instanceId === instanceId);
}

/** What becomes of an instance's volumes at its end. */
export function releaseVolumes(account: Account, instanceId: string): void {
  for (const volume of volumesOf(account, instanceId)) {
    volume.instanceId = undefined;
    if (volume.deleteOnTermination) removeVolume(account, volume.id);
  }
}

const FIELDS: FilterFields<Volume> = {
  'attachment.delete-on-termination': (volume) => volume.Attachments?.map((item) => String(item.DeleteOnTermination)),
  'attachment.instance-id': (volume) => volume.Attachments?.map((item) => item.InstanceId ?? ''),
  'availability-zone': (volume) => volume.AvailabilityZone,
  encrypted: (volume) => String(volume.Encrypted),
  status: (volume) => volume.State,
  'volume-id': (volume) => volume.VolumeId,
  'volume-type': (volume) => volume.VolumeType,
};

/** DescribeVolumes. */
export function describeVolumes(request: DescribeVolumesRequest, { account }: ActionContext): DescribeVolumesResult {
  const chosen = request.VolumeIds?.map((id) => requireVolume(account, id)) ?? [...account.volumes.values()];
  const found = applyFilters(
    chosen.map((volume) => view(account, volume)),
    request.Filters,
    FIELDS,
  );
  const { items, ...rest } = page(found, request, { smallest: 5, largest: 1000 });
  return { Volumes: items, ...rest };
}

/** DeleteVolume: only of a volume that no instance has. */
export function deleteVolume(request: DeleteVolumeRequest, { account }: ActionContext): object {
  const volume = requireVolume(account, request.VolumeId ?? '');
  if (volume.instanceId !== undefined) {
    throw new ApiError('VolumeInUse', `Volume ${volume.id} is currently attached to ${volume.instanceId}`);
  }
  refuseDryRun(request);
  removeVolume(account, volume.id);
  return {};
}

function removeVolume(account: Account, id: string): void {
  account.volumes.delete(id);
  account.tags.delete(id);
}

function requireVolume(account: Account, id: string): VolumeRecord {
  const volume = account.volumes.get(id);
  if (volume === undefined) throw new ApiError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
  return volume;
}

function view(account: Account, volume: VolumeRecord): Volume {
  const { id, instanceId } = volume;
  const attachment = {
    VolumeId: id,
    InstanceId: instanceId,
    Device: volume.deviceName,
    State: 'attached' as const,
    DeleteOnTermination: volume.deleteOnTermination,
    AttachTime: new Date(volume.createdAt),
  };
  return {
    VolumeId: id,
    AvailabilityZone: volume.zone,
    Size: volume.sizeGib,
    VolumeType: volume.type as NonNullable<Volume['VolumeType']>,
    Encrypted: volume.encrypted,
    ...(volume.kmsKeyId === undefined ? {} : { KmsKeyId: volume.kmsKeyId }),
    CreateTime: new Date(volume.createdAt),
    State: instanceId === undefined ? 'available' : 'in-use',
    Attachments: instanceId === undefined ? [] : [attachment],
    Tags: tagsOf(account, id),
  };
}
