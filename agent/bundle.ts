/** Makes the agent one executable file for each architecture: esbuild, then a Node single executable. Cached by what goes in. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildExecutable, describeFile, type FileDescription } from './bundle/build-executable.ts';
import { type BundleInputs, hashInputs, ROOT, readInputs } from './bundle/bundle-inputs.ts';
import type { AgentArchitecture } from './bundle/target-node.ts';
import { exitOnSignals, inWorkFolder } from './bundle/work-folder.ts';
import { AGENT_VERSION } from './src/version.ts';

/** A file as it lies in the cache. */
export interface BundledFile {
  /** Absolute. */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface AgentBundle extends BundledFile {
  readonly arch: AgentArchitecture;
  readonly version: string;
  /** gzip of the executable: what instances download. */
  readonly compressed: BundledFile;
  /** The tool that took the symbols off; null: there was none, and the file is larger for it. */
  readonly strippedBy: string | null;
  /** It was there already. */
  readonly cached: boolean;
}

export interface BundleOptions {
  /** Default: this machine's. */
  readonly architecture?: AgentArchitecture;
  /** Told before something takes long. */
  readonly say?: (text: string) => void;
}

interface Description {
  readonly executable: FileDescription;
  readonly compressed: FileDescription;
  readonly strippedBy: string | null;
}

const CACHE = join(ROOT, '.cache', 'agent');
const KEPT_BUNDLES = 3;
const STALE_MS = 3_600_000;
const DESCRIPTION_NAME = 'bundle.json';
const BUILDING = 'building-';
const ARCHITECTURES: readonly AgentArchitecture[] = ['x64', 'arm64'];

/** The bundle of an architecture: from the cache, or built now in some seconds. Several may build at once. */
export async function bundleAgent(options: BundleOptions = {}): Promise<AgentBundle> {
  const architecture = options.architecture ?? ownArchitecture();
  const say = options.say ?? (() => undefined);
  const inputs = await readInputs({ architecture, say });
  const folder = join(CACHE, `${architecture}-${await hashInputs(inputs)}`);
  const known = await readBundle(folder, architecture);
  if (known !== null) return { ...known, cached: true };
  await build(inputs, folder);
  await removeOld();
  const made = await readBundle(folder, architecture);
  if (made === null) throw new Error(`the agent bundle was built but is not in ${folder}`);
  return { ...made, cached: false };
}

function ownArchitecture(): AgentArchitecture {
  const { arch } = process;
  if (arch === 'x64' || arch === 'arm64') return arch;
  throw new Error(`there is no agent for ${arch}, only for x64 and arm64: name one of them with --arch`);
}

function executableName(architecture: AgentArchitecture): string {
  return `agent-linux-${architecture}`;
}

async function build(inputs: BundleInputs, folder: string): Promise<void> {
  const work = join(CACHE, `${BUILDING}${process.pid}-${randomBytes(4).toString('hex')}`);
  await inWorkFolder(work, async () => {
    const executable = join(work, executableName(inputs.architecture));
    const compressed = `${executable}.gz`;
    await buildExecutable(inputs, { executable, compressed, work });
    const description: Description = {
      executable: await describeFile(executable),
      compressed: await describeFile(compressed),
      strippedBy: inputs.stripTool?.version ?? null,
    };
    await writeFile(join(work, DESCRIPTION_NAME), JSON.stringify(description));
    await moveInPlace(work, { folder, architecture: inputs.architecture });
  });
}

/** Another process may have built the same at the same time; the first one in place stays. */
async function moveInPlace(
  from: string,
  { folder, architecture }: { folder: string; architecture: AgentArchitecture },
): Promise<void> {
  try {
    await rename(from, folder);
  } catch (error) {
    if ((await readBundle(folder, architecture)) === null) throw error;
  }
}

async function readBundle(folder: string, arch: AgentArchitecture): Promise<Omit<AgentBundle, 'cached'> | null> {
  const path = join(folder, executableName(arch));
  try {
    const read: Description = JSON.parse(await readFile(join(folder, DESCRIPTION_NAME), 'utf8'));
    const { executable, compressed, strippedBy } = read;
    const gzPath = `${path}.gz`;
    if ((await stat(path)).size !== executable.bytes || (await stat(gzPath)).size !== compressed.bytes) return null;
    const now = new Date();
    await utimes(folder, now, now);
    return {
      ...executable,
      path,
      compressed: { ...compressed, path: gzPath },
      arch,
      version: AGENT_VERSION,
      strippedBy,
    };
  } catch {
    // Not there, or not whole: it is built (again).
    return null;
  }
}

/** Keeps the bundles used last of each architecture, and removes what builds that died left behind. */
async function removeOld(): Promise<void> {
  const folders = await Promise.all(
    (await readdir(CACHE)).map(async (name) => ({ name, usedAt: (await stat(join(CACHE, name))).mtimeMs })),
  );
  folders.sort((a, b) => b.usedAt - a.usedAt);
  const isBuilding = (name: string) => name.startsWith(BUILDING);
  const stale = folders.filter(({ name, usedAt }) => isBuilding(name) && Date.now() - usedAt > STALE_MS);
  const finished = folders.filter(({ name }) => !isBuilding(name));
  const byArchitecture = Map.groupBy(finished, ({ name }) => name.slice(0, name.indexOf('-')));
  const old = [...byArchitecture.values()].flatMap((bundles) => bundles.slice(KEPT_BUNDLES));
  for (const { name } of [...old, ...stale]) await rm(join(CACHE, name), { recursive: true, force: true });
}

/** Puts executable and `.gz` into `dist/`, each whole or not at all. */
async function publish(bundle: AgentBundle): Promise<void> {
  const dist = join(ROOT, 'dist');
  await mkdir(dist, { recursive: true });
  for (const { path } of [bundle, bundle.compressed]) {
    const temporary = join(dist, `.${basename(path)}.${process.pid}`);
    await copyFile(path, temporary);
    await rename(temporary, join(dist, basename(path)));
  }
}

function describeBundle({ arch, version, bytes, sha256, compressed, strippedBy, cached }: AgentBundle): string {
  const name = `dist/${executableName(arch)}`;
  return `${name}     ${bytes} bytes, sha256 ${sha256}
${name}.gz  ${compressed.bytes} bytes, sha256 ${compressed.sha256}
  version ${version}, ${cached ? 'from the cache' : 'built'}, ${strippedBy === null ? 'NOT stripped: no strip for this architecture here (binutils or llvm)' : `stripped by ${strippedBy}`}
`;
}

const HELP = `bundle.ts            both architectures into dist/, with their .gz
bundle.ts --arch A   only x64 or arm64
bundle.ts --json     one architecture (default: this machine's) in the cache, described as one JSON object
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { arch: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const { arch, json, help } = values;
  const named = ARCHITECTURES.filter((architecture) => architecture === arch);
  if (help === true || (arch !== undefined && named.length === 0)) {
    process.stdout.write(HELP);
    process.exitCode = help === true ? 0 : 2;
    return;
  }
  const say = (text: string) => process.stderr.write(`${text}\n`);
  if (json === true) {
    const bundle = await bundleAgent({ architecture: named[0] ?? ownArchitecture(), say });
    process.stdout.write(`${JSON.stringify(bundle)}\n`);
    return;
  }
  for (const architecture of arch === undefined ? ARCHITECTURES : named) {
    const bundle = await bundleAgent({ architecture, say });
    await publish(bundle);
    process.stdout.write(describeBundle(bundle));
  }
}

if (import.meta.main) {
  exitOnSignals();
  await main().catch((error: unknown) => {
    process.stderr.write(`bundle: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
