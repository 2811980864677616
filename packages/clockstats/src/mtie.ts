/**
 * Maximum time interval error (ITU-T G.810): the largest peak-to-peak value of x within any window of length tau, which holds m + 1
 * samples. Exact for any tau, also in one call for a hundred of them.
 *
 * Short windows by lags: MTIE(m) = max over k <= m of max |x[i+k] - x[i]| (mtie-lags.ts). Longer ones by minima and maxima of blocks, where
 * only windows that can still beat the best one found are looked at sample by sample (mtie-blocks.ts). Beside the series this takes
 * half a double per sample.
 */
import { type FiniteRuns, finiteRuns, forEachRun } from './finite-runs.ts';
import { type Found, MtieBlocks } from './mtie-blocks.ts';
import { lagMaxima } from './mtie-lags.ts';
import {
  checkedFactors,
  checkedSeries,
  curveOf,
  type RegularSeries,
  type StabilityCurve,
  type StabilityPoint,
} from './stability-curve.ts';

export interface MtiePoint extends StabilityPoint {
  /** Grid index where a stretch with this peak-to-peak value begins; it spans at most m + 1 samples. */
  readonly start: number;
}

/** Small blocks are searched closely, large blocks are passed over quickly. */
const SMALL_BLOCK = 8;
const LARGE_BLOCK = 64;
const LARGEST_LAG = 2 * SMALL_BLOCK;
const LARGEST_SMALL = 2 * LARGE_BLOCK;

/** The best stretch so far of one averaging factor, and its complete windows. */
interface Best extends Found {
  readonly m: number;
  windows: number;
}

/**
 * In the unit of the series. A window ends at a gap: a stretch shorter than tau counts with its own peak-to-peak, which the whole window can
 * only exceed, so the curve never decreases. `terms` counts the complete windows; a tau without one has no point.
 */
export function mtie(series: RegularSeries, factors: readonly number[]): StabilityCurve<MtiePoint> {
  const { values, tau0 } = checkedSeries(series);
  const runs = finiteRuns(values);
  const bests = checkedFactors(factors).map((m): Best => ({ m, value: 0, start: 0, windows: 0 }));
  const search = new RunSearch(bests, runs);
  forEachRun(runs, (start, end) => search.run(values.subarray(start, end), start));
  const points = bests.filter((best) => best.windows > 0);
  return curveOf(
    { metric: 'mtie', tau0, ticks: values.length, samples: runs.samples },
    points.map(({ m, value, start, windows }) => ({ tau: m * tau0, m, value, terms: windows, start })),
  );
}

/** Goes through gap-free runs and raises the bests by what each holds. */
class RunSearch {
  readonly #bests: readonly Best[];
  readonly #small: MtieBlocks;
  readonly #large: MtieBlocks;

  constructor(bests: readonly Best[], runs: FiniteRuns) {
    const longest = (bests.at(-1)?.m ?? 0) > LARGEST_LAG ? runs.longest : 0;
    this.#bests = bests;
    this.#small = new MtieBlocks(SMALL_BLOCK, longest);
    this.#large = new MtieBlocks(LARGE_BLOCK, longest);
  }

  /** `offset` is the grid index of the run's first sample. */
  run(run: Float64Array, offset: number): void {
    const largest = Math.min(this.#bests.at(-1)?.m ?? 0, run.length - 1);
    const lags = lagMaxima(run, Math.min(LARGEST_LAG, largest));
    const found = { value: 0, start: 0 };
    let reached = 0;
    for (const best of this.#bests) {
      const m = Math.min(best.m, largest);
      for (; reached < Math.min(m, LARGEST_LAG); reached += 1) {
        const value = lags.values[reached + 1] as number;
        if (value > found.value) Object.assign(found, { value, start: lags.starts[reached + 1] });
      }
      reached = this.#searchBlocks(run, { m, reached }, found);
      best.windows += Math.max(0, run.length - best.m);
      if (found.value > best.value) Object.assign(best, { value: found.value, start: found.start + offset });
    }
  }

  /** Raises `found` from the factor reached to m; returns the factor that is then reached. */
  #searchBlocks(run: Float64Array, { m, reached }: { m: number; reached: number }, found: Found): number {
    if (m <= LARGEST_LAG || m === reached) return reached;
    if (reached <= LARGEST_LAG) this.#small.load(run);
    if (reached < LARGEST_SMALL) this.#small.search(Math.min(m, LARGEST_SMALL), found);
    if (m <= LARGEST_SMALL) return m;
    if (reached <= LARGEST_SMALL) this.#large.load(run);
    this.#large.search(m, found);
    return m;
  }
}
