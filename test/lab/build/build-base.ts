/** The lab's base: tools, guest and kernel as Debian ships them. Minutes once; everything of ours comes after it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DebianPackages } from './debian-packages.ts';
import type { CacheFolder } from './lab-cache.ts';
import { LabError } from './lab-error.ts';
import {
  GUEST_PACKAGES,
  KERNEL_METAPACKAGE,
  OTHER_DAEMON_PACKAGES,
  REPOSITORY_PACKAGES,
  TOOL_PACKAGES,
} from './lab-packages.ts';
import type { ToolOptions } from './run-tool.ts';

/** Paths from `test/lab`. */
export const BASE_INPUTS = ['build/build-base.ts', 'build/debian-packages.ts', 'build/lab-packages.ts'];

export interface LabBase {
  /** Root folder with compiler, kernel headers and QEMU. */
  readonly tools: string;
  /** Root folder of the guest. */
  readonly guest: string;
  /** Unpacked kernel package. */
  readonly kernel: string;
  /** Unpacked packages of other time daemons. */
  readonly daemons: string;
  /** Packages as the guest's apt takes them. */
  readonly repository: string;
}

export function labBase(folder: CacheFolder): LabBase {
  return {
    tools: folder.at('tools'),
    guest: folder.at('guest'),
    kernel: folder.at('kernel'),
    daemons: folder.at('daemons'),
    repository: folder.at('repository'),
  };
}

export async function buildBase(folder: CacheFolder, tool: ToolOptions): Promise<void> {
  const { tools, guest, kernel, daemons } = labBase(folder);
  const packages = new DebianPackages(folder, tool);
  await folder.begin();
  await packages.update();
  await packages.unpack(['mmdebstrap'], folder.at('bootstrap'));
  const image = await packages.dependencyOf(KERNEL_METAPACKAGE);
  await Promise.all([
    packages.bootstrap(TOOL_PACKAGES, tools),
    packages.bootstrap(GUEST_PACKAGES, guest),
    packages.unpack([image], kernel),
    packages.unpack(OTHER_DAEMON_PACKAGES, daemons),
    folder.make('repository').then((repository) => packages.makeRepository(REPOSITORY_PACKAGES, repository)),
  ]);
  for (const name of ['apt', 'debs', 'bootstrap']) await folder.remove(name);
  await folder.finish();
}

/** Runs a program of the tools folder with that folder's own C library: without root, and whatever the age of the host's. */
export function toolWords(tools: string, program: string): string[] {
  const path = ['usr/bin', 'usr/sbin'].map((name) => join(tools, name, program)).find((one) => existsSync(one));
  if (path === undefined) throw new LabError('build_failed', `${program} is not among the lab's tools`);
  const libraries = join(tools, 'usr/lib/x86_64-linux-gnu');
  return [join(tools, 'usr/lib64/ld-linux-x86-64.so.2'), '--library-path', libraries, path];
}
