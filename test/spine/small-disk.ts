/** A disk that is easily full: a small tmpfs. Needs root. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Spine } from './spine-harness.ts';

const MIB = 1024 * 1024;

export interface SmallDisk {
  readonly path: string;
  /** Writes ballast until not one more block fits. */
  fill(): void;
  /** Removes the ballast. */
  free(): void;
  freeBytes(): number;
}

/** Mounts a tmpfs on `path`; it is unmounted when the spine is closed, whatever became of the test. */
export function mountSmallDisk(spine: Pick<Spine, 'atEnd'>, path: string, mebibytes: number): SmallDisk {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'ptp-tester-test', path]);
  spine.atEnd(() => execFileSync('umount', [path]));
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: () => fillUp(ballast),
    free: () => rmSync(ballast),
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    },
  };
}

function fillUp(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (let bytes = MIB; bytes >= 1; bytes = bytes >> 1) writeWhileItFits(file, new Uint8Array(bytes));
  } finally {
    closeSync(file);
  }
}

function writeWhileItFits(file: number, chunk: Uint8Array): void {
  try {
    while (writeSync(file, chunk) === chunk.length);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
