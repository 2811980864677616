/** The directory that `--out` names, tried before the work whose result goes there. */
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
  const path = resolve(directory);
  const topmost = tryDirectory(path);
  try {
    return await work();
  } finally {
    removeEmpty(path, topmost);
  }
}

/** The topmost directory that was made for it; null: none. */
function tryDirectory(path: string): string | null {
  try {
    const topmost = makeDirectory(path);
    rmdirSync(mkdtempSync(join(path, '.ptp-tester-')));
    return topmost;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const reason = `${path} cannot take a report (${why}); choose a directory that can be made and written in`;
    throw new ConfigError([{ field: '--out', reason }]);
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
