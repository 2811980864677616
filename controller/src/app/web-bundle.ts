/** Makes the dashboard: esbuild over controller/web into dist/web/HASH, keyed by what goes in, so that each version is built once. */
import { createHash, randomBytes } from 'node:crypto';
import { access, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { BuildResult } from 'esbuild';

export interface WebBundle {
  /** Holds `index.html` and `assets/`, each file with its `.gz` beside it. */
  readonly directory: string;
  /** It was there already. */
  readonly cached: boolean;
}

const ROOT = join(import.meta.dirname, '../../..');
const WEB = join(ROOT, 'controller/web');
const BUILT = join(ROOT, 'dist/web');
/** What the page is made of: its own sources, the chart options it shares with the report, the vocabulary, and the tools. */
const SOURCE_FOLDERS = [
  'controller/web',
  'controller/src/charts',
  'controller/src/report',
  'packages/clockstats/src',
  'packages/measurement/src',
];
const SOURCE_FILES = ['controller/src/app/web-bundle.ts', 'pnpm-lock.yaml'];
const BUILDING = 'building-';
const STALE_MS = 3_600_000;
/** A bundle nobody used for so long is no running controller's. */
const UNUSED_MS = 86_400_000;
/** How often a controller says that it uses its bundle. */
const USED_EVERY_MS = 3_600_000;

/** The bundle of these sources: found, or built now in about a second. Rejects with a reason for people. Several may build at once. */
export async function bundleWeb(): Promise<WebBundle> {
  const directory = join(BUILT, await hashSources());
  if (await isThere(directory)) {
    await markUsed(directory);
    return { directory, cached: true };
  }
  const work = join(BUILT, `${BUILDING}${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await build(work);
    await rename(work, directory).catch(async (error: unknown) => {
      // Another process was first with the same bundle.
      if (!(await isThere(directory))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await removeUnused(BUILT, directory);
  return { directory, cached: false };
}

/** A running controller's bundle is not removed by another version's; returns how to end that. */
export function keepBundle(directory: string): () => void {
  const timer = setInterval(() => void markUsed(directory), USED_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** On a read-only disk there is nothing to keep it from. */
async function markUsed(directory: string): Promise<void> {
  const now = new Date();
  await utimes(directory, now, now).catch(() => undefined);
}

async function isThere(directory: string): Promise<boolean> {
  return await access(join(directory, 'index.html')).then(
    () => true,
    () => false,
  );
}

async function hashSources(): Promise<string> {
  const found = await Promise.all(SOURCE_FOLDERS.map((folder) => listFiles(join(ROOT, folder))));
  const sources = found.flat().filter((path) => !path.includes('.test.') && !path.startsWith(join(WEB, 'dist')));
  const paths = [...sources, ...SOURCE_FILES.map((file) => join(ROOT, file))].sort();
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = await readFile(path);
    hash.update(`${relative(ROOT, path)} ${content.length}\n`);
    hash.update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function build(work: string): Promise<void> {
  // Loaded only when there is something to build: a controller with a finished bundle needs no esbuild.
  const esbuild = await import('esbuild');
  const assets = join(work, 'assets');
  const result = await esbuild.build({
    absWorkingDir: WEB,
    entryPoints: ['src/main.tsx', 'src/style.css'],
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    outdir: assets,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: 'linked',
    legalComments: 'linked',
    metafile: true,
    logLevel: 'silent',
  });
  await writeFile(join(assets, 'icon.svg'), await readFile(join(WEB, 'icon.svg')));
  await writeFile(join(work, 'index.html'), await fillTemplate(result));
  await Promise.all((await listFiles(work)).map(compress));
}

async function fillTemplate({ metafile }: BuildResult<{ metafile: true }>): Promise<string> {
  const outputs = Object.entries(metafile.outputs);
  const nameOf = (source: string) => {
    const found = outputs.find(([, { entryPoint }]) => entryPoint === source);
    if (found === undefined) throw new Error(`esbuild made nothing of ${source}`);
    return basename(found[0]);
  };
  const template = await readFile(join(WEB, 'index.html'), 'utf8');
  return template.replace('{{script}}', nameOf('src/main.tsx')).replace('{{style}}', nameOf('src/style.css'));
}

async function compress(path: string): Promise<void> {
  await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }));
}

/** What nobody has used for a day goes, and what builds that died left behind; never `current`. */
export async function removeUnused(built: string, current: string): Promise<void> {
  for (const name of await readdir(built)) {
    const path = join(built, name);
    if (path === current) continue;
    // Another process may have removed it meanwhile.
    const found = await stat(path).catch(() => null);
    const mostMs = name.startsWith(BUILDING) ? STALE_MS : UNUSED_MS;
    if (found !== null && Date.now() - found.mtimeMs > mostMs) await rm(path, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const { directory, cached } = await bundleWeb();
  process.stdout.write(`${relative(ROOT, directory)}     the dashboard, ${cached ? 'from the cache' : 'built'}\n`);
}
