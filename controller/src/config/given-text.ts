/** Text files that an operator names by a flag or a key. */
import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

/** Throws ConfigError with the flag or key that named it. */
export function readGivenText(field: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([{ field, reason: `${path} ${whyUnreadable(error)}` }]);
  }
}

/** Goes on after the name of the file: `is a folder: ...`. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EISDIR') return 'is a folder: name the file in it';
  if (code === 'ENOENT') return 'does not exist';
  return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
}
