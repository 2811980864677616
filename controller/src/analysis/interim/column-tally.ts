/**
 * The judged values of one column in passing: largest magnitude, magnitudes as a histogram, breaches of each limit and code. Counts, places
 * and the maximum are exact. A percentile is the middle of its bucket, but on the right side of its limit, because breaches are counted.
 */
import { Histogram, type HistogramData, isPublishable, nearestRank } from '@ptp-tester/clockstats';
import type { Place } from '../judged-data.ts';
import { quantileRanks } from '../judged-data.ts';
import type { CodeTally, LargestTally, PercentileTally } from '../measure-column.ts';
import type { PlannedTally } from './fold-plan.ts';
import { distancesOf, type SeriesRows } from './series-rows.ts';

/** How many samples break a limit, and the first and the last of them. */
interface Breaches {
  count: number;
  fromAt: bigint;
  toAt: bigint;
}

/** As plain data. */
export interface SavedTally {
  /** What 64-bit values count from: the first of the series. */
  readonly origin: bigint | null;
  readonly rows: number;
  readonly missing: number;
  readonly largest: number;
  readonly largestAt: bigint | null;
  readonly histogram: HistogramData | null;
  /** By the place of the limit, then of the code, in the plan. */
  readonly over: readonly Breaches[];
  readonly others: readonly Breaches[];
}

/** Half of a bucket of the histogram: by so much of its value a percentile may be off, or by half a unit. */
export const PERCENTILE_ERROR = 1 / 256;
const ACCURACY = 'within 0.4 %';

/** The smallest bucket of values that are not whole. */
const FINEST = 0.001;
const NONE: Breaches = { count: 0, fromAt: 0n, toAt: 0n };

export class ColumnTally {
  readonly #plan: PlannedTally;
  readonly #histogram: Histogram | null;
  readonly #over: Breaches[];
  readonly #others: Breaches[];
  #origin: bigint | null;
  #rows: number;
  #missing: number;
  #largest: number;
  #largestAt: bigint | null;

  constructor(plan: PlannedTally, saved: SavedTally | null = null) {
    this.#plan = plan;
    this.#histogram = plan.hasPercentiles ? new Histogram(plan.isWhole ? 1 : FINEST) : null;
    if (saved?.histogram) this.#histogram?.merge(saved.histogram);
    this.#over = plan.limits.map((_, place) => ({ ...(saved?.over[place] ?? NONE) }));
    this.#others = plan.codes.map((_, place) => ({ ...(saved?.others[place] ?? NONE) }));
    this.#origin = saved?.origin ?? null;
    this.#rows = saved?.rows ?? 0;
    this.#missing = saved?.missing ?? 0;
    this.#largest = saved?.largest ?? Number.NEGATIVE_INFINITY;
    this.#largestAt = saved?.largestAt ?? null;
  }

  save(): SavedTally {
    return {
      origin: this.#origin,
      rows: this.#rows,
      missing: this.#missing,
      largest: this.#largest,
      largestAt: this.#largestAt,
      histogram: this.#histogram?.toData() ?? null,
      over: this.#over.map((breaches) => ({ ...breaches })),
      others: this.#others.map((breaches) => ({ ...breaches })),
    };
  }

  /** The judged rows; all rows of the series must pass, as the first value is the origin. */
  add({ columns, at, firstJudged }: SeriesRows): void {
    const column = columns[this.#plan.index];
    const first = column?.[0];
    if (this.#origin === null && first !== undefined) this.#origin = typeof first === 'bigint' ? first : 0n;
    const values = distancesOf(column, this.#origin ?? 0n).subarray(firstJudged);
    const sizes = new Float64Array(values.length);
    for (let row = 0; row < values.length; row += 1) sizes[row] = Math.abs(values[row] as number);
    this.#rows += values.length;
    this.#takeSizes(sizes, at, firstJudged);
    this.#histogram?.add(sizes);
    for (const [place, code] of this.#plan.codes.entries()) {
      const isOther = (row: number) => values[row] !== code;
      this.#count(this.#others[place], {
        rows: values.length,
        isBreach: isOther,
        atOf: (row) => at[firstJudged + row],
      });
    }
  }

  #takeSizes(sizes: Float64Array, at: BigInt64Array, firstJudged: number): void {
    let batchLargest = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < sizes.length; row += 1) {
      const size = sizes[row] as number;
      if (!Number.isFinite(size)) this.#missing += 1;
      if (size > batchLargest) batchLargest = size;
      if (!(size > this.#largest)) continue;
      this.#largest = size;
      this.#largestAt = at[firstJudged + row] ?? null;
    }
    for (const [place, limit] of this.#plan.limits.entries()) {
      if (!(batchLargest > limit)) continue;
      const isBreach = (row: number) => (sizes[row] as number) > limit;
      this.#count(this.#over[place], { rows: sizes.length, isBreach, atOf: (row) => at[firstJudged + row] });
    }
  }

  #count(
    breaches: Breaches | undefined,
    {
      rows,
      isBreach,
      atOf,
    }: { rows: number; isBreach: (row: number) => boolean; atOf: (row: number) => bigint | undefined },
  ): void {
    if (breaches === undefined) return;
    for (let row = 0; row < rows; row += 1) {
      if (!isBreach(row)) continue;
      const at = atOf(row) ?? 0n;
      if (breaches.count === 0) breaches.fromAt = at;
      breaches.toAt = at;
      breaches.count += 1;
    }
  }

  largest(): LargestTally {
    const samples = this.#rows - this.#missing;
    return { value: this.#largest, at: this.#largestAt, samples, missing: this.#missing };
  }

  get finite(): number {
    return this.#rows - this.#missing;
  }

  /** Null: too few samples to publish it. */
  percentile(p: number, limit: number): PercentileTally | null {
    const count = this.finite;
    if (this.#histogram === null || !isPublishable(p, count)) return null;
    const ranks = quantileRanks(p, count);
    const rank = nearestRank(p, count);
    const found = this.#histogram.atRank(rank);
    const breaches = this.#over[this.#plan.limits.indexOf(limit)] ?? NONE;
    // Nearest rank lies above the limit where fewer values than that are within it.
    const isOver = count - breaches.count < rank;
    const centre = found?.value ?? 0;
    const middle = this.#plan.isWhole ? Math.trunc(centre) : centre;
    return {
      value: isOver ? Math.max(middle, above(limit, found?.high ?? limit)) : Math.min(middle, limit),
      low: this.#histogram.atRank(ranks.low + 1)?.low ?? 0,
      high: this.#histogram.atRank(ranks.high + 1)?.high ?? 0,
      count,
      place: isOver ? placeOf(breaches) : null,
      accuracy: ACCURACY,
    };
  }

  codeShare(code: number): CodeTally {
    const breaches = this.#others[this.#plan.codes.indexOf(code)] ?? NONE;
    return { samples: this.#rows, bad: breaches.count, place: placeOf(breaches) };
  }
}

/** The nearest that is surely above a limit within a bucket that ends at `high`. */
function above(limit: number, high: number): number {
  return high > limit ? limit + (high - limit) / 2 : limit * (1 + Number.EPSILON);
}

function placeOf({ count, fromAt, toAt }: Breaches): Place | null {
  return count === 0 ? null : { fromAt, toAt };
}
