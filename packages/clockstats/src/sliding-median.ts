/** Median and median absolute deviation of the last values pushed: a sorted window, so that a step costs about as much as the window is long. */

export class SlidingMedian {
  readonly #sorted: Float64Array;
  /** The same values in the order they came. */
  readonly #recent: Float64Array;
  #size = 0;
  #next = 0;

  constructor(length: number) {
    this.#sorted = new Float64Array(length);
    this.#recent = new Float64Array(length);
  }

  get size(): number {
    return this.#size;
  }

  /** Takes a finite value and forgets the one before the window. */
  push(value: number): void {
    if (this.#size === this.#sorted.length) this.#remove(this.#recent[this.#next] as number);
    this.#recent[this.#next] = value;
    this.#next = (this.#next + 1) % this.#recent.length;
    this.#insert(value);
  }

  /** NaN without a value. Of an even number the mean of the middle two. */
  median(): number {
    if (this.#size === 0) return Number.NaN;
    const middle = this.#size >> 1;
    const upper = this.#sorted[middle] as number;
    return this.#size % 2 === 1 ? upper : ((this.#sorted[middle - 1] as number) + upper) / 2;
  }

  /** Median of the distances from the median (the lower one of an even number); NaN without a value. */
  medianAbsoluteDeviation(): number {
    if (this.#size === 0) return Number.NaN;
    const median = this.median();
    const sorted = this.#sorted;
    // The distances grow to both sides of the median: merge them from there.
    let right = this.#place(median);
    let left = right - 1;
    let distance = 0;
    for (let taken = 0; taken <= (this.#size - 1) >> 1; taken += 1) {
      const below = left >= 0 ? median - (sorted[left] as number) : Number.POSITIVE_INFINITY;
      const above = right < this.#size ? (sorted[right] as number) - median : Number.POSITIVE_INFINITY;
      distance = Math.min(below, above);
      if (below <= above) left -= 1;
      else right += 1;
    }
    return distance;
  }

  #insert(value: number): void {
    const at = this.#place(value);
    for (let i = this.#size; i > at; i -= 1) this.#sorted[i] = this.#sorted[i - 1] as number;
    this.#sorted[at] = value;
    this.#size += 1;
  }

  #remove(value: number): void {
    this.#size -= 1;
    for (let i = this.#place(value); i < this.#size; i += 1) this.#sorted[i] = this.#sorted[i + 1] as number;
  }

  /** Index of the first value that is not smaller. */
  #place(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
