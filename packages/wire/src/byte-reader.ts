/** Reads bytes, little-endian words and varints; never past the end, never more than 2^53 - 1. */
import { WireError } from './wire-error.ts';

const MAX_VARINT_BYTES = 8;

export class ByteReader {
  readonly source: Uint8Array;
  readonly end: number;
  position: number;

  /** Reads `source` from `start` up to `end`. */
  constructor(source: Uint8Array, start = 0, end = source.length) {
    this.source = source;
    this.position = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  u8(): number {
    if (this.position >= this.end) throw truncated();
    return this.source[this.position++] as number;
  }

  u32(): number {
    const at = this.take(4);
    const bytes = this.source;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
  }

  /** LEB128 in its shortest form. */
  varint(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first - 0x80;
    let factor = 0x80;
    for (let count = 1; count < MAX_VARINT_BYTES; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      factor *= 0x80;
      if (byte >= 0x80) continue;
      if (byte === 0 || value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    throw new WireError('malformed', 'varint is too long or not in its shortest form');
  }

  /** A varint within bounds; `what` names it in the error. */
  varintWithin(bounds: { readonly min: number; readonly max: number; readonly what: string }): number {
    const value = this.varint();
    if (value < bounds.min || value > bounds.max) {
      throw new WireError('out_of_bounds', `${bounds.what} ${value} is not within ${bounds.min}..${bounds.max}`);
    }
    return value;
  }

  /** The next `count` bytes, not copied. */
  bytes(count: number): Uint8Array {
    const at = this.take(count);
    return this.source.subarray(at, at + count);
  }

  /** Moves over `count` bytes and returns where they begin. */
  take(count: number): number {
    const at = this.position;
    if (count > this.end - at) throw truncated();
    this.position = at + count;
    return at;
  }
}

function truncated(): WireError {
  return new WireError('truncated', 'the bytes end too early');
}
