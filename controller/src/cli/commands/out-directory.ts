/** Directories that flags name for results, tried before the work whose results go there. */
import { mkdtempSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.ts';
import { makeDirectory } from '../../runs/make-directory.ts';

/**
 * Does `work` with the directory there, where one is named; one that this made and nothing was written in is gone afterwards. Throws
 * ConfigError, before `work`, where it cannot be made or written in.
 */
export async function withOutDirectory<T>(directory: string | undefined, work: () => Promise<T>): Promise<T> {
  if (directory === undefined) return await work();
  const { path, topmost } = tryDirectory('--out', directory);
  try {
    return await work();
  } finally {
    removeEmpty(path, topmost);
  }
}

export interface TriedDirectory {
  readonly path: string;
  /** What was made of what leads to it, or itself; null: it was there. */
  readonly topmost: string | null;
}

/** Makes it. Throws ConfigError where that, or writing in it, is not possible. */
export function tryDirectory(field: string, directory: string): TriedDirectory {
  const path = resolve(directory);
  try {
    const topmost = makeDirectory(path);
    rmdirSync(mkdtempSync(join(path, '.ptp-tester-')));
    return { path, topmost };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const reason = `${path} cannot be used (${why}); choose a directory that can be made and written in`;
    throw new ConfigError([{ field, reason }]);
  }
}

/** From `path` up to `topmost`, as long as nothing is in them. */
function removeEmpty(path: string, topmost: string | null): void {
  if (topmost === null) return;
  try {
    rmdirSync(path);
  } catch {
    // What is in it was written for somebody: it stays, and all that leads to it.
    return;
  }
  if (path !== topmost) removeEmpty(dirname(path), topmost);
}
