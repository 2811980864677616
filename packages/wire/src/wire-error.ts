/** The one error of this package: everything that a decoder or a parser can find wrong with what it was given. */
import type { RecordIdentity } from '@ptp-tester/measurement';
import type { Nack } from './messages.ts';

/**
 * - `truncated`: the bytes end before the record, frame or file does
 * - `malformed`: the layout is broken (wrong magic, trailing bytes, bad varint, damaged compression)
 * - `version_unknown`: a codec, frame or stream version that this program does not know
 * - `checksum_wrong`: the CRC-32 does not fit the bytes
 * - `stream_unknown`, `kind_unknown`: a stream number, or a record or event kind, that this program does not know
 * - `too_large`: a limit of `LIMITS` is exceeded
 * - `out_of_bounds`: a value outside what its column or field may hold
 * - `message_invalid`: a control message or a spool ledger that does not fit its schema
 * - `cannot_encode`: the caller's record breaks a rule of its stream; a programming error on the sending side
 */
export type WireErrorCode =
  | 'truncated'
  | 'malformed'
  | 'version_unknown'
  | 'checksum_wrong'
  | 'stream_unknown'
  | 'kind_unknown'
  | 'too_large'
  | 'out_of_bounds'
  | 'message_invalid'
  | 'cannot_encode';

export interface WireErrorContext {
  readonly cause?: unknown;
  /** Of the record in question, where it could be read. Only trustworthy when the checksum was right. */
  readonly identity?: RecordIdentity;
}

export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;
  readonly identity: RecordIdentity | null;

  constructor(code: WireErrorCode, detail: string, context: WireErrorContext = {}) {
    super(`${code}: ${detail}`, context.cause === undefined ? {} : { cause: context.cause });
    this.code = code;
    this.identity = context.identity ?? null;
  }
}

const NACK_CODE: Readonly<Record<WireErrorCode, Nack['code']>> = {
  truncated: 'undecodable',
  malformed: 'undecodable',
  version_unknown: 'undecodable',
  checksum_wrong: 'undecodable',
  stream_unknown: 'unknown_stream',
  kind_unknown: 'unknown_kind',
  too_large: 'too_large',
  out_of_bounds: 'out_of_bounds',
  message_invalid: 'undecodable',
  cannot_encode: 'undecodable',
};

/** What a nack says about a record that failed to decode with this error. */
export function nackCodeFor(error: WireError): Nack['code'] {
  return NACK_CODE[error.code];
}
