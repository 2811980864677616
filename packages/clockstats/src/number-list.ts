/** A list of doubles that grows without ever copying through the JavaScript stack: for columns of 10^7 values. */

export class NumberList {
  #values: Float64Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#values = new Float64Array(Math.max(1, capacity));
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** The values so far, without a copy: valid until the next `push`. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}
