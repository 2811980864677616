/**
 * A mergeable histogram with log-linear buckets (as HdrHistogram): 128 linear buckets of one unit, then 128 for each doubling.
 * So a bucket is one unit wide or at most 1/128 (0.8 %) of its value. Counts, minimum and maximum are exact.
 */
import { ClockstatsError } from './clockstats-error.ts';
import { isPublishable, nearestRank } from './quantile.ts';

const SUB_BUCKETS = 128;
const SUB_BITS = 7;
const WORD = 2 ** 32;

/** As JSON; two of the same unit can be merged without loss. */
export interface HistogramData {
  /** Width of the smallest bucket, in the unit of the values. */
  readonly unit: number;
  readonly count: number;
  /** NaN or infinite values. */
  readonly missing: number;
  readonly min: number | null;
  readonly max: number | null;
  /** [bucket, count], ascending by bucket. Bucket b >= 0 holds values >= 0; bucket -1 - b the same magnitudes below 0. */
  readonly buckets: readonly (readonly [number, number])[];
}

/** The wanted quantile lies in [low, high]; `value` is the middle. */
export interface BracketedQuantile {
  readonly low: number;
  readonly high: number;
  readonly value: number;
}

export class Histogram {
  readonly unit: number;
  readonly #above = new BucketCounts();
  readonly #below = new BucketCounts();
  #count = 0;
  #missing = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(unit = 1) {
    if (!(unit > 0 && Number.isFinite(unit))) {
      throw new ClockstatsError('bad_argument', `a histogram cannot have buckets of ${unit}`);
    }
    this.unit = unit;
  }

  get count(): number {
    return this.#count;
  }

  add(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i += 1) this.#addOne(values[i] as number);
  }

  /** Adds the counts of another histogram; throws `histograms_differ` when its unit is another. */
  merge(other: HistogramData): void {
    if (other.unit !== this.unit) {
      throw new ClockstatsError('histograms_differ', `bucket units ${this.unit} and ${other.unit}`);
    }
    for (const [bucket, count] of other.buckets) this.#grow(bucket, count);
    this.#count += other.count;
    this.#missing += other.missing;
    if (other.min !== null) this.#min = Math.min(this.#min, other.min);
    if (other.max !== null) this.#max = Math.max(this.#max, other.max);
  }

  /** The bracket of the quantile by nearest rank, or null: n too small to publish. */
  quantile(p: number): BracketedQuantile | null {
    return isPublishable(p, this.#count) ? this.atRank(nearestRank(p, this.#count)) : null;
  }

  /** The bracket of the value with this rank, counted from 1 for the smallest; null beyond the last. */
  atRank(rank: number): BracketedQuantile | null {
    const bucket = this.#bucketAt(rank);
    if (bucket === null) return null;
    const edges = edgesOf(bucket, this.unit);
    const low = Math.max(edges.low, this.#min);
    const high = Math.min(edges.high, this.#max);
    return { low, high, value: low + (high - low) / 2 };
  }

  #bucketAt(rank: number): number | null {
    if (rank > this.#count) return null;
    const negative = this.#below.total;
    // From the largest magnitude below zero upwards.
    if (rank <= negative) return -1 - this.#below.bucketAt(negative - rank + 1);
    return this.#above.bucketAt(rank - negative);
  }

  toData(): HistogramData {
    return {
      unit: this.unit,
      count: this.#count,
      missing: this.#missing,
      min: this.#count === 0 ? null : this.#min,
      max: this.#count === 0 ? null : this.#max,
      buckets: this.#ascending(),
    };
  }

  #ascending(): (readonly [number, number])[] {
    const below = this.#below.used().map(([bucket, count]) => [-1 - bucket, count] as const);
    return [...below.reverse(), ...this.#above.used()];
  }

  #addOne(value: number): void {
    if (!Number.isFinite(value)) {
      this.#missing += 1;
      return;
    }
    this.#count += 1;
    // Adding 0 makes 0 of -0, which JSON would not keep.
    if (value < this.#min) this.#min = value + 0;
    if (value > this.#max) this.#max = value + 0;
    (value < 0 ? this.#below : this.#above).add(magnitudeBucket(Math.abs(value) / this.unit), 1);
  }

  #grow(bucket: number, by: number): void {
    if (bucket < 0) this.#below.add(-1 - bucket, by);
    else this.#above.add(bucket, by);
  }
}

/** Counts by bucket, in an array as long as the largest bucket asks for: 8192 reach beyond every 64-bit value. */
class BucketCounts {
  #counts = new Float64Array(0);
  total = 0;

  /** The bucket of the value with this rank, counted from 1; there are so many. */
  bucketAt(rank: number): number {
    let left = rank;
    let bucket = -1;
    while (left > 0 && bucket < this.#counts.length) {
      bucket += 1;
      left -= this.#counts[bucket] ?? 0;
    }
    return bucket;
  }

  add(bucket: number, by: number): void {
    this.total += by;
    if (bucket >= this.#counts.length) {
      const longer = new Float64Array(Math.max(2 * SUB_BUCKETS, 2 ** Math.ceil(Math.log2(bucket + 1))));
      longer.set(this.#counts);
      this.#counts = longer;
    }
    this.#counts[bucket] = (this.#counts[bucket] as number) + by;
  }

  /** [bucket, count], ascending. */
  used(): (readonly [number, number])[] {
    const used: (readonly [number, number])[] = [];
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      const count = this.#counts[bucket] as number;
      if (count > 0) used.push([bucket, count]);
    }
    return used;
  }
}

/** Bucket of a magnitude in units: linear below 128, then 128 buckets for each doubling. */
function magnitudeBucket(units: number): number {
  if (units < SUB_BUCKETS) return Math.floor(units);
  if (units < WORD) {
    const whole = Math.floor(units);
    const shift = 31 - Math.clz32(whole) - SUB_BITS;
    return shift * SUB_BUCKETS + (whole >>> shift);
  }
  let exponent = Math.floor(Math.log2(units));
  // log2 rounds: just below a power of two it may give the power itself.
  if (units < 2 ** exponent) exponent -= 1;
  const shift = exponent - SUB_BITS;
  return shift * SUB_BUCKETS + Math.floor(units / 2 ** shift);
}

function edgesOf(bucket: number, unit: number): { low: number; high: number } {
  const magnitude = bucket < 0 ? -1 - bucket : bucket;
  const shift = Math.max(0, Math.floor(magnitude / SUB_BUCKETS) - 1);
  const from = (magnitude - shift * SUB_BUCKETS) * 2 ** shift * unit;
  const to = from + 2 ** shift * unit;
  return bucket < 0 ? { low: -to, high: -from } : { low: from, high: to };
}
