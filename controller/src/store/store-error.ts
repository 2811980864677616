/** The one error of the store. */

/**
 * - `full`: no space left (disk, quota or page limit); nothing of the group was stored, try again later
 * - `io`: the file system failed; as above
 * - `busy`: somebody else holds the database's write lock
 * - `not_found`: there is no such database or series
 * - `not_ours`: the file is not a sample database of this program
 * - `too_new`: a newer version of this program wrote it
 * - `damaged`: the file's content is not what was written
 * - `other`: anything else the engine reports; see `cause`
 */
export type StoreErrorCode = 'full' | 'io' | 'busy' | 'not_found' | 'not_ours' | 'too_new' | 'damaged' | 'other';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, detail: string, context: { readonly cause?: unknown } = {}) {
    super(`${code}: ${detail}`, context);
    this.code = code;
  }
}

/** SQLite's primary result codes (sqlite3.h); the extended code's low byte. */
const BY_RESULT: Readonly<Record<number, StoreErrorCode>> = {
  5: 'busy',
  6: 'busy',
  10: 'io',
  11: 'damaged',
  13: 'full',
  14: 'io',
  26: 'not_ours',
};

/** SQLITE_IOERR_WRITE and others carry ENOSPC only in the text; a full disk shows as one of these extended codes. */
export function storeErrorFrom(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const result = errcodeOf(error);
  const code = result === null ? 'other' : (BY_RESULT[result & 0xff] ?? 'other');
  return new StoreError(code, text, { cause: error });
}

function errcodeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}
