/**
 * The largest |offset| over the whole life of an instance in at most 512 equal buckets (pure). Buckets begin at 10 s and double in length
 * whenever they do not suffice: three weeks end up in buckets of about 85 minutes. Bucket edges are whole multiples of the length since 1970,
 * so that the strips of all instances can be laid over each other.
 */

const FIRST_BUCKET_MS = 10_000;
const BUCKETS = 512;

export interface SavedStrip {
  readonly bucketMs: number;
  /** Number of the first bucket: its start is `first * bucketMs`, ms since 1970. */
  readonly first: number;
  /** NaN: nothing there. */
  readonly values: Float32Array;
}

export class HeatStrip {
  #bucketMs = FIRST_BUCKET_MS;
  #first = 0;
  /** Made with the first value: most streams have none. */
  #values: Float32Array | null = null;

  /** Adds the largest magnitude of what was measured around `atMs` (ms since 1970). */
  add(atMs: number, maxAbs: number): void {
    const values = this.#values ?? this.#begin(atMs);
    let bucket = Math.floor(atMs / this.#bucketMs) - this.#first;
    while (bucket < 0 || bucket >= BUCKETS) {
      // What lies before the strip moves it, as far as its end allows.
      if (bucket < 0 && lastUsed(values) - bucket < BUCKETS) this.#shift(-bucket);
      else this.#coarsen();
      bucket = Math.floor(atMs / this.#bucketMs) - this.#first;
    }
    const before = values[bucket] as number;
    if (!(before >= maxAbs)) values[bucket] = maxAbs;
  }

  /** Null: nothing yet. */
  save(): SavedStrip | null {
    if (this.#values === null) return null;
    const values = this.#values.slice(0, lastUsed(this.#values) + 1);
    return { bucketMs: this.#bucketMs, first: this.#first, values };
  }

  restore({ bucketMs, first, values }: SavedStrip): void {
    for (const [bucket, value] of values.entries()) {
      if (!Number.isNaN(value)) this.add((first + bucket) * bucketMs, value);
    }
    // The whole length of a bucket was meant, so a finer strip would claim what it does not know.
    while (this.#values !== null && this.#bucketMs < bucketMs) this.#coarsen();
  }

  #begin(atMs: number): Float32Array {
    this.#values = new Float32Array(BUCKETS).fill(Number.NaN);
    this.#first = Math.floor(atMs / this.#bucketMs);
    return this.#values;
  }

  #shift(by: number): void {
    this.#values?.copyWithin(by, 0, BUCKETS - by);
    this.#values?.fill(Number.NaN, 0, by);
    this.#first -= by;
  }

  #coarsen(): void {
    const values = this.#values;
    if (values === null) return;
    const first = Math.floor(this.#first / 2);
    const merged = new Float32Array(BUCKETS).fill(Number.NaN);
    for (const [bucket, value] of values.entries()) {
      const into = Math.floor((this.#first + bucket) / 2) - first;
      if (!Number.isNaN(value) && !((merged[into] as number) >= value)) merged[into] = value;
    }
    values.set(merged);
    this.#first = first;
    this.#bucketMs *= 2;
  }
}

function lastUsed(values: Float32Array): number {
  return values.findLastIndex((value) => !Number.isNaN(value));
}
