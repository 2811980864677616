// A log file that does not grow for ever; its last part stays in memory, also after the file is gone.
import { appendFileSync, writeFileSync } from 'node:fs';

/** GetConsoleOutput answers with at most this much. */
const TAIL_BYTES = 64 * 1024;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Appends to a file; above 4 MiB the file starts again with the last 64 KiB. */
export class BoundedLog {
  private readonly path: string;
  private readonly now: () => number;
  private tailBytes: Buffer = Buffer.alloc(0);
  private fileBytes = 0;
  private isOpen = true;
  /** When something was last written, in ms since the Unix epoch. */
  writtenAt: number;

  constructor(options: { path: string }, dependencies: { now: () => number }) {
    this.path = options.path;
    this.now = dependencies.now;
    this.writtenAt = dependencies.now();
  }

  append(data: string | Uint8Array): void {
    const bytes = Buffer.from(data);
    this.writtenAt = this.now();
    this.tailBytes = Buffer.concat([this.tailBytes, bytes]).subarray(-TAIL_BYTES);
    if (!this.isOpen) return;
    if (this.fileBytes + bytes.length > MAX_FILE_BYTES) {
      writeFileSync(this.path, this.tailBytes);
      this.fileBytes = this.tailBytes.length;
    } else {
      appendFileSync(this.path, bytes);
      this.fileBytes += bytes.length;
    }
  }

  /** The last 64 KiB. */
  tail(): string {
    return this.tailBytes.toString('utf8');
  }

  /** Writes no more to the file, which is about to be removed. */
  closeFile(): void {
    this.isOpen = false;
  }
}
