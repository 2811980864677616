/** Writes bit fields, lowest bit first, each directly behind the one before it. */
import type { ByteWriter } from './byte-writer.ts';

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
    if (this.#length + 4 > this.#bytes.length) this.#grow();
    this.#pending |= value << this.#pendingBits;
    this.#pendingBits += count;
    while (this.#pendingBits >= 8) {
      this.#bytes[this.#length++] = this.#pending;
      this.#pending >>>= 8;
      this.#pendingBits -= 8;
    }
  }

  /** Writes an integer below 2^53 in `count` bits. */
  putWide(value: number, count: number): void {
    let rest = value;
    for (let left = count; left > 0; left -= MAX_PUT_BITS) {
      this.put(rest % 2 ** MAX_PUT_BITS, Math.min(left, MAX_PUT_BITS));
      rest = Math.floor(rest / 2 ** MAX_PUT_BITS);
    }
  }

  /** Fills the last byte with zeros, hands everything over and begins anew. */
  flushTo(writer: ByteWriter): void {
    if (this.#pendingBits > 0) this.put(0, 8 - this.#pendingBits);
    writer.bytes(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
