/** Where records go that the controller refused: a bounded folder, for whoever looks into it. */
import { mkdir, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Nack } from '@ptp-tester/wire';

export interface QuarantineLimits {
  readonly records: number;
  readonly bytes: number;
}

const QUARANTINE_LIMITS: QuarantineLimits = { records: 100, bytes: 8 * 1024 * 1024 };

const SUFFIX = '.record';

export class Quarantine {
  readonly #folder: string;
  readonly #limits: QuarantineLimits;

  constructor(folder: string, limits: QuarantineLimits = QUARANTINE_LIMITS) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /**
   * Puts the record aside as `<epoch>-<sequence>-<code>.record`; the oldest ones make room. False when the record alone is over
   * the limit and was not kept.
   */
  async keep(nack: Nack, record: Uint8Array): Promise<boolean> {
    if (record.length > this.#limits.bytes) return false;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#makeRoom(record.length);
    await writeFile(join(this.#folder, `${nack.epoch}-${nack.sequence}-${nack.code}${SUFFIX}`), record, {
      mode: 0o600,
    });
    return true;
  }

  async #makeRoom(bytes: number): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(SUFFIX));
    const files = await Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.#folder, name));
        return { name, size, mtimeMs };
      }),
    );
    files.sort((a, b) => a.mtimeMs - b.mtimeMs || a.name.localeCompare(b.name));
    let used = files.reduce((sum, file) => sum + file.size, 0);
    while (files.length > 0 && (files.length >= this.#limits.records || used + bytes > this.#limits.bytes)) {
      const oldest = files.shift();
      if (oldest === undefined) return;
      await unlink(join(this.#folder, oldest.name));
      used -= oldest.size;
    }
  }
}
