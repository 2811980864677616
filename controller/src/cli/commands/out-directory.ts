/** The directory that `--out` names, tried before the work whose result goes there. */
import { mkdtempSync, rmdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.ts';
import { makeDirectory } from '../../runs/make-directory.ts';

/** Makes it, where one is named. Throws ConfigError where that, or writing in it, is not possible. */
export function tryOutDirectory(directory: string | undefined): void {
  if (directory === undefined) return;
  const path = resolve(directory);
  try {
    makeDirectory(path);
    rmdirSync(mkdtempSync(join(path, '.ptp-tester-')));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const reason = `${path} cannot take a report (${why}); choose a directory that can be made and written in`;
    throw new ConfigError([{ field: '--out', reason }]);
  }
}
