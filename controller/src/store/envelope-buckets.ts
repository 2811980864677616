/** Buckets of a downsampled column: takes single values and summaries of batches, gives the envelope (pure). */
import type { Envelope } from './sample-store.ts';

export interface BucketOptions {
  readonly fromAt: bigint;
  /** Exclusive; after `fromAt`. */
  readonly toAt: bigint;
  /** At most this many buckets. */
  readonly points: number;
}

export class EnvelopeBuckets {
  readonly #fromAt: bigint;
  readonly #bucketNs: number;
  readonly #spanNs: number;
  readonly #count: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #sum: Float64Array;

  constructor({ fromAt, toAt, points }: BucketOptions) {
    this.#fromAt = fromAt;
    this.#spanNs = Number(toAt - fromAt);
    this.#bucketNs = Math.max(1, Math.ceil(this.#spanNs / points));
    this.#count = new Float64Array(points);
    this.#min = new Float64Array(points).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(points).fill(Number.NEGATIVE_INFINITY);
    this.#sum = new Float64Array(points);
  }

  /** The bucket of an instant given in ns after `fromAt`; -1 outside the range. */
  indexOf(sinceFromNs: number): number {
    if (sinceFromNs < 0 || sinceFromNs >= this.#spanNs) return -1;
    const index = Math.floor(sinceFromNs / this.#bucketNs);
    // The division may round up to the next whole number just below it.
    return index * this.#bucketNs > sinceFromNs ? index - 1 : index;
  }

  addValue(bucket: number, value: number): void {
    this.#sum[bucket] = (this.#sum[bucket] as number) + value;
    this.#merge(bucket, { count: 1, min: value, max: value });
  }

  addSummary(bucket: number, summary: { count: number; min: number; max: number; mean: number }): void {
    this.#sum[bucket] = (this.#sum[bucket] as number) + summary.mean * summary.count;
    this.#merge(bucket, summary);
  }

  #merge(bucket: number, { count, min, max }: { count: number; min: number; max: number }): void {
    this.#count[bucket] = (this.#count[bucket] as number) + count;
    if (min < (this.#min[bucket] as number)) this.#min[bucket] = min;
    if (max > (this.#max[bucket] as number)) this.#max[bucket] = max;
  }

  /** The buckets that hold values. */
  finish(facts: { readonly originValue: bigint; readonly decodedBatches: number }): Envelope {
    const filled: number[] = [];
    for (const [bucket, count] of this.#count.entries()) if (count > 0) filled.push(bucket);
    const pick = (values: Float64Array) => Float64Array.from(filled, (bucket) => values[bucket] as number);
    const at = BigInt64Array.from(filled, (bucket) => this.#fromAt + BigInt(bucket) * BigInt(this.#bucketNs));
    const count = pick(this.#count);
    const mean = pick(this.#sum).map((sum, index) => sum / (count[index] as number));
    return { bucketNs: this.#bucketNs, ...facts, at, min: pick(this.#min), max: pick(this.#max), mean, count };
  }
}
