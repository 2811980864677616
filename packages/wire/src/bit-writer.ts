/** Writes bit fields, lowest bit first, each directly behind the one before it. */
import type { ByteWriter } from './byte-writer.ts';
import { RICE_ESCAPE_BITS, RICE_MAX_QUOTIENT } from './rice.ts';

/** The widest field of one `put`. */
export const MAX_PUT_BITS = 24;

const INITIAL_BYTES = 1024;

export class BitWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  /** Writes the low `count` bits of a value; `count` is at most 24. */
  put(value: number, count: number): void {
    const bytes = this.#length + 4 > this.#bytes.length ? this.#grow() : this.#bytes;
    let pending = this.#pending | (value << this.#pendingBits);
    let pendingBits = this.#pendingBits + count;
    let length = this.#length;
    while (pendingBits >= 8) {
      bytes[length++] = pending;
      pending >>>= 8;
      pendingBits -= 8;
    }
    this.#length = length;
    this.#pending = pending;
    this.#pendingBits = pendingBits;
  }

  /** Writes an integer below 2^53 in `count` bits. */
  putWide(value: number, count: number): void {
    let rest = value;
    for (let left = count; left > 0; left -= MAX_PUT_BITS) {
      this.put(rest % 2 ** MAX_PUT_BITS, Math.min(left, MAX_PUT_BITS));
      rest = Math.floor(rest / 2 ** MAX_PUT_BITS);
    }
  }

  /** Writes integers below 2^53 in Rice codes of parameter k (at most 24). */
  putRice(values: Float64Array, count: number, k: number): void {
    const scale = 1 / (1 << k);
    const mask = (1 << k) - 1;
    for (let index = 0; index < count; index++) {
      const value = values[index] as number;
      const scaled = value * scale;
      if (scaled >= RICE_MAX_QUOTIENT) {
        this.put((1 << RICE_MAX_QUOTIENT) - 1, RICE_MAX_QUOTIENT);
        this.putWide(value, RICE_ESCAPE_BITS);
        continue;
      }
      const length = (scaled | 0) + 1;
      const ones = (1 << (length - 1)) - 1;
      const remainder = value & mask;
      if (length + k <= MAX_PUT_BITS) {
        this.put(ones | (remainder << length), length + k);
      } else {
        this.put(ones, length);
        this.put(remainder, k);
      }
    }
  }

  /** Fills the last byte with zeros, hands everything over and begins anew. */
  flushTo(writer: ByteWriter): void {
    if (this.#pendingBits > 0) this.put(0, 8 - this.#pendingBits);
    writer.bytes(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  #grow(): Uint8Array {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
    return grown;
  }
}
