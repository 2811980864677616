/** The file that a flag names for a result, looked at before the work. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.ts';

export interface OutFile {
  readonly flag: string;
  /** Of a file, for who names a folder. */
  readonly example: string;
}

/** Throws ConfigError where one is named that could not be written. */
export function checkOutFile(path: string | undefined, { flag, example }: OutFile): void {
  if (path === undefined) return;
  const problem = (reason: string) => new ConfigError([{ field: flag, reason }]);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) throw problem(`${path} is a folder: name a file in it, for example ${join(path, example)}`);
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw problem(`${path} cannot be written (${why}); give a file in a folder that exists and is yours`);
  }
}
