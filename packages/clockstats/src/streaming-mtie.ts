/**
 * MTIE while the samples arrive, equal to the batch result at every moment. Memory is bounded by tau: at most 4 (m + 1) numbers for each
 * factor m, in practice a few hundred, as only candidates for the extremes are kept.
 */
import type { MtiePoint } from './mtie.ts';
import { SlidingRange } from './sliding-range.ts';
import { checkedFactors, curveOf, type StabilityCurve } from './stability-curve.ts';

interface Tracked {
  readonly m: number;
  readonly window: SlidingRange;
  value: number;
  start: number;
  windows: number;
}

export class StreamingMtie {
  readonly #tau0: number;
  readonly #tracked: readonly Tracked[];
  #ticks = 0;
  #samples = 0;

  constructor({ tau0, factors }: { readonly tau0: number; readonly factors: readonly number[] }) {
    this.#tau0 = tau0;
    this.#tracked = checkedFactors(factors).map((m) => {
      return { m, window: new SlidingRange(m + 1), value: 0, start: 0, windows: 0 };
    });
  }

  /** The next tick of the grid; NaN = missing, which ends every window. */
  push(value: number): void {
    const tick = this.#ticks;
    this.#ticks += 1;
    if (!Number.isFinite(value)) {
      for (const { window } of this.#tracked) window.clear();
      return;
    }
    this.#samples += 1;
    for (const tracked of this.#tracked) {
      const range = tracked.window.push(value);
      const length = Math.min(tracked.window.pushed, tracked.m + 1);
      if (length === tracked.m + 1) tracked.windows += 1;
      if (range <= tracked.value) continue;
      tracked.value = range;
      tracked.start = tick + 1 - length;
    }
  }

  curve(): StabilityCurve<MtiePoint> {
    const points = this.#tracked
      .filter(({ windows }) => windows > 0)
      .map(({ m, value, start, windows }) => ({ tau: m * this.#tau0, m, value, terms: windows, start }));
    return curveOf({ metric: 'mtie', tau0: this.#tau0, ticks: this.#ticks, samples: this.#samples }, points);
  }
}
