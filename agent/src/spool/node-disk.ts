/** The spool's folder on a real disk. */
import { type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolDisk } from './spool-disk.ts';

/** Only the agent's user may read what was measured. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const TEMPORARY_SUFFIX = '.tmp';

interface OpenFile {
  readonly name: string;
  readonly handle: FileHandle;
  /** The file's name is on the disk too. */
  named: boolean;
}

export class NodeDisk implements SpoolDisk {
  readonly #folder: string;
  /** The file that is being appended to stays open: one write and one sync for each flush. */
  #open: OpenFile | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE });
    const names = await readdir(this.#folder);
    return names.filter((name) => !name.endsWith(TEMPORARY_SUFFIX));
  }

  async read(name: string, part?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    const path = join(this.#folder, name);
    if (part === undefined) return readFile(path);
    const handle = await open(path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(part.length);
      let filled = 0;
      while (filled < part.length) {
        const { bytesRead } = await handle.read(bytes, filled, part.length - filled, part.offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await handle.close();
    }
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    const { handle } = await this.#opened(name);
    await handle.appendFile(bytes);
  }

  async sync(name: string): Promise<void> {
    const file = await this.#opened(name);
    await file.handle.datasync();
    if (file.named) return;
    await this.#syncFolder();
    file.named = true;
  }

  async truncate(name: string, size: number): Promise<void> {
    const { handle } = await this.#opened(name);
    await handle.truncate(size);
    await handle.datasync();
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    if (this.#open?.name === name) await this.close();
    const path = join(this.#folder, name);
    const temporary = `${path}${TEMPORARY_SUFFIX}`;
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE });
    const handle = await open(temporary, 'w', FILE_MODE);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await this.#syncFolder();
  }

  async remove(name: string): Promise<void> {
    if (this.#open?.name === name) await this.close();
    await unlink(join(this.#folder, name));
  }

  async close(): Promise<void> {
    const held = this.#open;
    this.#open = null;
    await held?.handle.close();
  }

  async #opened(name: string): Promise<OpenFile> {
    if (this.#open?.name === name) return this.#open;
    await this.close();
    const handle = await open(join(this.#folder, name), 'a', FILE_MODE);
    this.#open = { name, handle, named: false };
    return this.#open;
  }

  async #syncFolder(): Promise<void> {
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}
