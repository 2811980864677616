/** What can go wrong around the lab: it cannot be had on this machine, or its building failed. */

/**
 * - `unavailable`: this machine cannot build or run it; tests are skipped with this reason
 * - `unsafe_path`: a folder to write to is unset, relative or outside the cache; nothing was touched
 * - `build_failed`: a tool ended with an error
 */
export type LabErrorCode = 'unavailable' | 'unsafe_path' | 'build_failed';

export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LabError';
    this.code = code;
  }
}
