/** Reads a small file that may not be there. Synchronous: files under /proc and /sys are made by the kernel at once. */
import { readFileSync } from 'node:fs';

/** The text, or null when the file is absent, unreadable or not supported by this kernel. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (EXPECTED.has(errorCode(error) ?? '')) return null;
    throw error;
  }
}

const EXPECTED = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EOPNOTSUPP',
  'ENOTSUP',
  'ENODEV',
  'ENXIO',
  'EINVAL',
]);

/** The errno name of a failed system call, or null for another kind of error. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
