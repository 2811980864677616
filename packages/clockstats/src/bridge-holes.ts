/**
 * Short holes of a grid filled by straight lines, for those who ask for it: without, one missing sample in a day leaves no MTIE window of more
 * than a day. A filled sample lies between its neighbours, so MTIE(tau) of the result is at most the true MTIE of tau + 2 of the longest
 * filled hole, and what happened in the hole is not in it; the Allan family gets slightly too small.
 */
import { finiteRuns } from './finite-runs.ts';
import type { RegularSeries } from './stability-curve.ts';

export interface BridgedSeries extends RegularSeries {
  /** Ticks that were filled. Say this number wherever a result of the series is shown. */
  readonly bridged: number;
}

/** A copy in which holes of at most `longest` ticks between two samples are filled. */
export function bridgeHoles(series: RegularSeries, longest: number): BridgedSeries {
  const values = series.values.slice();
  const { count, starts, ends } = finiteRuns(values);
  let bridged = 0;
  for (let run = 1; run < count; run += 1) {
    const before = (ends[run - 1] as number) - 1;
    const after = starts[run] as number;
    if (after - before - 1 > longest) continue;
    const from = values[before] as number;
    const rise = (values[after] as number) - from;
    for (let i = before + 1; i < after; i += 1) values[i] = from + (rise * (i - before)) / (after - before);
    bridged += after - before - 1;
  }
  return { ...series, values, bridged };
}
