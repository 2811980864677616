/** The peak-to-peak value of the last values pushed, in constant time on average: two monotonic deques (Lemire 2006). */

/** Positions and values of those that can still be the largest of the window, from the oldest. Grows up to the window's length. */
class MaximumDeque {
  #positions = new Float64Array(16);
  #values = new Float64Array(16);
  #first = 0;
  #size = 0;

  push(position: number, value: number): void {
    while (this.#size > 0 && (this.#values[this.#slot(this.#size - 1)] as number) <= value) this.#size -= 1;
    if (this.#size === this.#values.length) this.#grow();
    this.#positions[this.#slot(this.#size)] = position;
    this.#values[this.#slot(this.#size)] = value;
    this.#size += 1;
  }

  /** Forgets all before a position. */
  drop(before: number): void {
    while (this.#size > 0 && (this.#positions[this.#first] as number) < before) {
      this.#first = this.#slot(1);
      this.#size -= 1;
    }
  }

  /** The largest of those at or after a position, or -Infinity. */
  largestFrom(position: number): number {
    for (let i = 0; i < this.#size; i += 1) {
      if ((this.#positions[this.#slot(i)] as number) >= position) return this.#values[this.#slot(i)] as number;
    }
    return Number.NEGATIVE_INFINITY;
  }

  clear(): void {
    this.#size = 0;
  }

  #slot(index: number): number {
    // The capacity is a power of two.
    return (this.#first + index) & (this.#values.length - 1);
  }

  #grow(): void {
    const positions = new Float64Array(this.#values.length * 2);
    const values = new Float64Array(this.#values.length * 2);
    for (let i = 0; i < this.#size; i += 1) {
      positions[i] = this.#positions[this.#slot(i)] as number;
      values[i] = this.#values[this.#slot(i)] as number;
    }
    this.#positions = positions;
    this.#values = values;
    this.#first = 0;
  }
}

export class SlidingRange {
  readonly #length: number;
  readonly #highest = new MaximumDeque();
  /** Of the negated values. */
  readonly #lowest = new MaximumDeque();
  #pushed = 0;

  /** `length`: how many of the last values count. */
  constructor(length: number) {
    this.#length = length;
  }

  /** Values since the beginning or `clear`. */
  get pushed(): number {
    return this.#pushed;
  }

  /** Takes a value, or the extremes of a block; returns the range of the last `length`. */
  push(low: number, high = low): number {
    this.#highest.push(this.#pushed, high);
    this.#lowest.push(this.#pushed, -low);
    this.#pushed += 1;
    this.#highest.drop(this.#pushed - this.#length);
    this.#lowest.drop(this.#pushed - this.#length);
    return this.#highest.largestFrom(0) + this.#lowest.largestFrom(0);
  }

  /** What `push` would return, without taking anything. */
  peek(low: number, high: number): number {
    const from = this.#pushed + 1 - this.#length;
    return Math.max(this.#highest.largestFrom(from), high) + Math.max(this.#lowest.largestFrom(from), -low);
  }

  clear(): void {
    this.#highest.clear();
    this.#lowest.clear();
    this.#pushed = 0;
  }
}
