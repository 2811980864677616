// The public Amazon Linux 2023 images and the SSM parameters that name them.
import { createHash } from 'node:crypto';
import type { DescribeImagesRequest, DescribeImagesResult, Image } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { ActionContext } from './account.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { page } from './pages.ts';
import { tagsOf } from './tags.ts';

/** An image and the public parameters that point at it. */
export interface ImageRecord {
  readonly image: Image;
  readonly parameterNames: readonly string[];
}

const PARAMETER_PREFIX = '/aws/service/ami-amazon-linux-latest/';
/** Kernels of AL2023 images; kernel-default pointed at 6.1 until mid 2026 and moves yearly. */
const KERNELS = [
  { kernel: '6.1', aliases: ['kernel-6.1'] },
  { kernel: '6.12', aliases: ['kernel-6.12'] },
  { kernel: '6.18', aliases: ['kernel-6.18', 'kernel-default'] },
];
const FLAVOURS = ['al2023-ami', 'al2023-ami-minimal'];
const ARCHITECTURES = ['x86_64', 'arm64'] as const;

/** The images every account can use. Their ids are the same in every endpoint. */
export function publicImages(now: number): ImageRecord[] {
  return FLAVOURS.flatMap((flavour) =>
    KERNELS.flatMap(({ kernel, aliases }) =>
      ARCHITECTURES.map((architecture) => imageRecord({ flavour, kernel, aliases, architecture, now })),
    ),
  );
}

function imageRecord(options: {
  flavour: string;
  kernel: string;
  aliases: readonly string[];
  architecture: (typeof ARCHITECTURES)[number];
  now: number;
}): ImageRecord {
  const { flavour, kernel, aliases, architecture } = options;
  const name = `${flavour}-2023.0.local-kernel-${kernel}-${architecture}`;
  const id = `ami-${createHash('sha256').update(name).digest('hex').slice(0, 17)}`;
  return {
    image: {
      ImageId: id,
      Name: name,
      ImageLocation: `amazon/${name}`,
      Description: `Stand-in of local-ec2 for Amazon Linux 2023 with kernel ${kernel}: instances run on this machine`,
      Architecture: architecture,
      OwnerId: '137112412989',
      ImageOwnerAlias: 'amazon',
      Public: true,
      State: 'available',
      ImageType: 'machine',
      CreationDate: new Date(options.now).toISOString(),
      EnaSupport: true,
      Hypervisor: 'xen',
      VirtualizationType: 'hvm',
      RootDeviceName: '/dev/xvda',
      RootDeviceType: 'ebs',
      PlatformDetails: 'Linux/UNIX',
      BootMode: 'uefi-preferred',
      ImdsSupport: 'v2.0',
    },
    parameterNames: aliases.map((alias) => `${PARAMETER_PREFIX}${flavour}-${alias}-${architecture}`),
  };
}

const FIELDS: FilterFields<Image> = {
  architecture: (image) => image.Architecture,
  'image-id': (image) => image.ImageId,
  'image-type': (image) => image.ImageType,
  'is-public': (image) => String(image.Public),
  name: (image) => image.Name,
  'owner-alias': (image) => image.ImageOwnerAlias,
  'owner-id': (image) => image.OwnerId,
  'root-device-type': (image) => image.RootDeviceType,
  state: (image) => image.State,
  'virtualization-type': (image) => image.VirtualizationType,
};

/** DescribeImages. */
export function describeImages(request: DescribeImagesRequest, context: ActionContext): DescribeImagesResult {
  const { account } = context;
  const chosen = request.ImageIds?.map((id) => requireImage(id, context)) ?? [...account.images.values()];
  const images = chosen
    .map(({ image }) => ({ ...image, Tags: tagsOf(account, image.ImageId ?? '') }))
    .filter((image) => isOwnedBy(image, request.Owners));
  const found = applyFilters(images, request.Filters, FIELDS);
  const { items, ...rest } = page(found, request, { smallest: 1, largest: 1000 });
  return { Images: items, ...rest };
}

/** The image with this id. @throws ApiError InvalidAMIID.Malformed, InvalidAMIID.NotFound */
export function requireImage(id: string, context: ActionContext): ImageRecord {
  if (!/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new ApiError('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
  }
  const image = context.account.images.get(id);
  if (image === undefined) throw new ApiError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  return image;
}

function isOwnedBy(image: Image, owners: readonly string[] | undefined): boolean {
  if (owners === undefined || owners.length === 0) return true;
  return owners.some((owner) => owner === image.OwnerId || owner === image.ImageOwnerAlias);
}
