/** The one error of this package. */

/**
 * - `unreachable`: nothing listens on the command port, or chronyc could not be run
 * - `timeout`: no answer in time, after all attempts
 * - `status`: chronyd answered with a status other than success
 * - `malformed`: bytes or text that chronyd does not produce
 * - `closed`: the connection was closed by our side
 */
export type ChronyErrorCode = 'unreachable' | 'timeout' | 'status' | 'malformed' | 'closed';

export interface ChronyErrorFields {
  readonly code: ChronyErrorCode;
  /** What exactly, for people. */
  readonly detail: string;
  /** chronyd's status for `status` (candm.h, STT_*). */
  readonly status?: number;
  readonly cause?: unknown;
}

export class ChronyError extends Error {
  readonly code: ChronyErrorCode;
  readonly status: number | null;

  constructor(fields: ChronyErrorFields) {
    super(`chrony: ${fields.code}: ${fields.detail}`, { cause: fields.cause });
    this.name = 'ChronyError';
    this.code = fields.code;
    this.status = fields.status ?? null;
  }
}

/** For decoders. */
export function malformed(detail: string): ChronyError {
  return new ChronyError({ code: 'malformed', detail });
}
