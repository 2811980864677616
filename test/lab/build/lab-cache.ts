/** Where the lab lies: folders outside the repository, each named by the hash of what goes into it. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { isAbsolute, join, normalize, relative, sep } from 'node:path';
import { LabError } from './lab-error.ts';

const LAB = join(import.meta.dirname, '..');
const MIN_DEPTH = 3;
const NAME = /^(base|image)-[0-9a-f]{16}$/;
const FINISHED = 'finished';

/** `${XDG_CACHE_HOME:-$HOME/.cache}/ptp-tester-lab`; throws `LabError` (`unsafe_path`) when neither names an absolute folder. */
export function cacheRoot(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CACHE_HOME: cache, HOME: home } = environment;
  const base = cache !== undefined && cache !== '' ? cache : join(home ?? '', '.cache');
  return checkedFolder(join(base, 'ptp-tester-lab'));
}

/** An absolute, normal path some levels below the root, or `LabError`: the build writes and removes under it as root. */
function checkedFolder(path: string): string {
  const isNormal = isAbsolute(path) && normalize(path) === path;
  if (!isNormal || path.split(sep).filter((part) => part !== '').length < MIN_DEPTH) {
    throw new LabError('unsafe_path', `the lab's cache folder must be absolute and not near the root, not "${path}"`);
  }
  return path;
}

/** One folder of the cache, and every path that is written in building it. */
export class CacheFolder {
  readonly path: string;

  /** `name`: kind and key, `image-0123456789abcdef`. */
  constructor(root: string, name: string) {
    if (!NAME.test(name)) throw new LabError('unsafe_path', `"${name}" is no folder of the lab's cache`);
    this.path = join(checkedFolder(root), name);
  }

  /** A path inside; throws when it is not. */
  at(...parts: readonly string[]): string {
    const path = join(this.path, ...parts);
    const inside = relative(this.path, path);
    if (parts.some((part) => part === '') || inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
      throw new LabError('unsafe_path', `"${parts.join('/')}" is not a path inside ${this.path}`);
    }
    return path;
  }

  async make(...parts: readonly string[]): Promise<string> {
    const path = this.at(...parts);
    await mkdir(path, { recursive: true });
    return path;
  }

  async remove(...parts: readonly string[]): Promise<void> {
    await rm(this.at(...parts), { recursive: true, force: true });
  }

  /** Whether it was built to its end. */
  get isFinished(): boolean {
    return existsSync(this.at(FINISHED));
  }

  /** Begins anew with an empty folder. */
  async begin(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    await mkdir(this.path, { recursive: true });
  }

  async finish(): Promise<void> {
    await writeFile(this.at(FINISHED), '');
  }

  /** So that what is in use is not the oldest. */
  async touch(): Promise<void> {
    const now = new Date();
    await utimes(this.path, now, now);
  }
}

/** A name with the hash of these files, paths from `test/lab`; a folder stands for all that is in it. */
export function nameByInputs(kind: 'base' | 'image', inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of inputs.flatMap(filesOf).sort()) {
    hash
      .update(`${relative(LAB, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return `${kind}-${hash.digest('hex').slice(0, 16)}`;
}

function filesOf(input: string): string[] {
  const path = join(LAB, input);
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Removes folders of a kind that were not used last: each is hundreds of megabytes. */
export async function removeOldFolders(root: string, kind: 'base' | 'image', keep: number): Promise<void> {
  await mkdir(root, { recursive: true });
  const names = (await readdir(root)).filter((name) => NAME.test(name) && name.startsWith(kind));
  const aged = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(root, name))).mtimeMs })));
  const old = aged.sort((a, b) => b.at - a.at).slice(keep);
  for (const { name } of old) await rm(new CacheFolder(root, name).path, { recursive: true, force: true });
}
