/** Makes a directory with what leads to it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Nothing happens where it is there. Returns the topmost directory that was made; null: none. Throws the system's error for the first that
 * cannot be made. Node's own `recursive` never returns where a directory takes no new one and says ENOENT, as /proc does.
 */
export function makeDirectory(directory: string, mode = 0o777): string | null {
  const path = resolve(directory);
  if (isDirectory(path)) return null;
  const above = dirname(path) === path ? null : makeDirectory(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
    return above ?? path;
  } catch (error) {
    // Somebody else has made it meanwhile.
    if (!isDirectory(path)) throw error;
    return above;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
