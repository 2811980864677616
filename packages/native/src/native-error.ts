/** Why there are no native clocks. */

/**
 * - `unsupported_platform`: there is no prebuilt addon for this operating system and processor
 * - `addon_missing`: there should be one, and the file is not there
 * - `load_failed`: no directory allowed loading it; the message lists each attempt
 */
export type NativeErrorCode = 'unsupported_platform' | 'addon_missing' | 'load_failed';

export class NativeError extends Error {
  override readonly name = 'NativeError';
  readonly code: NativeErrorCode;

  constructor(code: NativeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
