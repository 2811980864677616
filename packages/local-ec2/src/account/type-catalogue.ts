// The instance types that the endpoint offers: a small, realistic catalogue.
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';

/**
 * One type. Sizes from the AWS instance type pages, PHC support from the families that the AWS page "Set the time
 * reference on your EC2 instance to use the local Amazon Time Sync Service" lists; both as read in mid 2026.
 * Real values change: this is test data, the truth is the real DescribeInstanceTypes and the probe on the instance.
 */
export interface CatalogueEntry {
  readonly name: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly vcpus: number;
  readonly threadsPerCore: 1 | 2;
  readonly memoryMib: number;
  readonly manufacturer: 'Intel' | 'AMD' | 'AWS';
  readonly network: string;
  /** Whether ENA Express (SRD) is available. */
  readonly srd: boolean;
  /** `unknown`: the answer lacks the field, as older answers of AWS do. */
  readonly phc: 'supported' | 'unsupported' | 'unknown';
  readonly isMetal?: boolean;
  readonly isBurstable?: boolean;
  readonly isOldGeneration?: boolean;
  /** Letters of the zones that have it; all when absent. */
  readonly zoneLetters?: readonly string[];
}

const INTEL = { architecture: 'x86_64', threadsPerCore: 2, manufacturer: 'Intel' } as const;
const AMD = { architecture: 'x86_64', threadsPerCore: 1, manufacturer: 'AMD' } as const;
const GRAVITON = { architecture: 'arm64', threadsPerCore: 1, manufacturer: 'AWS' } as const;
const GIB = 1024;
const UP_TO_12 = 'Up to 12.5 Gigabit';

const CATALOGUE: readonly CatalogueEntry[] = [
  { ...INTEL, name: 'm7i.large', vcpus: 2, memoryMib: 8 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...INTEL, name: 'm7i.xlarge', vcpus: 4, memoryMib: 16 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  {
    ...INTEL,
    name: 'm7i.24xlarge',
    vcpus: 96,
    memoryMib: 384 * GIB,
    network: '37.5 Gigabit',
    srd: true,
    phc: 'supported',
  },
  {
    ...INTEL,
    name: 'm7i.metal-24xl',
    vcpus: 96,
    memoryMib: 384 * GIB,
    network: '37.5 Gigabit',
    srd: true,
    phc: 'supported',
    isMetal: true,
  },
  { ...AMD, name: 'm7a.medium', vcpus: 1, memoryMib: 4 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...AMD, name: 'm7a.large', vcpus: 2, memoryMib: 8 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...GRAVITON, name: 'm7g.large', vcpus: 2, memoryMib: 8 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...GRAVITON, name: 'm8g.large', vcpus: 2, memoryMib: 8 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...INTEL, name: 'c7i.large', vcpus: 2, memoryMib: 4 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...AMD, name: 'c7a.medium', vcpus: 1, memoryMib: 2 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...GRAVITON, name: 'c7g.large', vcpus: 2, memoryMib: 4 * GIB, network: UP_TO_12, srd: false, phc: 'unsupported' },
  { ...INTEL, name: 'r7i.large', vcpus: 2, memoryMib: 16 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...INTEL, name: 'r7i.2xlarge', vcpus: 8, memoryMib: 64 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  { ...GRAVITON, name: 'r7g.large', vcpus: 2, memoryMib: 16 * GIB, network: UP_TO_12, srd: false, phc: 'supported' },
  {
    ...GRAVITON,
    name: 'i8g.large',
    vcpus: 2,
    memoryMib: 16 * GIB,
    network: 'Up to 10 Gigabit',
    srd: false,
    phc: 'supported',
  },
  {
    ...GRAVITON,
    name: 'x8g.large',
    vcpus: 2,
    memoryMib: 32 * GIB,
    network: UP_TO_12,
    srd: false,
    phc: 'supported',
    zoneLetters: ['b'],
  },
  {
    ...INTEL,
    name: 't3.micro',
    vcpus: 2,
    memoryMib: 1 * GIB,
    network: 'Up to 5 Gigabit',
    srd: false,
    phc: 'unsupported',
    isBurstable: true,
  },
  {
    ...INTEL,
    name: 'm5.large',
    vcpus: 2,
    memoryMib: 8 * GIB,
    network: 'Up to 10 Gigabit',
    srd: false,
    phc: 'unknown',
    isOldGeneration: true,
  },
];
const BY_NAME = new Map(CATALOGUE.map((entry) => [entry.name, entry]));

/** All types. */
export function catalogue(): readonly CatalogueEntry[] {
  return CATALOGUE;
}

/** The type of this name. */
export function catalogueEntry(name: string): CatalogueEntry | undefined {
  return BY_NAME.get(name);
}

/** Whether a zone such as `us-east-1b` has the type. */
export function isOfferedIn(entry: CatalogueEntry, zone: string): boolean {
  return entry.zoneLetters === undefined || entry.zoneLetters.includes(zone.slice(-1));
}

/** A type as DescribeInstanceTypes shows it. */
export function instanceTypeInfo(entry: CatalogueEntry): InstanceTypeInfo {
  const isMetal = entry.isMetal === true;
  return {
    InstanceType: entry.name as NonNullable<InstanceTypeInfo['InstanceType']>,
    CurrentGeneration: true,
    FreeTierEligible: entry.name === 't3.micro',
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    SupportedBootModes: entry.architecture === 'arm64' ? ['uefi'] : ['legacy-bios', 'uefi'],
    BareMetal: isMetal,
    // Absent on bare metal.
    ...(isMetal ? {} : { Hypervisor: 'nitro' as const }),
    ProcessorInfo: { SupportedArchitectures: [entry.architecture], Manufacturer: entry.manufacturer },
    VCpuInfo: {
      DefaultVCpus: entry.vcpus,
      DefaultCores: entry.vcpus / entry.threadsPerCore,
      DefaultThreadsPerCore: entry.threadsPerCore,
    },
    MemoryInfo: { SizeInMiB: entry.memoryMib },
    InstanceStorageSupported: entry.name.startsWith('i8g'),
    EbsInfo: { EbsOptimizedSupport: 'default', EncryptionSupport: 'supported', NvmeSupport: 'required' },
    NetworkInfo: {
      NetworkPerformance: entry.network,
      EnaSupport: 'required',
      EnaSrdSupported: entry.srd,
      EfaSupported: false,
      Ipv6Supported: true,
      MaximumNetworkCards: 1,
      DefaultNetworkCardIndex: 0,
      EncryptionInTransitSupported: entry.isOldGeneration !== true,
    },
    PlacementGroupInfo: {
      SupportedStrategies: entry.isBurstable === true ? ['partition', 'spread'] : ['cluster', 'partition', 'spread'],
    },
    HibernationSupported: false,
    BurstablePerformanceSupported: entry.isBurstable === true,
    DedicatedHostsSupported: true,
    AutoRecoverySupported: !isMetal,
    ...(entry.phc === 'unknown' ? {} : { PhcSupport: entry.phc }),
  };
}
