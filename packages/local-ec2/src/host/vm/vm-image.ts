// What a virtual machine is booted from: a description file made by whoever built the image (test/lab here). Read and checked once.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Paths are absolute after reading; in the file they may be relative to it. */
export interface VmImage {
  /** QEMU's system emulator with the words that must come first. */
  readonly qemu: readonly string[];
  readonly qemuEnvironment: Readonly<Record<string, string>>;
  readonly qemuImg: readonly string[];
  readonly kernel: string;
  readonly initrd: string;
  /** Root disk, raw; never written. */
  readonly disk: string;
  /** Kernel command line. */
  readonly append: string;
  readonly memoryMib: number;
  readonly cpus: number;
  /** Further `-device` options. */
  readonly devices: readonly string[];
  /** Command in the guest after a restore; gets the time, seconds since the epoch. */
  readonly resume: string;
  /** Command in the guest that runs the user data where cloud-init is off. */
  readonly userData: string;
  /** A disk with a running machine in it; null: none was made. */
  readonly snapshot: { readonly disk: string; readonly tag: string } | null;
}

/** A description that cannot be followed. */
export class VmImageError extends Error {
  readonly code = 'vm_image';

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`the image description ${path} ${reason}`, options);
    this.name = 'VmImageError';
  }
}

/** Reads a description; throws VmImageError. */
export function readVmImage(path: string): VmImage {
  const value = parse(path);
  const folder = dirname(resolve(path));
  const field = new Fields(path, value);
  const at = (name: string) => resolve(folder, field.text(name));
  const snapshot = value['snapshot'];
  return {
    qemu: field.texts('qemu'),
    qemuEnvironment: field.record('qemu_environment'),
    qemuImg: field.texts('qemu_img'),
    kernel: at('kernel'),
    initrd: at('initrd'),
    disk: at('disk'),
    append: field.text('append'),
    memoryMib: field.number('memory_mib'),
    cpus: field.number('cpus'),
    devices: field.texts('devices'),
    resume: field.text('resume'),
    userData: field.text('user_data'),
    snapshot: isRecord(snapshot)
      ? {
          disk: resolve(folder, new Fields(path, snapshot).text('disk')),
          tag: new Fields(path, snapshot).text('tag'),
        }
      : null,
  };
}

function parse(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new VmImageError(path, 'cannot be read', { cause });
  }
  if (!isRecord(value)) throw new VmImageError(path, 'is not a JSON object');
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class Fields {
  private readonly path: string;
  private readonly value: Record<string, unknown>;

  constructor(path: string, value: Record<string, unknown>) {
    this.path = path;
    this.value = value;
  }

  text(name: string): string {
    const text = this.value[name];
    if (typeof text === 'string' && text !== '') return text;
    throw new VmImageError(this.path, `has no text "${name}"`);
  }

  number(name: string): number {
    const number = this.value[name];
    if (typeof number === 'number' && number > 0) return number;
    throw new VmImageError(this.path, `has no number "${name}"`);
  }

  texts(name: string): string[] {
    const texts = this.value[name];
    if (Array.isArray(texts) && texts.every((text) => typeof text === 'string')) return texts;
    throw new VmImageError(this.path, `has no list of texts "${name}"`);
  }

  record(name: string): Record<string, string> {
    const record = this.value[name];
    if (isRecord(record) && Object.values(record).every((text) => typeof text === 'string')) {
      return record as Record<string, string>;
    }
    throw new VmImageError(this.path, `has no texts by name in "${name}"`);
  }
}
