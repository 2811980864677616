/**
 * Overlapping Allan deviation while the samples arrive (Dobrogowski and Kasznia 2007): S += (x[i] - 2 x[i-m] + x[i-2m])^2. One history of
 * 2 * largest m + 1 samples serves all factors. Equal to the batch result up to the order of summation.
 */
import { SampleHistory } from './sample-history.ts';
import { checkedFactors, deviationCurveOf, type StabilityCurve } from './stability-curve.ts';

export class StreamingAdev {
  readonly #tau0: number;
  readonly #sums: { readonly m: number; sum: number; terms: number }[];
  readonly #history: SampleHistory;
  #ticks = 0;
  #samples = 0;

  constructor({ tau0, factors }: { readonly tau0: number; readonly factors: readonly number[] }) {
    const sorted = checkedFactors(factors);
    this.#tau0 = tau0;
    this.#sums = sorted.map((m) => ({ m, sum: 0, terms: 0 }));
    this.#history = new SampleHistory(2 * (sorted.at(-1) ?? 0) + 1);
  }

  /** The next tick of the grid; NaN = missing. */
  push(value: number): void {
    const history = this.#history;
    history.push(Number.isFinite(value) ? value : Number.NaN);
    this.#ticks += 1;
    if (!Number.isFinite(value)) return;
    this.#samples += 1;
    for (const entry of this.#sums) {
      const middle = history.at(entry.m);
      const difference = value - middle - (middle - history.at(2 * entry.m));
      if (Number.isNaN(difference)) continue;
      entry.sum += difference * difference;
      entry.terms += 1;
    }
  }

  curve(): StabilityCurve {
    const account = { metric: 'oadev', tau0: this.#tau0, ticks: this.#ticks, samples: this.#samples } as const;
    return deviationCurveOf(account, this.#sums);
  }
}
