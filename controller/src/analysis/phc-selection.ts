/** When chronyd had the PHC selected, from its own samples. */
import { NS_PER_S } from '@ptp-tester/measurement';
import { type KeptSeries, keptColumn } from './kept-columns.ts';

/** A stretch of one boot in which chronyd said the same all the time. */
export interface SelectionStretch {
  readonly boot: string;
  readonly selected: boolean;
  readonly fromMonoRawNs: bigint;
  /** The last sample of the stretch. */
  readonly toMonoRawNs: bigint;
  readonly fromAt: bigint;
  readonly toAt: bigint;
  readonly samples: number;
}

/** A word of chronyd's holds this long; without a newer one nobody knows. */
const HOLDS_INTERVALS = 3;
const YES = 1;

export class PhcSelection {
  readonly stretches: readonly SelectionStretch[];
  readonly #holdsNs: number;
  #cursor = 0;

  constructor(stretches: readonly SelectionStretch[], intervalNs: number) {
    this.stretches = stretches;
    this.#holdsNs = Math.max(intervalNs, NS_PER_S) * HOLDS_INTERVALS;
  }

  /** Whether any chrony sample says that the PHC was selected. */
  get everSelected(): boolean {
    return this.stretches.some(({ selected }) => selected);
  }

  /** What chronyd said last at this time; null when it had said nothing for a while. Fast where times ascend. */
  at(boot: string, monoRawNs: bigint): boolean | null {
    const isAfter = (stretch: SelectionStretch | undefined) =>
      stretch !== undefined && (stretch.boot !== boot || stretch.fromMonoRawNs > monoRawNs);
    if (isAfter(this.stretches[this.#cursor])) this.#cursor = 0;
    for (let next = this.#cursor + 1; next < this.stretches.length; next += 1) {
      const stretch = this.stretches[next];
      if (stretch?.boot === boot && stretch.fromMonoRawNs <= monoRawNs) this.#cursor = next;
      else if (stretch?.boot === boot) break;
    }
    const found = this.stretches[this.#cursor];
    if (found === undefined || isAfter(found)) return null;
    return Number(monoRawNs - found.toMonoRawNs) <= this.#holdsNs ? found.selected : null;
  }
}

/** From the kept column `phc_selected` of the stream `chrony`. */
export function phcSelection(chrony: KeptSeries | undefined): PhcSelection {
  const stretches: SelectionStretch[] = [];
  for (const segment of chrony?.segments ?? []) {
    const codes = keptColumn(segment, 'phc_selected');
    let from = 0;
    for (let row = 1; row <= codes.length; row += 1) {
      if (row < codes.length && codes[row] === codes[from]) continue;
      stretches.push({
        boot: segment.boot,
        selected: codes[from] === YES,
        fromMonoRawNs: segment.originMonoRawNs + BigInt(segment.timeNs[from] ?? 0),
        toMonoRawNs: segment.originMonoRawNs + BigInt(segment.timeNs[row - 1] ?? 0),
        fromAt: segment.atOf(from),
        toAt: segment.atOf(row - 1),
        samples: row - from,
      });
      from = row;
    }
  }
  const [first] = chrony?.segments ?? [];
  return new PhcSelection(stretches, first?.intervalNsAt(0) ?? NS_PER_S);
}
