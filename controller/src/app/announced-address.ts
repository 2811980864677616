/** The file that tells the commands on this machine where the controller of a data directory listens. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'operator.url';

/** Says it, and takes it back with the returned function: only its own word, whatever a later controller has written. */
export function announceAddress(dataDirectory: string, url: string): () => void {
  const path = join(dataDirectory, NAME);
  writeFileSync(path, `${url}\n`, { mode: 0o600 });
  return () => {
    if (announcedAddress(dataDirectory) === url) rmSync(path, { force: true });
  };
}

/** Null: none is there. What a killed controller said stays until the next one starts. */
export function announcedAddress(dataDirectory: string): string | null {
  try {
    return readFileSync(join(dataDirectory, NAME), 'utf8').trim();
  } catch (error) {
    // ENOTDIR: the data directory is a file.
    if (error instanceof Error && 'code' in error && /^(ENOENT|ENOTDIR)$/.test(String(error.code))) return null;
    throw error;
  }
}
