/** Reads a batch's body: bytes and varints as any reader, and bit fields through 32-bit loads that may reach behind the end. */
import { ByteReader } from './byte-reader.ts';
import { LIMITS } from './limits.ts';

/** How far a load may reach behind the last byte. */
const PADDING_BYTES = 16;

/** One buffer for all decoding: decoding is synchronous, and a new buffer for each record would cost more than the decoding. */
let padded = new Uint8Array(4096 + PADDING_BYTES);
let paddedView = new DataView(padded.buffer);

export class BodyReader extends ByteReader {
  readonly view: DataView;

  /** Copies the body into the shared buffer: only one BodyReader can be in use at a time. */
  constructor(body: Uint8Array) {
    const needed = body.length + PADDING_BYTES;
    if (needed > padded.length) grow(needed);
    padded.set(body);
    super(padded, 0, body.length);
    this.view = paddedView;
  }
}

function grow(needed: number): void {
  padded = new Uint8Array(Math.min(Math.max(needed, padded.length * 2), LIMITS.recordBytes + PADDING_BYTES));
  paddedView = new DataView(padded.buffer);
}

/** The widest bit field that one 32-bit load holds at any bit offset. */
export const LOAD_BITS = 25;

/** `count` bits (at most 53) from bit `at`, lowest first. The caller checks that they are there. */
export function wideBits(view: DataView, at: number, count: number): number {
  let value = 0;
  let factor = 1;
  let position = at;
  for (let left = count; left > 0; left -= 24) {
    const taken = Math.min(left, 24);
    const word = view.getUint32(position >>> 3, true) >>> (position & 7);
    value += (word & ((1 << taken) - 1)) * factor;
    factor *= 2 ** 24;
    position += taken;
  }
  return value;
}
