/** Finds PTP hardware clocks through sysfs: by clock_name, and to a network interface by the PCI device. Never by index. */
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Where to look; tests and prefixes pass other roots than the defaults. */
export interface MachinePaths {
  /** `/sys` */
  readonly sysRoot?: string;
  /** `/dev` */
  readonly devRoot?: string;
}

export interface FoundPhc {
  /** N of ptpN: names the device until the driver is loaded again, and nothing more. */
  readonly index: number;
  readonly devicePath: string;
  /** For ENA `ena-ptp-` and the PCI slot, which need not be unique; `KVM virtual PTP`; ... */
  readonly clockName: string;
  readonly isEna: boolean;
  /** `0000:00:05.0`; null for clocks without a PCI device, such as ptp_kvm. */
  readonly pciAddress: string | null;
  /** Network interfaces of the same PCI device, sorted. */
  readonly interfaceNames: readonly string[];
  /** `phc_error_bound` of the PCI device; null where the driver made no such file (mainline, or enabled by devlink). */
  readonly errorBoundPath: string | null;
}

/** clock_name of ENA clocks begins so (ena_phc.c); such a clock is the only proof that the PHC is on. */
export const ENA_CLOCK_PREFIX = 'ena-ptp-';

/** The link that amazon-ec2-utils' udev rule makes. */
const ENA_LINK_NAME = 'ptp_ena';

/** All clocks of the machine, by index. A clock that vanishes while it is looked at is left out. */
export function findPhcs(paths: MachinePaths = {}): FoundPhc[] {
  const sysRoot = paths.sysRoot ?? '/sys';
  const classDir = join(sysRoot, 'class', 'ptp');
  const interfaces = interfacesByDevice(sysRoot);
  return listDir(classDir)
    .filter((name) => /^ptp\d+$/.test(name))
    .map((name) => describePhc(join(classDir, name), interfaces, paths.devRoot ?? '/dev'))
    .filter((phc) => phc !== undefined)
    .sort((a, b) => a.index - b.index);
}

/**
 * The clock to measure: an ENA clock, that of the preferred interface if it has one, else the one with the lowest PCI address.
 * Undefined when the machine has no ENA clock.
 */
export function choosePhc(found: readonly FoundPhc[], preferredInterface?: string): FoundPhc | undefined {
  const ena = found.filter((phc) => phc.isEna);
  const preferred = ena.find(
    (phc) => preferredInterface !== undefined && phc.interfaceNames.includes(preferredInterface),
  );
  return preferred ?? ena.sort((a, b) => comparePci(a, b) || a.index - b.index)[0];
}

/** What `/dev/ptp_ena` points to, as written in the link (`ptp0`); null when there is no such link. */
export function readPtpEnaLink(paths: MachinePaths = {}): string | null {
  return tryRead(() => readlinkSync(join(paths.devRoot ?? '/dev', ENA_LINK_NAME))) ?? null;
}

/** The real folder of a PCI device -> the interfaces on it. */
function interfacesByDevice(sysRoot: string): Map<string, string[]> {
  const result = new Map<string, string[]>();
  const classDir = join(sysRoot, 'class', 'net');
  for (const name of listDir(classDir).sort()) {
    const device = realPath(join(classDir, name, 'device'));
    if (device !== undefined) result.set(device, [...(result.get(device) ?? []), name]);
  }
  return result;
}

function describePhc(dir: string, interfaces: ReadonlyMap<string, string[]>, devRoot: string): FoundPhc | undefined {
  const clockName = tryRead(() => readFileSync(join(dir, 'clock_name'), 'utf8').trim());
  if (clockName === undefined) return undefined;
  const device = realPath(join(dir, 'device'));
  const errorBoundPath = device === undefined ? undefined : join(device, 'phc_error_bound');
  return {
    index: Number(basename(dir).slice('ptp'.length)),
    devicePath: join(devRoot, basename(dir)),
    clockName,
    isEna: clockName.startsWith(ENA_CLOCK_PREFIX),
    pciAddress: device !== undefined && isPciAddress(basename(device)) ? basename(device) : null,
    interfaceNames: (device === undefined ? undefined : interfaces.get(device)) ?? [],
    errorBoundPath: errorBoundPath !== undefined && existsSync(errorBoundPath) ? errorBoundPath : null,
  };
}

function isPciAddress(text: string): boolean {
  return /^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(text);
}

function comparePci(a: FoundPhc, b: FoundPhc): number {
  return (a.pciAddress ?? '~').localeCompare(b.pciAddress ?? '~');
}

function listDir(dir: string): string[] {
  return tryRead(() => readdirSync(dir)) ?? [];
}

function realPath(path: string): string | undefined {
  return tryRead(() => realpathSync(path));
}

const ABSENT = new Set<unknown>(['ENOENT', 'ENOTDIR', 'ENODEV', 'EINVAL']);

/** Undefined for what is not there, or went away meanwhile. Anything else, such as a missing permission, is thrown. */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.has(error.code)) return undefined;
    throw error;
  }
}
