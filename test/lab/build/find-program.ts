/** Whether a program can be found through a PATH. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Its path, or null. */
export function findProgram(name: string, path: string): string | null {
  for (const folder of path.split(':').filter((part) => part !== '')) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
