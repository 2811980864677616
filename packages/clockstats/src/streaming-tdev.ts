/**
 * TDEV while the samples arrive: the inner sum of each factor follows s += x[i] - 3 x[i-m] + 3 x[i-2m] - x[i-3m]. One history of
 * 3 * largest m + 1 samples serves all factors; from it s is computed anew now and then, so that rounding cannot add up over weeks.
 */
import { SampleHistory } from './sample-history.ts';
import { checkedFactors, deviationCurveOf, type StabilityCurve } from './stability-curve.ts';

/** Terms between two fresh inner sums. Each costs m steps, so it is at least 8 m. */
const TERMS_PER_SEED = 65_536;

interface InnerSum {
  readonly m: number;
  inner: number;
  sum: number;
  terms: number;
}

export class StreamingTdev {
  readonly #tau0: number;
  readonly #sums: InnerSum[];
  readonly #history: SampleHistory;
  #ticks = 0;
  #samples = 0;
  /** Samples since the last gap. */
  #run = 0;

  constructor({ tau0, factors }: { readonly tau0: number; readonly factors: readonly number[] }) {
    const sorted = checkedFactors(factors);
    this.#tau0 = tau0;
    this.#sums = sorted.map((m) => ({ m, inner: 0, sum: 0, terms: 0 }));
    this.#history = new SampleHistory(3 * (sorted.at(-1) ?? 0) + 1);
  }

  /** The next tick of the grid; NaN = missing. */
  push(value: number): void {
    this.#ticks += 1;
    this.#history.push(value);
    this.#run = Number.isFinite(value) ? this.#run + 1 : 0;
    if (this.#run === 0) return;
    this.#samples += 1;
    for (const entry of this.#sums) this.#addTerm(entry);
  }

  #addTerm(entry: InnerSum): void {
    const { m } = entry;
    if (this.#run < 3 * m) return;
    const history = this.#history;
    if ((this.#run - 3 * m) % Math.max(TERMS_PER_SEED, 8 * m) === 0) {
      entry.inner = this.#seed(m);
    } else {
      entry.inner += history.at(0) - history.at(3 * m) - 3 * (history.at(m) - history.at(2 * m));
    }
    entry.sum += entry.inner * entry.inner;
    entry.terms += 1;
  }

  /** The sum of the m second differences of the last 3 m samples. */
  #seed(m: number): number {
    let sum = 0;
    for (let age = 0; age < m; age += 1) {
      const middle = this.#history.at(age + m);
      sum += this.#history.at(age) - middle - (middle - this.#history.at(age + 2 * m));
    }
    return sum;
  }

  curve(): StabilityCurve {
    const account = { metric: 'tdev', tau0: this.#tau0, ticks: this.#ticks, samples: this.#samples } as const;
    return deviationCurveOf(account, this.#sums);
  }
}
