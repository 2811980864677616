/** The machine's PHC and what chronyd's configuration makes of it, as they are now: both may come after the sources were opened. */
import { choosePhc, type FoundPhc, findPhcs } from '@ptp-tester/phc';
import { type ChronyPhc, readChronyPhc } from './chrony-phc.ts';
import type { MachineRoots } from './machine-roots.ts';

export interface CurrentPhcFacts extends ChronyPhc {
  /** Undefined where the machine has no ENA clock. */
  readonly phc: FoundPhc | undefined;
}

/** Looking scans sysfs and reads a few files: too much for each burst, and a wrong clock is measured no longer than this. */
const LOOK_NS = 30_000_000_000n;

export class CurrentPhc {
  readonly #roots: MachineRoots;
  #last: { readonly facts: CurrentPhcFacts; readonly lookedAt: bigint } | null = null;
  /** What the device said of its own error with a reading. */
  #bound: { readonly boundNs: number; readonly monoRawNs: bigint } | null = null;

  constructor(roots: MachineRoots) {
    this.#roots = roots;
  }

  /** Half a minute old at most. `nowNs`: CLOCK_MONOTONIC_RAW. */
  at(nowNs: bigint): CurrentPhcFacts {
    if (this.#last === null || nowNs - this.#last.lookedAt >= LOOK_NS) {
      const phc = choosePhc(findPhcs({ sysRoot: this.#roots.sys, devRoot: this.#roots.dev }));
      this.#last = { facts: { phc, ...readChronyPhc(phc, this.#roots) }, lookedAt: nowNs };
    }
    return this.#last.facts;
  }

  /** Looks now, for a device came or went: what another one said of its error counts no more. */
  lookAgain(nowNs: bigint): CurrentPhcFacts {
    this.#last = null;
    this.#bound = null;
    return this.at(nowNs);
  }

  /** The bound that came with a reading of the agent's. */
  bounded(boundNs: number, monoRawNs: bigint): void {
    this.#bound = { boundNs, monoRawNs };
  }

  /** That of a reading not older than `ageNs`, or null. */
  boundWithin(ageNs: bigint, nowNs: bigint): number | null {
    const bound = this.#bound;
    return bound !== null && nowNs - bound.monoRawNs <= ageNs ? bound.boundNs : null;
  }
}
