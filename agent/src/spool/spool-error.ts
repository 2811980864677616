/** The spool's error. */

/**
 * - `other_run`: the folder holds records of another run or instance
 * - `no_room`: the spool is full and nothing that remains may be dropped
 * - `damaged`: a record that was whole when it was written cannot be read any more
 */
export type SpoolErrorCode = 'other_run' | 'no_room' | 'damaged';

export class SpoolError extends Error {
  override readonly name = 'SpoolError';
  readonly code: SpoolErrorCode;

  constructor(code: SpoolErrorCode, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}
