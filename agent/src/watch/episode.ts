/** A condition that begins and ends: told once at each end, not at every look. Pure but for what it remembers. */
import { NS_PER_S } from '@ptp-tester/measurement';

/** What changed with this look. */
export type EpisodeTurn = { readonly kind: 'begun' } | { readonly kind: 'ended'; readonly lastedS: number };

/** Times are CLOCK_MONOTONIC_RAW, ns: an episode has a true length also when the system clock is stepped in it. */
export class Episode {
  #sinceNs: bigint | null = null;

  get isOpen(): boolean {
    return this.#sinceNs !== null;
  }

  /** `sinceNs`: when what holds began; only the first look of an episode uses it. */
  look(holds: boolean, nowNs: bigint, sinceNs: bigint = nowNs): EpisodeTurn | null {
    const began = this.#sinceNs;
    if (holds === (began !== null)) return null;
    this.#sinceNs = holds ? sinceNs : null;
    return began === null ? { kind: 'begun' } : { kind: 'ended', lastedS: secondsBetween(began, nowNs) };
  }
}

/** Seconds to the millisecond. */
function secondsBetween(fromNs: bigint, toNs: bigint): number {
  return Math.round((Number(toNs - fromNs) / NS_PER_S) * 1000) / 1000;
}
