/** What can go wrong with notifications as a whole; a webhook that does not answer is data, not an error. */

export type NotifyErrorCode = 'outbox_unusable';

export class NotifyError extends Error {
  readonly code: NotifyErrorCode;

  constructor(code: NotifyErrorCode, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'NotifyError';
    this.code = code;
  }
}
