// The programs of this machine that namespaces are made with.
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { IsolationError } from './isolation-error.ts';

/** Where system programs lie, whatever PATH the operator has. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Program to the Debian package that has it. */
const PACKAGES = {
  cp: 'coreutils',
  env: 'coreutils',
  ip: 'iproute2',
  mount: 'mount',
  nft: 'nftables',
  nsenter: 'util-linux',
  pivot_root: 'util-linux',
  setpriv: 'util-linux',
  sh: 'dash',
  umount: 'mount',
  unshare: 'util-linux',
} as const;

/** Absolute path of each program. */
export type HostTools = Readonly<Record<keyof typeof PACKAGES, string>>;

/**
 * Finds the programs, and checks that this is Linux and that we are root.
 * @throws IsolationError not_linux, not_root, missing_tool (all that are missing at once)
 */
export async function findHostTools(machine: {
  platform: string;
  uid: number | undefined;
  path: string;
}): Promise<HostTools> {
  if (machine.platform !== 'linux') {
    throw new IsolationError('not_linux', '--isolation namespace needs Linux; use --isolation process');
  }
  if (machine.uid !== 0) {
    throw new IsolationError('not_root', '--isolation namespace needs root; use --isolation process, or sudo');
  }
  const names = Object.keys(PACKAGES) as (keyof typeof PACKAGES)[];
  const found = await Promise.all(names.map(async (name) => [name, await findProgram(name, machine.path)] as const));
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((name) => PACKAGES[name]))].join(' ');
    throw new IsolationError(
      'missing_tool',
      `--isolation namespace needs ${missing.join(', ')} (Debian: apt-get install ${packages})`,
    );
  }
  return Object.fromEntries(found) as HostTools;
}

/** The program in a PATH. */
async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(':')) {
    const candidate = join(folder, name);
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return candidate;
  }
  return undefined;
}
