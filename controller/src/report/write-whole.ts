/** Files that appear whole or not at all. */
import { open, rename, rm } from 'node:fs/promises';

/** Readable by its owner only; an older file is replaced. Pieces of a text are written one after another. */
export async function writeWhole(path: string, content: string | Uint8Array | Iterable<string>): Promise<void> {
  const temporary = `${path}.new`;
  // A left-over of a crash may have other rights; `wx` then makes the file with ours.
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
