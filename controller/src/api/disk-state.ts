/** Free space where the data directory lies. */
import { statfsSync } from 'node:fs';
import type { DiskState } from './api-dependencies.ts';

/** Null when the file system cannot be asked. */
export function readDiskState(path: string): DiskState | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return null;
  }
}
