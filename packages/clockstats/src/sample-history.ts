/** The last samples of a stream, by age. */

export class SampleHistory {
  readonly #values: Float64Array;
  #next = 0;

  /** `length`: how many samples to keep. All are NaN at first. */
  constructor(length: number) {
    this.#values = new Float64Array(Math.max(1, length)).fill(Number.NaN);
  }

  push(value: number): void {
    this.#values[this.#next] = value;
    this.#next += 1;
    if (this.#next === this.#values.length) this.#next = 0;
  }

  /** 0 = the last one pushed, up to length - 1. */
  at(age: number): number {
    const index = this.#next - 1 - age;
    return this.#values[index < 0 ? index + this.#values.length : index] as number;
  }
}
