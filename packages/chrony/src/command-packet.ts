/** The frames of chronyd's command protocol, version 6 (chrony candm.h; big endian). Pure. */
import { ChronyError, malformed } from './chrony-error.ts';

const PROTOCOL_VERSION = 6;
const PACKET_REQUEST = 1;
const PACKET_REPLY = 2;
const REQUEST_HEADER_BYTES = 20;
const REPLY_HEADER_BYTES = 28;
/** The value of `sec_high` where a system had 32-bit time only. */
const NO_HIGH_SECONDS = 0x7fffffff;

export type CommandName = 'n_sources' | 'source_data' | 'tracking' | 'sourcestats';

interface Command {
  readonly number: number;
  readonly replyFormat: number;
  /** Of the whole reply. A request is padded to this length, or chronyd refuses it (status 19), against traffic amplification. */
  readonly replyBytes: number;
}

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  n_sources: { number: 14, replyFormat: 2, replyBytes: 32 },
  source_data: { number: 15, replyFormat: 3, replyBytes: 76 },
  tracking: { number: 33, replyFormat: 5, replyBytes: 104 },
  sourcestats: { number: 34, replyFormat: 6, replyBytes: 84 },
};

/** Statuses that a monitoring client can meet, and what to make of them. */
const STATUS_MEANINGS: Readonly<Record<number, string>> = {
  1: 'failed',
  2: 'not authorised over UDP',
  3: 'invalid command',
  4: 'no such source',
  18: 'protocol version not supported',
  19: 'request length not accepted',
};
export const STATUS_NO_SUCH_SOURCE = 4;

export interface ChronydRequest {
  readonly command: CommandName;
  /** 32 bits; echoed in the reply. */
  readonly sequence: number;
  /** How often this sequence was sent before. */
  readonly attempt: number;
  /** Which source, for `source_data` and `sourcestats`. */
  readonly index?: number;
}

export function encodeRequest(request: ChronydRequest): Uint8Array {
  const command = COMMANDS[request.command];
  const bytes = new Uint8Array(command.replyBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, PROTOCOL_VERSION);
  view.setUint8(1, PACKET_REQUEST);
  view.setUint16(4, command.number);
  view.setUint16(6, request.attempt);
  view.setUint32(8, request.sequence);
  if (request.index !== undefined) view.setUint32(REQUEST_HEADER_BYTES, request.index);
  return bytes;
}

/** The sequence a reply answers, or null for bytes that are no reply. Cheap: to tell late answers from the awaited one. */
export function replySequence(bytes: Uint8Array): number | null {
  if (bytes.length < REPLY_HEADER_BYTES) return null;
  const view = viewOf(bytes);
  return view.getUint8(0) === PROTOCOL_VERSION && view.getUint8(1) === PACKET_REPLY ? view.getUint32(16) : null;
}

/** The data of a successful reply to `command`. Throws ChronyError `status` for a refusal, `malformed` for anything else. */
export function decodeReply(command: CommandName, bytes: Uint8Array): DataView {
  if (replySequence(bytes) === null) throw malformed('not a reply of command protocol version 6');
  const view = viewOf(bytes);
  const expected = COMMANDS[command];
  if (view.getUint16(4) !== expected.number) throw malformed(`a reply to command ${view.getUint16(4)}`);
  const status = view.getUint16(8);
  if (status !== 0) {
    const meaning = STATUS_MEANINGS[status] ?? 'see STT_ in candm.h';
    throw new ChronyError({
      code: 'status',
      status,
      detail: `chronyd answered ${command} with ${status} (${meaning})`,
    });
  }
  if (view.getUint16(6) !== expected.replyFormat) throw malformed(`reply format ${view.getUint16(6)} to ${command}`);
  if (bytes.length < expected.replyBytes) throw malformed(`${bytes.length} bytes for ${command}`);
  return new DataView(bytes.buffer, bytes.byteOffset + REPLY_HEADER_BYTES, bytes.length - REPLY_HEADER_BYTES);
}

export function decodeSourceCount(bytes: Uint8Array): number {
  return decodeReply('n_sources', bytes).getUint32(0);
}

/**
 * chrony's own 32-bit float: 7-bit signed exponent, 25-bit signed coefficient, value = coefficient * 2^(exponent - 25)
 * (util.c, UTI_FloatNetworkToHost). Relative precision about 6e-8.
 */
export function readFloat(view: DataView, offset: number): number {
  const bits = view.getInt32(offset);
  const exponent = bits >> 25;
  const coefficient = (bits << 7) >> 7;
  return coefficient * 2 ** (exponent - 25);
}

/** A Timespec (seconds high and low, nanoseconds) as ns since 1970 UTC. Throws ChronyError `malformed` outside 64 bits. */
export function readTimespecNs(view: DataView, offset: number): bigint {
  const high = view.getUint32(offset);
  const seconds = (high === NO_HIGH_SECONDS ? 0n : BigInt(high) << 32n) | BigInt(view.getUint32(offset + 4));
  const nanoseconds = BigInt.asIntN(64, seconds) * 1_000_000_000n + BigInt(view.getUint32(offset + 8));
  if (BigInt.asIntN(64, nanoseconds) !== nanoseconds) throw malformed('a time outside 64 bits of nanoseconds');
  return nanoseconds;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
