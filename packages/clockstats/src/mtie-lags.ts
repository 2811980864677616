/** The largest |x[i+k] - x[i]| for each lag k: MTIE of short windows without a comparison that a processor could mispredict. */

export interface LagMaxima {
  /** Index k holds the maximum of lag k; index 0 is 0. */
  readonly values: Float64Array;
  /** Where it was found: i. */
  readonly starts: Float64Array;
}

/** All lags are done on one tile before the next, so that the samples stay in the processor's cache. */
const TILE = 2048;

/** For lags 1...largest of a gap-free run. */
export function lagMaxima(run: Float64Array, largest: number): LagMaxima {
  const values = new Float64Array(largest + 1);
  const starts = new Float64Array(largest + 1);
  for (let from = 0; from < run.length; from += TILE) {
    for (let lag = 1; lag <= largest; lag += 1) {
      const tile = run.subarray(from, Math.min(run.length - lag, from + TILE));
      const later = run.subarray(from + lag);
      const best = largestDifference(tile, later, values[lag] as number);
      if (!(best > (values[lag] as number))) continue;
      values[lag] = best;
      starts[lag] = from + tile.findIndex((value, i) => Math.abs((later[i] as number) - value) === best);
    }
  }
  return { values, starts };
}

/** The largest absolute difference, at least `best`. */
function largestDifference(tile: Float64Array, later: Float64Array, best: number): number {
  let largest = best;
  for (let i = 0; i < tile.length; i += 1) {
    largest = Math.max(largest, Math.abs((later[i] as number) - (tile[i] as number)));
  }
  return largest;
}
