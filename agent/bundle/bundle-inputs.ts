/** Everything that decides what an agent file is made of: sources, addon, Node and tools; and the hash that names the result. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { ADDON_NAME } from '@ptp-tester/native';
import { findStripTool, type StripTool } from './strip-binary.ts';
import { type AgentArchitecture, findTargetNode, NODE_VERSION } from './target-node.ts';

export interface BundleInputs {
  readonly architecture: AgentArchitecture;
  /** The binary that becomes the agent. */
  readonly targetNode: string;
  /** The Node that runs on this machine and makes the blob. */
  readonly buildNode: string;
  readonly addon: string;
  readonly stripTool: StripTool | null;
  /** Absolute paths of what is bundled, and of what bundles it. */
  readonly sources: readonly string[];
}

export interface InputsRequest {
  readonly architecture: AgentArchitecture;
  readonly say: (text: string) => void;
}

/** The repository. */
export const ROOT = join(import.meta.dirname, '..', '..');
const PACKAGES = ['measurement', 'wire', 'native', 'phc', 'chrony'];

/** Rejects with what to do when the Node of the architecture is neither here nor to be had. */
export async function readInputs({ architecture, say }: InputsRequest): Promise<BundleInputs> {
  const targetNode = await findTargetNode({ root: ROOT, architecture, say });
  const isOwn = process.platform === 'linux' && process.arch === architecture;
  return {
    architecture,
    targetNode,
    buildNode: isOwn ? targetNode : await findBuildNode(say),
    addon: join(ROOT, 'packages', 'native', 'prebuilds', `linux-${architecture}`, ADDON_NAME),
    stripTool: await findStripTool(architecture),
    sources: await listSources(),
  };
}

/** The blob must come from the very version that will read it. */
async function findBuildNode(say: (text: string) => void): Promise<string> {
  const { platform, arch, execPath, version } = process;
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64')) {
    return await findTargetNode({ root: ROOT, architecture: arch, say });
  }
  if (version === `v${NODE_VERSION}`) return execPath;
  throw new Error(`on ${platform}-${arch} the agent is built by Node ${NODE_VERSION} only, this is ${version}`);
}

async function listSources(): Promise<string[]> {
  const folders = [
    join(ROOT, 'agent', 'src'),
    join(ROOT, 'agent', 'bundle'),
    ...PACKAGES.map((name) => join(ROOT, 'packages', name, 'src')),
  ];
  const files: string[] = [];
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const isSource = entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts');
      if (isSource) files.push(join(entry.parentPath, entry.name));
    }
  }
  return [...files.sort(), join(ROOT, 'agent', 'bundle.ts'), join(ROOT, 'pnpm-lock.yaml')];
}

/** 32 hex digits; the same inputs give the same, whatever folder the repository lies in. */
export async function hashInputs(inputs: BundleInputs): Promise<string> {
  const { architecture, buildNode, addon, stripTool, sources } = inputs;
  const hash = createHash('sha256');
  const { stdout } = await promisify(execFile)(buildNode, ['--version']);
  hash.update(`${stdout.trim()} ${NODE_VERSION} ${architecture} ${stripTool?.version ?? 'not stripped'}\n`);
  for (const path of [...sources, addon]) {
    const content = await readFile(path);
    hash.update(`${relative(ROOT, path)} ${content.length}\n`);
    hash.update(content);
  }
  return hash.digest('hex').slice(0, 32);
}
