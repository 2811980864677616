/** Finds the compiled addon and loads it: from the repository, beside a bundle, or out of the single executable. */
import { closeSync, constants, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { constants as osConstants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';
import type { NativeClocks } from './native-clocks.ts';
import { NativeError } from './native-error.ts';

/** The asset's name in the single executable, and the file's name everywhere. */
export const ADDON_NAME = 'ptp-clock.node';

/**
 * Folder of this file; a bundler that makes CommonJS defines `import.meta.dirname` as `__dirname`, and where it does not, it is
 * undefined and only the single executable's asset is looked for.
 */
const hereDir: string | undefined = import.meta.dirname;

export interface LoadOptions {
  /** Further directories in which the executable's addon may be put for the moment of loading, tried before the system's. */
  readonly tempDirs?: readonly string[];
}

const PLATFORMS = ['linux-x64', 'linux-arm64'];

/** Loads the addon. Throws NativeError. Loading again is cheap and gives another, independent clock buffer. */
export function loadNativeClocks(options: LoadOptions = {}): NativeClocks {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new NativeError(
      'unsupported_platform',
      `clocks can be read on ${PLATFORMS.join(' and ')}, not on ${platform}: there is no ioctl addon for it`,
    );
  }
  if (isSea()) return loadFromExecutable(new Uint8Array(getRawAsset(ADDON_NAME)), tempDirs(options));
  return loadFile(findAddonFile(platform));
}

/** Beside a bundle, or among the prebuilds of the repository. */
function findAddonFile(platform: string): string {
  const dir = hereDir ?? '.';
  const candidates = [join(dir, ADDON_NAME), join(dir, '..', 'prebuilds', platform, ADDON_NAME)];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new NativeError('addon_missing', `the clock addon is missing; looked at ${candidates.join(' and ')}`);
}

function tempDirs(options: LoadOptions): string[] {
  return [...new Set([...(options.tempDirs ?? []), tmpdir(), '/dev/shm', '/run'])];
}

/** A directory can refuse: read-only, noexec, or a file system without O_TMPFILE. So each is tried, without a file name first. */
export function loadFromExecutable(bytes: Uint8Array, directories: readonly string[]): NativeClocks {
  const failures: string[] = [];
  for (const load of [loadUnnamed, loadNamed]) {
    for (const directory of directories) {
      try {
        return load(bytes, directory);
      } catch (error) {
        failures.push(`${directory}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  throw new NativeError(
    'load_failed',
    `the clock addon cannot be loaded; it needs one writable directory without noexec. Tried ${failures.join('; ')}`,
  );
}

/** O_TMPFILE without the O_DIRECTORY bit it includes, whose value differs between processors (asm-generic/fcntl.h). */
const O_TMPFILE_ONLY = 0o20000000;

/**
 * A file without a name: nothing is left behind, whatever happens. glibc knows a loaded library by its path, so loading again through
 * the same descriptor number gives the one already loaded; an executable has only this one addon, so that is the right one.
 */
function loadUnnamed(bytes: Uint8Array, directory: string): NativeClocks {
  const fd = openSync(directory, O_TMPFILE_ONLY | constants.O_DIRECTORY | constants.O_RDWR, 0o700);
  try {
    writeFileSync(fd, bytes);
    return loadFile(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

/** For file systems without O_TMPFILE: a private folder that is removed as soon as the code is mapped. */
function loadNamed(bytes: Uint8Array, directory: string): NativeClocks {
  const folder = mkdtempSync(join(directory, 'ptp-clock-'));
  try {
    const path = join(folder, ADDON_NAME);
    writeFileSync(path, bytes, { mode: 0o700, flag: 'wx' });
    return loadFile(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function loadFile(path: string): NativeClocks {
  const module: { exports: unknown } = { exports: {} };
  process.dlopen(module, path, osConstants.dlopen.RTLD_NOW);
  return module.exports as NativeClocks;
}
